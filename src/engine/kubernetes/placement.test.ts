/** Scheduling, addresses and ports: what the text does not say, decided the same way every time. */
import { describe, expect, it } from 'vitest'
import { formatAddress } from '../net/address.ts'
import { formatCidr } from '../net/cidr.ts'
import type { Cluster } from './cluster.ts'
import { parseScenario } from './manifest.ts'

const CLUSTER = (spec: string): string => `apiVersion: packetwalk.dev/v1alpha1\nkind: Cluster\nmetadata: {name: c}\nspec: ${spec}\n---\n`
const pod = (name: string, spec = '', more = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: c, image: i}]${spec && `, ${spec}`}}\n${more}---\n`
const workload = (kind: string, name: string, spec = ''): string =>
  `apiVersion: apps/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: {${spec && `${spec}, `}selector: {matchLabels: {app: ${name}}}, template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: c, image: i}]}}}\n---\n`
const service = (name: string, spec: string): string => `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {${spec}}\n---\n`

function built(text: string): Cluster {
  const { cluster, diagnostics } = parseScenario(text)
  if (!cluster) throw new Error(diagnostics.map((d) => d.message).join('\n'))
  return cluster
}
const placed = (text: string): string[] => built(text).pods.map((p) => `${p.meta.name} ${p.nodeName} ${formatAddress(p.podIP)}`)
const NO_DNS = CLUSTER('{dns: none}')

describe('pods', () => {
  it('go in document order to the node with the fewest pods, and get addresses from .2 on', () => {
    expect(placed(NO_DNS + pod('a') + pod('b') + pod('c'))).toEqual([
      'a worker-1 10.244.1.2',
      'b worker-2 10.244.2.2',
      'c worker-1 10.244.1.3',
    ])
  })

  it('stay where the text puts them, and IPAM avoids addresses that are written', () => {
    const text = NO_DNS + pod('a', 'nodeName: worker-2') + pod('b', '', 'status: {podIP: 10.244.1.2}\n') + pod('c', 'nodeName: worker-1')
    expect(placed(text)).toEqual(['a worker-2 10.244.2.2', 'b worker-1 10.244.1.2', 'c worker-1 10.244.1.3'])
  })

  it('on the host network have the node’s address and no namespace of their own', () => {
    const [only] = built(NO_DNS + pod('a', 'hostNetwork: true')).pods
    expect(only && [formatAddress(only.podIP), only.netns, only.veth]).toEqual(['172.18.0.11', null, null])
  })

  it('follow nodeSelector and taints', () => {
    const nodes = CLUSTER(
      '{dns: none, nodes: [{name: a, taints: [{key: gpu, effect: NoSchedule}]}, {name: b, labels: {disk: ssd}}, {name: c}]}',
    )
    expect(
      placed(
        nodes + pod('x') + pod('y') + pod('z', 'nodeSelector: {disk: ssd}') + pod('w', 'tolerations: [{key: gpu, operator: Exists}]'),
      ).map((p) => p.split(' ').slice(0, 2).join(' ')),
    ).toEqual(['x b', 'y c', 'z b', 'w a'])
    const pending = parseScenario(nodes + pod('x', 'nodeSelector: {disk: tape}'))
    expect(pending.cluster?.pods).toEqual([])
    expect(pending.diagnostics.map((d) => d.code)).toEqual(['unschedulable'])
  })

  it('are named after their controllers, whatever else the text says', () => {
    const web = (text: string): string[] => built(text).pods.map((p) => p.meta.name)
    const two = web(NO_DNS + workload('Deployment', 'web', 'replicas: 2'))
    expect(two).toHaveLength(2)
    for (const name of two) expect(name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    expect(web(NO_DNS + pod('first') + workload('Deployment', 'web', 'replicas: 3')).slice(1, 3)).toEqual(two)
    expect(web(NO_DNS + workload('StatefulSet', 'db', 'replicas: 2, serviceName: db'))).toEqual(['db-0', 'db-1'])
    expect(built(NO_DNS + workload('DaemonSet', 'agent')).pods.map((p) => p.nodeName)).toEqual(['worker-1', 'worker-2'])
  })

  it('of a StatefulSet have a name of their own under its Service', () => {
    const [first] = built(NO_DNS + workload('StatefulSet', 'db', 'serviceName: db')).pods
    expect(first && [first.hostname, first.subdomain]).toEqual(['db-0', 'db'])
  })

  it('do not start when their node has no address left', () => {
    const text = CLUSTER('{dns: none, nodes: [{name: a, podCIDR: 10.1.0.0/30}]}') + pod('x') + pod('y')
    const { cluster, diagnostics } = parseScenario(text)
    expect(cluster?.pods.map((p) => formatAddress(p.podIP))).toEqual(['10.1.0.2'])
    expect(diagnostics.map((d) => d.code)).toEqual(['no-address-left'])
  })
})

describe('nodes', () => {
  it('get /24s of the pod CIDR from the first on, smaller ones where those do not fit', () => {
    const cidrs = (spec: string): string[] => built(CLUSTER(spec)).nodes.map((n) => formatCidr(n.podCIDR))
    expect(cidrs('{nodes: 2}')).toEqual(['10.244.1.0/24', '10.244.2.0/24'])
    expect(cidrs('{nodes: 2, podCIDR: 10.1.2.0/24}')).toEqual(['10.1.2.64/26', '10.1.2.128/26'])
    expect(cidrs('{nodes: [{name: a}, {name: b, podCIDR: 10.244.1.0/24}]}')).toEqual(['10.244.2.0/24', '10.244.1.0/24'])
  })

  it('have their NICs in the order listed, with the prefix of each network', () => {
    const networks = 'apiVersion: packetwalk.dev/v1alpha1\nkind: Network\nmetadata: {name: storage}\nspec: {cidr: 10.9.0.0/20}\n---\n'
    const [node] = built(networks + CLUSTER('{nodes: [{name: a, interfaces: [{network: lan}, {network: storage, ip: 10.9.0.7}]}]}')).nodes
    expect(
      node?.interfaces.map(
        (nic) => `${nic.name} ${nic.network} ${nic.addresses.map((a) => `${formatAddress(a.address)}/${a.prefixLength}`).join()}`,
      ),
    ).toEqual(['eth0 lan 172.18.0.11/16', 'eth1 storage 10.9.0.7/20'])
  })
})

describe('Services', () => {
  const find = (text: string, name: string) => built(text).services.find((s) => s.meta.name === name)

  it('keep their address and node port while others come and go', () => {
    const web = service('web', 'type: NodePort, ports: [{port: 80}]')
    const alone = find(web, 'web')
    const among = find(service('a', 'ports: [{port: 1}]') + web + service('b', 'ports: [{port: 1}]'), 'web')
    expect([among?.clusterIP, among?.ports]).toEqual([alone?.clusterIP, alone?.ports])
    expect(alone?.ports[0]?.nodePort).toBeGreaterThanOrEqual(30086)
    expect(formatAddress(alone?.clusterIP ?? built('').serviceCIDR.address)).toMatch(/^10\.96\./)
  })

  it('of the system give way to an address that the text takes', () => {
    const text = service('web', 'clusterIP: 10.96.0.10, ports: [{port: 80}]')
    expect(formatAddress(find(text, 'kube-dns')?.clusterIP ?? built('').serviceCIDR.address)).toBe('10.96.0.11')
    expect(parseScenario(text).diagnostics.map((d) => d.code)).toEqual(['no-endpoints-written'])
  })

  it('cannot share an address or a node port', () => {
    const clash =
      service('a', 'type: NodePort, clusterIP: 10.96.0.5, ports: [{port: 80, nodePort: 30001}]') +
      service('b', 'type: NodePort, clusterIP: 10.96.0.5, ports: [{port: 80, nodePort: 30001}]')
    expect(parseScenario(clash).diagnostics.map((d) => d.code)).toEqual(['duplicate-address', 'duplicate-node-port'])
  })

  it('fill a small range to the last address', () => {
    const many = Array.from({ length: 12 }, (_, i) => service(`s${i}`, 'ports: [{port: 80}]')).join('')
    const addresses = built(CLUSTER('{serviceCIDR: 10.96.0.0/28}') + many).services.map((s) => s.clusterIP)
    expect(new Set(addresses).size).toBe(14)
    expect(
      parseScenario(`${CLUSTER('{serviceCIDR: 10.96.0.0/28}')}${many}${service('s12', 'ports: [{port: 80}]')}`).diagnostics.map(
        (d) => d.code,
      ),
    ).toEqual(['no-address-left'])
  })
})

describe('EndpointSlices', () => {
  const slices = (text: string, name: string): string[] =>
    built(text)
      .endpointSlices.filter((s) => s.meta.labels['kubernetes.io/service-name'] === name)
      .map(
        (s) =>
          `${s.ports.map((p) => `${p.name ?? ''}:${p.port}`).join()} ${s.endpoints.map((e) => `${e.addresses.join()}${e.ready ? '' : '!'}`).join()}`,
      )
  const labelled = (name: string, port: string, more = ''): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: web}}\nspec: {containers: [{name: c, image: i, ports: [${port}]}]}\n${more}---\n`

  it('resolve named ports pod by pod', () => {
    const text =
      NO_DNS +
      labelled('a', '{name: http, containerPort: 80}') +
      labelled('b', '{name: http, containerPort: 8080}') +
      labelled('c', '{containerPort: 80}') +
      service('web', 'selector: {app: web}, ports: [{name: x, port: 80, targetPort: http}]')
    expect(slices(text, 'web')).toEqual(['x:80 10.244.1.2', 'x:8080 10.244.2.2', ' 10.244.1.3'])
  })

  it('know readiness', () => {
    const unready = labelled('a', '{containerPort: 80}', 'status: {conditions: [{type: Ready, status: "False"}]}\n')
    expect(slices(NO_DNS + unready + service('web', 'selector: {app: web}, ports: [{port: 80}]'), 'web')).toEqual([':80 10.244.1.2!'])
    expect(
      slices(NO_DNS + unready + service('web', 'publishNotReadyAddresses: true, selector: {app: web}, ports: [{port: 80}]'), 'web'),
    ).toEqual([':80 10.244.1.2'])
  })

  it('are mirrored from Endpoints, and empty where nothing matches', () => {
    const endpoints =
      'apiVersion: v1\nkind: Endpoints\nmetadata: {name: db}\nsubsets: [{addresses: [{ip: 192.0.2.9}], ports: [{port: 3306}]}]\n---\n'
    expect(slices(NO_DNS + service('db', 'ports: [{port: 3306}]') + endpoints, 'db')).toEqual([':3306 192.0.2.9'])
    expect(slices(NO_DNS + service('web', 'selector: {app: nobody}, ports: [{port: 80}]'), 'web')).toEqual([' '])
  })

  it('lead the API server’s Service to a node', () => {
    expect(slices('', 'kubernetes')).toEqual(['https:6443 172.18.0.11'])
  })
})
