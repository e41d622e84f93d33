/** A cluster that runs, as `kubectl get nodes,pods,services,endpointslices -A -o yaml` prints it: what its own objects say about its networks and components. */
import { type Address, parseAddress } from '../net/address.ts'
import { type Cidr, cidr, cidrContains, formatCidr, parseCidr } from '../net/cidr.ts'
import type { Cluster, KubeProxyConfig } from './cluster.ts'
import { CNI_AGENTS, type CniAgent } from './cni-agents.ts'
import { flannelConfigOf } from './cni-flannel-dump.ts'
import { type ClusterSpec, DEFAULT_CLUSTER, type NodeDraft } from './decode/cluster-spec.ts'
import { decodeKubeProxyConfiguration } from './decode/kube-proxy-configuration.ts'
import { type Fields, fieldsAt, fieldsOf, mapsAt, stringAt, stringsAt } from './fields.ts'
import type { ObjectSource } from './object-source.ts'
import { createReport, type Report } from './report.ts'
import { readDocuments } from './yaml-documents.ts'

/** What the cluster says about itself; the built-in cluster where the text is no dump. */
export function runningCluster(objects: readonly ObjectSource[], report: Report): ClusterSpec {
  const nodes = objects.filter(({ info }) => info.role === 'node')
  const first = nodes.find(({ fields }) => internalIP(fields) !== null)
  if (first === undefined || !isDump(objects)) return DEFAULT_CLUSTER
  const podCIDR = podNetwork(objects, nodes)
  const serviceCIDR = serviceNetwork(objects)
  const nodeCIDR = nodeNetwork(objects, nodes)
  const spec: ClusterSpec = {
    ...DEFAULT_CLUSTER,
    podCIDR,
    serviceCIDR,
    nodeCIDR,
    cni: cniOf(objects, first, report),
    kubeProxy: kubeProxyOf(objects, first, report),
    at: { podCIDR: first.nameAt, serviceCIDR: first.nameAt, nodeCIDR: first.nameAt },
  }
  const lan = nodeCIDR === null ? '' : `nodes ${formatCidr(nodeCIDR)}, `
  report.info({
    code: 'running-cluster',
    message: `Read as a running cluster: ${lan}pods ${formatCidr(podCIDR)}, Services ${formatCidr(serviceCIDR)}, CNI ${spec.cni.plugin}, kube-proxy ${spec.kubeProxy.mode}. A packetwalk.dev Cluster document says otherwise.`,
    at: first.nameAt,
  })
  return spec
}

/** Written by hand, a text with Nodes has neither the kubelet's word on them nor addresses of pods. */
function isDump(objects: readonly ObjectSource[]): boolean {
  return objects.some(({ info, fields }) => {
    if (info.role !== 'pod' && info.role !== 'node') return false
    const status = fieldsAt(fields, 'status')
    return status.map !== null && (status.map.entries.has('nodeInfo') || status.map.entries.has('hostIP'))
  })
}

/** The smallest network with all the addresses, at most `longest` bits long. */
function cover(addresses: readonly Address[], longest: number): Cidr | null {
  const [first] = addresses
  if (first === undefined) return null
  let found = cidr(first, longest)
  while (found.prefixLength > 0 && !addresses.every((address) => cidrContains(found, address))) found = cidr(first, found.prefixLength - 1)
  return found
}

const addressOf = (text: string | null): Address | null => (text === null ? null : parseAddress(text))
const networkOf = (text: string | null | undefined): Cidr | null => {
  const four = text?.split(',').find((part) => !part.includes(':'))
  return four?.includes('/') ? parseCidr(four.trim()) : null
}

function internalIP(fields: Fields): Address | null {
  const addresses = mapsAt(fieldsAt(fields, 'status'), 'addresses')
  return (
    addresses
      .map((item) => (stringAt(item, 'type') === 'InternalIP' ? addressOf(stringAt(item, 'address')) : null))
      .find((ip) => ip !== null) ?? null
  )
}

function podNetwork(objects: readonly ObjectSource[], nodes: readonly ObjectSource[]): Cidr {
  const said =
    networkOf(kubeProxyFile(objects)?.clusterCIDR) ??
    networkOf(kubeadm(objects, 'podSubnet')) ??
    networkOf(flag(objects, 'kube-controller-manager', '--cluster-cidr')) ??
    flannelConfigOf(objects)?.network
  if (said) return said
  const parts = nodes.map(({ fields }) => networkOf(stringAt(fieldsAt(fields, 'spec'), 'podCIDR'))).filter((network) => network !== null)
  const { podCIDR } = DEFAULT_CLUSTER
  if (parts.every((part) => cidrContains(podCIDR, part.address))) return podCIDR
  return (
    cover(
      parts.map(({ address }) => address),
      Math.min(24, ...parts.map(({ prefixLength }) => prefixLength)),
    ) ?? podCIDR
  )
}

function serviceNetwork(objects: readonly ObjectSource[]): Cidr {
  const said =
    networkOf(kubeadm(objects, 'serviceSubnet')) ??
    networkOf(flag(objects, 'kube-apiserver', '--service-cluster-ip-range')) ??
    networkOf(flag(objects, 'kube-controller-manager', '--service-cluster-ip-range'))
  if (said !== null) return said
  const services = objects.filter(({ info }) => info.role === 'service')
  const ips = services.map(({ fields }) => addressOf(stringAt(fieldsAt(fields, 'spec'), 'clusterIP'))).filter((ip) => ip !== null)
  const { serviceCIDR } = DEFAULT_CLUSTER
  if (ips.every((ip) => cidrContains(serviceCIDR, ip))) return serviceCIDR
  return cover(ips, 20) ?? serviceCIDR
}

/** Null: the built-in one holds, or the text has a Network `lan`. */
function nodeNetwork(objects: readonly ObjectSource[], nodes: readonly ObjectSource[]): Cidr | null {
  if (objects.some(({ info, meta }) => info.role === 'network' && meta.name === 'lan')) return null
  const ips = nodes.map(({ fields }) => internalIP(fields)).filter((ip) => ip !== null)
  const usual = networkOf('172.18.0.0/16')
  return usual !== null && ips.every((ip) => cidrContains(usual, ip)) ? null : cover(ips, 24)
}

/** `--flag=value` of a component that runs as a static pod of kube-system. */
function flag(objects: readonly ObjectSource[], component: string, name: string): string | null {
  const pod = objects.find(
    ({ info, meta }) => info.role === 'pod' && meta.namespace === 'kube-system' && meta.labels.component === component,
  )
  if (pod === undefined) return null
  const words = mapsAt(fieldsAt(pod.fields, 'spec'), 'containers').flatMap((container) => [
    ...stringsAt(container, 'command'),
    ...stringsAt(container, 'args'),
  ])
  return words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? null
}

/** A file in a ConfigMap of kube-system, as YAML; problems in it are its own. */
function fileOf(objects: readonly ObjectSource[], configMap: string, key: string): Fields | null {
  const object = objects.find(({ info, meta }) => info.kind === 'ConfigMap' && meta.namespace === 'kube-system' && meta.name === configMap)
  const text = object && stringAt(fieldsAt(object.fields, 'data'), key)
  if (!text) return null
  const report = createReport(text)
  const [document] = readDocuments(text, report)
  return document === undefined ? null : fieldsOf(document.value, report)
}

function kubeadm(objects: readonly ObjectSource[], key: string): string | null {
  const file = fileOf(objects, 'kubeadm-config', 'ClusterConfiguration')
  return file && stringAt(fieldsAt(file, 'networking'), key)
}

function kubeProxyFile(objects: readonly ObjectSource[]): KubeProxyConfig | null {
  const file = fileOf(objects, 'kube-proxy', 'config.conf')
  return file && decodeKubeProxyConfiguration(file, DEFAULT_CLUSTER.kubeProxy)
}

function kubeProxyOf(objects: readonly ObjectSource[], first: ObjectSource, report: Report): KubeProxyConfig {
  const file = kubeProxyFile(objects)
  const at = first.nameAt
  if (file?.mode === 'nftables') {
    report.warning({ code: 'simulated-as', message: "kube-proxy's mode nftables is not modelled: simulated as iptables.", at })
    return { ...file, mode: 'iptables' }
  }
  if (file !== null) return file
  const runs = objects.some(({ info, meta }) => info.role === 'pod' && meta.labels['k8s-app'] === 'kube-proxy')
  const ask = 'add `kubectl get configmap kube-proxy -n kube-system -o yaml` to the text'
  report.info({
    code: 'simulated-as',
    message: runs
      ? `kube-proxy's mode is not in this text: simulated as iptables. To be sure, ${ask}.`
      : 'No kube-proxy pod is in this text: Services are simulated by kube-proxy in iptables mode. Write "kubeProxy: none" in a Cluster where there is none.',
    at,
  })
  return DEFAULT_CLUSTER.kubeProxy
}

function cniOf(objects: readonly ObjectSource[], first: ObjectSource, report: Report): Cluster['cni'] {
  const found = CNI_AGENTS.flatMap((agent): { agent: CniAgent; object: ObjectSource }[] => {
    const object = objects.find(({ info, meta }) => (info.role === 'pod' || info.role === 'workload') && isAgent(agent, meta.labels))
    return object === undefined ? [] : [{ agent, object }]
  })[0]
  const { range } = first
  if (found === undefined) {
    report.info({ code: 'simulated-as', message: 'No known CNI plugin runs in this text: simulated as bridge.', at: first.nameAt })
    return { plugin: 'bridge', config: {}, range }
  }
  const { agent, object } = found
  const flannel = agent.name === 'flannel' ? flannelConfigOf(objects) : null
  if (flannel?.modelled) return { plugin: 'flannel', config: flannel.config, range: object.range }
  const name = flannel === null ? agent.name : `flannel with backend ${flannel.backend}`
  report.warning({
    code: 'simulated-as',
    message: `The CNI plugin ${name} is not modelled: simulated as bridge. ${agent.differs}`,
    at: object.nameAt,
  })
  return { plugin: 'bridge', config: {}, range: object.range, simulates: name }
}

function isAgent({ labels }: CniAgent, own: Readonly<Record<string, string>>): boolean {
  return labels.some(([key, value]) => own[key] === value)
}

/** Plugins with an IPAM of their own (Calico, Cilium) leave the podCIDR of a Node unused: then the network of a node is that of its pods. */
export function withPodNetworks(drafts: readonly NodeDraft[], objects: readonly ObjectSource[], report: Report): NodeDraft[] {
  const ips = podIPsByNode(objects)
  const own = drafts.map((draft) => {
    const pods = ips.get(draft.name) ?? []
    const { podCIDR } = draft
    return pods.length === 0 || (podCIDR !== null && pods.every((ip) => cidrContains(podCIDR, ip))) ? null : cover(pods, 26)
  })
  const overlaps = (network: Cidr, i: number): boolean =>
    drafts.some((draft, n) => {
      const other = own[n] ?? draft.podCIDR
      return n !== i && other !== null && (cidrContains(other, network.address) || cidrContains(network, other.address))
    })
  return drafts.map((draft, i) => {
    const network = own[i] ?? null
    if (network === null || draft.podCIDR === null || overlaps(network, i)) return draft
    report.info({
      code: 'running-cluster',
      message: `The pods of node ${draft.name} have addresses outside its podCIDR ${formatCidr(draft.podCIDR)}: its pod network is taken to be ${formatCidr(network)}.`,
      at: draft.at,
    })
    return { ...draft, podCIDR: network }
  })
}

function podIPsByNode(objects: readonly ObjectSource[]): Map<string, Address[]> {
  const ips = new Map<string, Address[]>()
  for (const { info, fields } of objects) {
    if (info.role !== 'pod') continue
    const spec = fieldsAt(fields, 'spec')
    const node = stringAt(spec, 'nodeName')
    const ip = addressOf(stringAt(fieldsAt(fields, 'status'), 'podIP'))
    if (node === null || ip === null || fieldsAt(fields, 'spec').map?.entries.has('hostNetwork')) continue
    const list = ips.get(node)
    if (list) list.push(ip)
    else ips.set(node, [ip])
  }
  return ips
}
