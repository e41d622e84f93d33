import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseScenario } from './manifest.ts'
import type { Scenario } from './scenario.ts'

const POD =
  'apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}\n'
const service = (spec: string): string => `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: ${spec}\n`
const cluster = (spec: string): string => `apiVersion: packetwalk.dev/v1alpha1\nkind: Cluster\nmetadata: {name: c}\nspec: ${spec}\n`
const walk = (from: string, to: string): string =>
  `apiVersion: packetwalk.dev/v1alpha1\nkind: Walk\nmetadata: {name: w}\nspec: {from: ${from}, to: '${to}'}\n`
const workload = (kind: string, labels: string): string =>
  `apiVersion: apps/v1\nkind: ${kind}\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: ${labels}}\n    spec: {containers: [{name: c, image: i}]}\n`

function expectRangesInside(scenario: Scenario): void {
  for (const { range } of scenario.diagnostics) {
    expect(range.from).toBeGreaterThanOrEqual(0)
    expect(range.to).toBeLessThanOrEqual(scenario.text.length)
    expect(range.from).toBeLessThanOrEqual(range.to)
    expect(range.line).toBeGreaterThan(0)
    expect(range.column).toBeGreaterThan(0)
  }
}

const FIELDS = [
  'apiVersion',
  'kind',
  'metadata',
  'name',
  'namespace',
  'labels',
  'spec',
  'selector',
  'matchLabels',
  'template',
  'containers',
  'ports',
  'port',
  'targetPort',
  'nodePort',
  'containerPort',
  'replicas',
  'from',
  'to',
  'expect',
  'nodes',
  'podCIDR',
  'serviceCIDR',
  'ip',
  'network',
  'interfaces',
  'clusterIP',
  'type',
  'endpoints',
  'addresses',
  'conditions',
  'items',
  'status',
  'podIP',
  'subsets',
  'dns',
  'kubeProxy',
  'cniConfig',
  'steps',
  '__proto__',
  'constructor',
]
const VALUES = [
  'v1',
  'apps/v1',
  'packetwalk.dev/v1alpha1',
  'discovery.k8s.io/v1',
  'kind.x-k8s.io/v1alpha4',
  'Pod',
  'Service',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Cluster',
  'Host',
  'Network',
  'Walk',
  'Script',
  'Lesson',
  'Node',
  'List',
  'EndpointSlice',
  'Endpoints',
  'web',
  'None',
  '10.0.0.1',
  '10.0.0.0/8',
  '0.0.0.0/0',
  'pod/web',
  'http://web/',
  'toString',
]

describe('never throws', () => {
  const text = [
    POD,
    workload('StatefulSet', '{app: web}'),
    service('{type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 30080}]}'),
    cluster('{nodes: 3}'),
    walk('pod/web', 'http://svc/web:80/'),
  ].join('---\n')

  it('whatever is cut, inserted or repeated', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            at: fc.double({ min: 0, max: 1, noNaN: true }),
            drop: fc.nat(40),
            insert: fc.oneof(
              fc.string(),
              fc.constantFrom(
                '\n',
                '\t',
                '- ',
                ': ',
                '{',
                '}',
                '[',
                ']',
                '&a ',
                '*a',
                '|',
                '>',
                '"',
                "'",
                '---\n',
                '!!binary ',
                '<<: ',
                '? ',
                '%YAML 1.1\n',
                '\u0000',
                '\ud800',
                '\r\n',
                '#',
              ),
            ),
          }),
          { minLength: 1, maxLength: 6 },
        ),
        (changes) => {
          const mutated = changes.reduce((t, { at, drop, insert }) => {
            const from = Math.floor(at * t.length)
            return t.slice(0, from) + insert + t.slice(from + drop)
          }, text)
          expectRangesInside(parseScenario(mutated))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('whatever type stands where', () => {
    const scalar = fc.oneof(fc.constantFrom(...VALUES), fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.string())
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        scalar,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...FIELDS), tie('tree'), { maxKeys: 6 }),
      ),
    }))
    const kinds = fc.constantFrom(
      ['v1', 'Pod'],
      ['v1', 'Service'],
      ['v1', 'Node'],
      ['v1', 'Endpoints'],
      ['apps/v1', 'Deployment'],
      ['apps/v1', 'DaemonSet'],
      ['apps/v1', 'StatefulSet'],
      ['batch/v1', 'Job'],
      ['discovery.k8s.io/v1', 'EndpointSlice'],
      ['packetwalk.dev/v1alpha1', 'Cluster'],
      ['packetwalk.dev/v1alpha1', 'Host'],
      ['packetwalk.dev/v1alpha1', 'Network'],
      ['packetwalk.dev/v1alpha1', 'Walk'],
      ['packetwalk.dev/v1alpha1', 'Script'],
      ['packetwalk.dev/v1alpha1', 'Lesson'],
      ['kind.x-k8s.io/v1alpha4', 'Cluster'],
      ['kubeproxy.config.k8s.io/v1alpha1', 'KubeProxyConfiguration'],
    )
    const object = fc
      .tuple(
        kinds,
        fc.dictionary(
          fc.constantFrom('metadata', 'spec', 'status', 'nodes', 'networking', 'subsets', 'endpoints', 'ports', 'addressType'),
          tree,
          { maxKeys: 4 },
        ),
      )
      .map(([[apiVersion, kind], rest]) => ({ apiVersion, kind, ...rest }))
    fc.assert(
      fc.property(fc.array(object, { minLength: 1, maxLength: 4 }), (objects) => {
        expectRangesInside(parseScenario(objects.map((o) => JSON.stringify(o)).join('\n---\n')))
      }),
      { numRuns: 500 },
    )
  })
})
