/** `kubectl get … -A -o yaml` of a real cluster, pasted. */
import { describe, expect, it } from 'vitest'
import { formatCidr } from '../net/cidr.ts'
import type { Cluster } from './cluster.ts'
import { parseScenario } from './manifest.ts'
import { dumpText } from './test-dump.ts'

const FLANNEL = { name: 'kube-flannel-ds', label: 'app: flannel' }
const dump = (agent = FLANNEL): string => dumpText({ nodes: 2, pods: 6, services: 2, agent })
const said = (text: string): string[] =>
  parseScenario(text).diagnostics.map(({ severity, code, message }) => `${severity} ${code}: ${message}`)

function built(text: string): Cluster {
  const { cluster, diagnostics } = parseScenario(text)
  if (cluster === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
  return cluster
}

/** A ConfigMap of kube-system, as a further item of the list. */
const configMap = (name: string, key: string, file: string): string =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: kube-system}\ndata:\n  ${key}: |\n${file.replaceAll(/^/gm, '    ')}\n`

describe('a dump of a cluster', () => {
  it('keeps its pods, addresses, nodes and Services', () => {
    const cluster = built(dump())
    expect(cluster.nodes.map(({ meta, podCIDR }) => `${meta.name} ${formatCidr(podCIDR)}`)).toEqual(['n0 10.32.0.0/24', 'n1 10.32.1.0/24'])
    expect(cluster.networks.map(({ meta, cidr }) => `${meta.name} ${formatCidr(cidr)}`)).toContain('lan 10.0.0.0/24')
    expect([formatCidr(cluster.podCIDR), formatCidr(cluster.serviceCIDR)]).toEqual(['10.32.0.0/23', '10.100.0.0/20'])
    expect(cluster.pods.filter(({ meta }) => meta.namespace === 'shop').map(({ nodeName }) => nodeName)).toEqual([
      'n0',
      'n1',
      'n0',
      'n1',
      'n0',
      'n1',
    ])
    expect(cluster.services.map(({ meta }) => `${meta.namespace}/${meta.name}`)).toEqual([
      'kube-system/kube-dns',
      'shop/app-0',
      'shop/app-1',
      'default/kubernetes',
    ])
  })

  it('takes EndpointSlices as written, once', () => {
    const one = dump().replace(/ {2}- addresses:\n {4}- 10\.32\.0\.4\n(?: {4}.*\n)*/, '')
    expect(one).not.toBe(dump())
    const slices = built(one).endpointSlices.filter(({ meta }) => meta.labels['kubernetes.io/service-name'] === 'app-0')
    expect(slices.map(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses))).toEqual([['10.32.0.3', '10.32.0.5']])
  })

  it('says what it was read as', () => {
    expect(said(dump())).toContain(
      'info running-cluster: Read as a running cluster: nodes 10.0.0.0/24, pods 10.32.0.0/23, Services 10.100.0.0/20, CNI flannel, kube-proxy iptables. A packetwalk.dev Cluster document says otherwise.',
    )
    expect(said(dump()).filter((line) => !line.startsWith('info'))).toEqual([])
  })

  it('leaves out a pod that is pending, and says so', () => {
    const pending =
      '---\napiVersion: v1\nkind: Pod\nmetadata: {name: late}\nspec: {containers: [{name: c, image: i}]}\nstatus: {phase: Pending}\n'
    expect(built(`${dump()}${pending}`).pods.map(({ meta }) => meta.name)).not.toContain('late')
    expect(said(`${dump()}${pending}`).join('\n')).toContain('info pending-pod: This pod is pending and has no node: it is left out.')
  })

  it('leaves manifests written by hand alone', () => {
    const text = 'apiVersion: v1\nkind: Node\nmetadata: {name: a}\nstatus: {addresses: [{type: InternalIP, address: 172.18.0.50}]}\n'
    expect(said(text)).toEqual([])
  })

  it('puts the gateway elsewhere where a node has the first address', () => {
    const cluster = built(dump().replaceAll('10.0.0.11', '10.0.0.1'))
    expect(cluster.networks.find(({ meta }) => meta.name === 'lan')?.gateway).toBe(((10 << 24) >>> 0) + 254)
  })
})

describe('the CNI plugin', () => {
  it.each<[label: string, plugin: string, simulates: string | undefined, diagnostic: string]>([
    ['app: kindnet', 'bridge', 'kindnet', 'warning simulated-as: The CNI plugin kindnet is not modelled: simulated as bridge.'],
    ['k8s-app: calico-node', 'bridge', 'calico', 'warning simulated-as: The CNI plugin calico is not modelled: simulated as bridge.'],
    ['k8s-app: cilium', 'bridge', 'cilium', 'warning simulated-as: The CNI plugin cilium is not modelled: simulated as bridge.'],
    ['name: weave-net', 'bridge', 'weave', 'warning simulated-as: The CNI plugin weave is not modelled: simulated as bridge.'],
    ['app: mystery', 'bridge', undefined, 'info simulated-as: No known CNI plugin runs in this text: simulated as bridge.'],
    ['app: flannel', 'flannel', undefined, 'info simulated-as: kube-proxy'],
  ])('%s', (label, plugin, simulates, diagnostic) => {
    const text = dump({ name: 'agent', label })
    expect(built(text).cni).toMatchObject({ plugin })
    expect(built(text).cni.simulates).toBe(simulates)
    expect(said(text).some((line) => line.startsWith(diagnostic))).toBe(true)
  })

  it("flannel's backend is that of its ConfigMap", () => {
    const conf = '{"Network": "10.32.0.0/16", "Backend": {"Type": "host-gw"}}'
    const cluster = built(`${dump()}${configMap('kube-flannel-cfg', 'net-conf.json', conf)}`)
    expect(cluster.cni.config).toEqual({ backend: 'host-gw' })
    expect(formatCidr(cluster.podCIDR)).toBe('10.32.0.0/16')
  })

  it('a backend of flannel that is not modelled is said', () => {
    const text = `${dump()}${configMap('kube-flannel-cfg', 'net-conf.json', '{"Backend": {"Type": "wireguard"}}')}`
    expect(built(text).cni).toMatchObject({ plugin: 'bridge', simulates: 'flannel with backend wireguard' })
    expect(said(text).join('\n')).toContain('The CNI plugin flannel with backend wireguard is not modelled: simulated as bridge.')
  })

  it('pods outside the podCIDR of their node give it another', () => {
    const text = dump({ name: 'calico-node', label: 'k8s-app: calico-node' }).replaceAll(
      /(?<=addresses:\n {4}- |podIP: |ip: )10\.32\.([01])\.(\d+)/g,
      '192.168.$1.$2',
    )
    expect(built(text).nodes.map(({ podCIDR }) => formatCidr(podCIDR))).toEqual(['192.168.0.0/26', '192.168.1.0/26'])
    expect(said(text).join('\n')).toContain(
      'The pods of node n0 have addresses outside its podCIDR 10.32.0.0/24: its pod network is taken to be 192.168.0.0/26.',
    )
  })
})

describe('kube-proxy', () => {
  const config = (file: string): string => `${dump()}${configMap('kube-proxy', 'config.conf', file)}`

  it('has the mode and the options of its ConfigMap', () => {
    const cluster = built(config('kind: KubeProxyConfiguration\nmode: ipvs\nclusterCIDR: 10.32.0.0/12\nipvs:\n  scheduler: lc\n'))
    expect(cluster.kubeProxy).toMatchObject({ mode: 'ipvs', clusterCIDR: '10.32.0.0/12', ipvs: { scheduler: 'lc' } })
    expect(formatCidr(cluster.podCIDR)).toBe('10.32.0.0/12')
  })

  it('in a mode that is not modelled says so', () => {
    const text = config('mode: nftables\n')
    expect(built(text).kubeProxy.mode).toBe('iptables')
    expect(said(text)).toContain("warning simulated-as: kube-proxy's mode nftables is not modelled: simulated as iptables.")
  })

  it('is guessed aloud', () => {
    expect(said(dump()).join('\n')).toContain("kube-proxy's mode is not in this text: simulated as iptables.")
    expect(said(dump().replaceAll('k8s-app: kube-proxy', 'k8s-app: other')).join('\n')).toContain('No kube-proxy pod is in this text')
  })

  it('the networks of kubeadm are known', () => {
    const text = `${dump()}${configMap('kubeadm-config', 'ClusterConfiguration', 'networking:\n  podSubnet: 10.32.0.0/13\n  serviceSubnet: 10.100.0.0/16\n')}`
    expect([formatCidr(built(text).podCIDR), formatCidr(built(text).serviceCIDR)]).toEqual(['10.32.0.0/13', '10.100.0.0/16'])
  })
})

describe('controllers in the text make no pods a second time', () => {
  const owner = (kind: string, name: string): string =>
    `  ownerReferences:\n  - {apiVersion: apps/v1, kind: ${kind}, name: ${name}, controller: true, uid: x}\n`
  const template =
    'selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}'
  const deployment = `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2, ${template}}\n`
  const replicaSet = `apiVersion: apps/v1\nkind: ReplicaSet\nmetadata:\n  name: web-5d4f\n${owner('Deployment', 'web')}spec: {replicas: 2, ${template}}\n`
  const pod = (n: number): string =>
    `apiVersion: v1\nkind: Pod\nmetadata:\n  name: web-5d4f-${n}\n  labels: {app: web}\n${owner('ReplicaSet', 'web-5d4f')}spec: {containers: [{name: c, image: i}]}\n`

  it.each<[name: string, documents: string[], pods: string[]]>([
    [
      'with their ReplicaSet',
      [deployment, replicaSet, pod(1), pod(2)],
      ['web-5d4f-1 deployment/default/web', 'web-5d4f-2 deployment/default/web'],
    ],
    ['without their ReplicaSet', [pod(1), pod(2), deployment], ['web-5d4f-1 deployment/default/web', 'web-5d4f-2 deployment/default/web']],
    ['without their Deployment', [replicaSet, pod(1)], ['web-5d4f-1 replicaset/default/web-5d4f']],
    ['pods alone', [pod(1)], ['web-5d4f-1 null']],
  ])('%s', (_name, documents, pods) => {
    const own = built(documents.join('---\n')).pods.filter(({ meta }) => meta.namespace === 'default')
    expect(own.map(({ meta, owner: of }) => `${meta.name} ${of}`)).toEqual(pods)
  })

  it('a Deployment without its pods makes them', () => {
    expect(built(`${deployment}---\n${replicaSet}`).pods.filter(({ meta }) => meta.namespace === 'default')).toHaveLength(2)
  })
})
