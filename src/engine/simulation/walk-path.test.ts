import { describe, expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { walkAllBranches } from './walk.ts'
import { walkPath } from './walk-path.ts'

const pod = (name: string, node: string, more = ''): string =>
  `---\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: ${name.replace(/-\d$/, '')}}}\nspec: {nodeName: ${node}, ${more}containers: [{name: main, image: example, ports: [{containerPort: 8080}]}]}\n`
const service = (name: string, spec: string): string => `---\napiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {${spec}}\n`
const PORTS = 'ports: [{port: 80, targetPort: 8080, nodePort: 30080}]'
const cluster = (spec: string): string =>
  `apiVersion: packetwalk.dev/v1alpha1\nkind: Cluster\nmetadata: {name: c}\nspec: {nodes: 3, ${spec}}\n`
const BASE = pod('client', 'worker-1') + pod('web-1', 'worker-1') + pod('web-2', 'worker-2')
const WEB = service('web', `type: NodePort, selector: {app: web}, ${PORTS}`)

/** Every branch as 'PROBABILITY OUTCOME PATH < RETURN PATH', places by their last word. */
function branches(text: string, from: string, to: string): string[] {
  const scenario = parseScenario(text)
  const result = walkAllBranches(scenario, { from, to })
  if ('problem' in result) throw new Error(result.problem)
  const short = (places: readonly string[]): string => places.map((place) => place.split('/').at(-1)).join(' ')
  return result.map(({ probability, trace }) => {
    const { path, returnPath } = walkPath(trace)
    return `${Number(probability.toFixed(6))} ${trace.outcome.outcome} ${short(path)} < ${short(returnPath)}`
  })
}

describe.each(['iptables', 'ipvs'])('all branches, kube-proxy in %s mode', (mode) => {
  const BARE = cluster(`dns: none, apiServer: none, kubeProxy: {mode: ${mode}}`)

  it.each<readonly [string, string, string, string, string[], string[] | null]>([
    [
      'each endpoint with its odds and its own way back',
      BASE + WEB,
      'pod/client',
      'tcp://svc/web:80',
      [
        '0.5 delivered client worker-1 web-1 < web-1 worker-1 client',
        '0.5 delivered client worker-1 worker-2 web-2 < web-2 worker-2 worker-1 client',
      ],
      // Round robin takes turns, beginning with the server that was added last: there is nothing to choose.
      ['1 delivered client worker-1 worker-2 web-2 < web-2 worker-2 worker-1 client'],
    ],
    [
      'a node port of a node without endpoints: the answer goes back by that node',
      BASE + WEB,
      'internet',
      'tcp://node/worker-3:30080',
      [
        '0.5 delivered internet gateway worker-3 worker-1 web-1 < web-1 worker-1 worker-3 gateway internet',
        '0.5 delivered internet gateway worker-3 worker-2 web-2 < web-2 worker-2 worker-3 gateway internet',
      ],
      ['1 delivered internet gateway worker-3 worker-2 web-2 < web-2 worker-2 worker-3 gateway internet'],
    ],
    [
      'session affinity: the first connection may go anywhere',
      BASE + service('web', `type: NodePort, sessionAffinity: ClientIP, selector: {app: web}, ${PORTS}`),
      'pod/client',
      'tcp://svc/web:80',
      [
        '0.5 delivered client worker-1 web-1 < web-1 worker-1 client',
        '0.5 delivered client worker-1 worker-2 web-2 < web-2 worker-2 worker-1 client',
      ],
      ['1 delivered client worker-1 worker-2 web-2 < web-2 worker-2 worker-1 client'],
    ],
    [
      'policy Local: one way, and the answer is the node’s own',
      BASE + service('web', `type: NodePort, externalTrafficPolicy: Local, selector: {app: web}, ${PORTS}`),
      'internet',
      'tcp://node/worker-2:30080',
      ['1 delivered internet gateway worker-2 web-2 < web-2 worker-2 gateway internet'],
      null,
    ],
    [
      'policy Local without a local endpoint: the way ends at the node',
      BASE + service('web', `type: NodePort, externalTrafficPolicy: Local, selector: {app: web}, ${PORTS}`),
      'internet',
      'tcp://node/worker-3:30080',
      ['1 timeout internet gateway worker-3 < '],
      // IPVS falls back to all endpoints, yet masquerades nobody: the answer leaves by another node and never gets home.
      ['1 timeout internet gateway worker-3 worker-2 web-2 < '],
    ],
  ])('%s', (_, text, from, to, iptables, ipvs) => {
    expect(branches(BARE + text, from, to).sort()).toEqual([...((mode === 'ipvs' ? ipvs : null) ?? iptables)].sort())
  })

  it('no endpoints: one branch, which the node refuses', () => {
    const [only, ...more] = branches(
      BARE + BASE + service('none', 'selector: {app: none}, ports: [{port: 80}]'),
      'pod/client',
      'tcp://svc/none:80',
    )
    expect(more).toEqual([])
    expect(only).toMatch(/^1 rejected client worker-1 < worker-1 client$/)
  })
})

describe('ways', () => {
  it('of a walk by name are those of the connection, not of the question', () => {
    expect(
      branches(
        cluster('') + BASE + service('one', 'selector: {app: client}, ports: [{port: 80, targetPort: 8080}]'),
        'pod/web-2',
        'http://one/',
      ),
    ).toEqual(['1 delivered web-2 worker-2 worker-1 client < client worker-1 worker-2 web-2'])
  })

  it('to a pod on its node’s network end at the node', () => {
    const text = cluster('dns: none, apiServer: none') + BASE + pod('agent', 'worker-2', 'hostNetwork: true, ')
    expect(branches(text, 'pod/client', 'tcp://pod/agent:8080')).toEqual([
      '1 delivered client worker-1 worker-2 < worker-2 worker-1 client',
    ])
  })

  it('of a ping', () => {
    expect(branches(cluster('dns: none, apiServer: none') + BASE, 'pod/client', 'ping pod/web-2')).toEqual([
      '1 delivered client worker-1 worker-2 web-2 < web-2 worker-2 worker-1 client',
    ])
  })

  it('three endpoints have a third each', () => {
    const odds = branches(
      cluster('dns: none, apiServer: none') + BASE + pod('web-3', 'worker-3') + WEB,
      'pod/client',
      'tcp://svc/web:80',
    ).map((one) => one.split(' ')[0])
    expect(odds).toEqual(['0.333333', '0.333333', '0.333333'])
  })
})
