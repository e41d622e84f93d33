/** kubectl 1.32: pkg/describe/describe.go. The objects were served to the real one. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { KubeApi } from './command.ts'
import { testTerminal } from './test-machine.ts'

const named = (name: string, more: object = {}) => ({ name, namespace: 'default', ...more })
const SINGLE = { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'], sessionAffinity: 'None' }
const endpoint = (last: number, more: object = {}) => ({ addresses: [`10.0.0.${last}`], ...more })
const slice = (name: string, service: string, endpoints: readonly object[], ports: readonly object[]) => ({
  kind: 'EndpointSlice',
  metadata: named(name, { labels: { 'kubernetes.io/service-name': service } }),
  addressType: 'IPv4',
  endpoints,
  ports,
})

const OBJECTS: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  services: [
    {
      kind: 'Service',
      metadata: named('web', { labels: { tier: 'front', app: 'web' }, annotations: { z: '1', a: 'x' } }),
      spec: {
        type: 'LoadBalancer',
        ...SINGLE,
        clusterIP: '10.96.0.10',
        clusterIPs: ['10.96.0.10'],
        externalIPs: ['1.2.3.4', '1.2.3.5'],
        selector: { tier: 'front', app: 'web' },
        ports: [
          { name: 'http', port: 80, targetPort: 'http', nodePort: 30080, protocol: 'TCP' },
          { name: 'dns', port: 53, targetPort: 5353, protocol: 'UDP' },
        ],
        sessionAffinity: 'ClientIP',
        externalTrafficPolicy: 'Local',
        internalTrafficPolicy: 'Cluster',
        healthCheckNodePort: 31000,
        loadBalancerSourceRanges: ['10.0.0.0/8', '11.0.0.0/8'],
      },
      status: { loadBalancer: { ingress: [{ ip: '172.18.0.200' }, { hostname: 'lb.example' }] } },
    },
    {
      kind: 'Service',
      metadata: named('one'),
      spec: { type: 'ClusterIP', ...SINGLE, ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }] },
    },
    {
      kind: 'Service',
      metadata: named('three'),
      spec: { type: 'ClusterIP', ...SINGLE, ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }] },
    },
    { kind: 'Service', metadata: named('out'), spec: { type: 'ExternalName', ...SINGLE, externalName: 'example.org' } },
  ],
  endpointslices: [
    slice(
      'web-1',
      'web',
      [endpoint(1), endpoint(2, { conditions: { ready: false } }), endpoint(3, { conditions: { ready: true } }), endpoint(4)],
      [
        { name: 'http', port: 8080, protocol: 'TCP' },
        { name: 'dns', port: 5353, protocol: 'UDP' },
      ],
    ),
    slice('web-2', 'web', [endpoint(5)], [{ name: 'http', port: 8080, protocol: 'TCP' }]),
    slice(
      'one-1',
      'one',
      [endpoint(6, { nodeName: 'n1', zone: 'z', hostname: 'h', targetRef: { kind: 'Pod', name: 'p' } })],
      [{ name: '', port: 80, protocol: 'TCP' }],
    ),
    slice('three-1', 'three', [endpoint(7), endpoint(8), endpoint(9)], [{ name: '', port: 80, protocol: 'TCP' }]),
  ],
  nodes: [
    {
      kind: 'Node',
      metadata: { name: 'n1', labels: { a: 'b' } },
      spec: { podCIDR: '10.244.1.0/24' },
      status: {
        addresses: [
          { type: 'InternalIP', address: '172.18.0.2' },
          { type: 'Hostname', address: 'n1' },
        ],
      },
    },
  ],
  pods: [
    {
      kind: 'Pod',
      metadata: named('a', { ownerReferences: [{ kind: 'ReplicaSet', name: 'a-rs', controller: true }] }),
      spec: {
        nodeName: 'n1',
        containers: [
          {
            name: 'c',
            image: 'nginx',
            ports: [
              { containerPort: 80, protocol: 'TCP' },
              { containerPort: 53, protocol: 'UDP', hostPort: 5353 },
            ],
          },
          { name: 'd', image: 'busybox' },
        ],
      },
      status: {
        phase: 'Running',
        hostIP: '172.18.0.2',
        podIP: '10.0.0.1',
        containerStatuses: [
          { name: 'd', ready: false, containerID: 'x://2', state: { running: {} } },
          { name: 'c', ready: true, containerID: 'x://1', state: { running: {} } },
        ],
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    },
    {
      kind: 'Pod',
      metadata: { name: 'agent', namespace: 'kube-system-of-some-length' },
      spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 1, protocol: 'TCP' }] }] },
      status: { phase: 'Running', containerStatuses: [{ name: 'c', ready: true, containerID: 'x://3', state: { running: {} } }] },
    },
    { kind: 'Pod', metadata: named('else'), spec: { nodeName: 'n2', containers: [] }, status: { phase: 'Pending' } },
  ],
  deployments: [
    {
      kind: 'Deployment',
      metadata: named('dep'),
      spec: {
        replicas: 3,
        selector: { matchLabels: { b: '2', a: '1' } },
        template: {
          metadata: { labels: { a: '1' } },
          spec: {
            containers: [
              {
                name: 'c',
                image: 'i',
                ports: [
                  { containerPort: 80, protocol: 'TCP' },
                  { containerPort: 53, protocol: 'UDP' },
                ],
              },
            ],
          },
        },
      },
      status: { replicas: 2, readyReplicas: 1 },
    },
  ],
  daemonsets: [
    {
      kind: 'DaemonSet',
      metadata: named('ds'),
      spec: { selector: { matchLabels: { a: '1' } }, template: { metadata: {}, spec: { containers: [{ name: 'c', image: 'i' }] } } },
      status: { desiredNumberScheduled: 4, currentNumberScheduled: 3, numberReady: 2 },
    },
  ],
}

const KUBE: KubeApi = {
  list: (resource, namespace) =>
    (OBJECTS[resource] ?? []).filter((object) => {
      const { namespace: own } = object.metadata as { readonly namespace?: string }
      return namespace === null || own === undefined || own === namespace
    }),
  change: () => ({ ok: false, message: '' }),
  logs: () => '',
}

/** "$ COMMAND", what kubectl printed, "=> CODE" when that was not 0. */
const RECORDED = readFileSync('src/engine/shell/testdata/kubectl-describe.txt', 'utf8')
  .split(/^\$ /m)
  .slice(1)
  .map((part) => ({ command: part.slice(0, part.indexOf('\n')), real: part.slice(part.indexOf('\n') + 1) }))
const words = (line: string): string => line.trim().replace(/ +/g, ' ')

/** Of Services all is shown; of the others what there is of them here, in the order of kubectl. */
describe('what kubectl 1.32 printed of the same objects', () => {
  test.each(RECORDED)('$command', ({ command, real }) => {
    const ours = testTerminal(KUBE).see(command)
    if (command.includes('svc')) return expect(ours).toBe(real)
    const lines = real.split('\n').map(words)
    let at = 0
    for (const line of ours.split('\n').map(words)) {
      const found = lines.findIndex((one, i) => i >= at && (one === line || one.startsWith(`${line} `)))
      expect({ line, stands: found >= at }).toEqual({ line, stands: true })
      at = found + 1
    }
  })
})
