/** kube-proxy pkg/proxy/iptables/proxier.go (v1.30.3): the text it gives to iptables-restore, and the jumps it inserts. */
import { type Address, formatAddress, parseAddress } from '../../net/address.ts'
import { cidrContains, formatCidr, parseCidr } from '../../net/cidr.ts'
import type { ScriptOrigin } from '../../net/node-script.ts'
import type { Cluster, ClusterNode, KubeProxyConfig } from '../cluster.ts'
import { ensureJumps, type Jump, makeJumps } from '../ensure-rules.ts'
import { gatewayOf } from '../ipam.ts'
import { type CategorizedEndpoints, categorizeEndpoints } from './categorize-endpoints.ts'
import { comment, type RestoreText, RestoreWriter, type TableWriter } from './restore-text.ts'
import { type ProxyServicePort, proxyServicePorts } from './service-ports.ts'
import { serviceChains, writeServicePort } from './service-rules.ts'

/** What the rules of every service port share on one node. */
export interface ProxyContext {
  /** Match for traffic that is not local to the cluster's pods, e.g. '! -s 10.244.0.0/16'; null: nothing is local. */
  readonly ifLocal: string | null
  readonly ifNotLocal: string | null
  readonly masqueradeAll: boolean
  readonly nodeAddress: string
  /** Comments are left out of balancing chains in clusters of more than 1000 endpoints. */
  readonly large: boolean
  readonly filter: TableWriter
  readonly nat: TableWriter
}

const LARGE_CLUSTER_ENDPOINTS = 1000
const LAST_RULE = 'kubernetes service nodeports; NOTE: this must be the last rule in this chain'

/** Jumps in the order in which each is prepended: table, built-in chain, target, comment, only for new connections. */
const JUMPS: readonly Jump[] = (
  [
    ['filter', 'INPUT', 'KUBE-EXTERNAL-SERVICES', 'kubernetes externally-visible service portals', true],
    ['filter', 'FORWARD', 'KUBE-EXTERNAL-SERVICES', 'kubernetes externally-visible service portals', true],
    ['filter', 'INPUT', 'KUBE-NODEPORTS', 'kubernetes health check service ports', false],
    ['filter', 'FORWARD', 'KUBE-SERVICES', 'kubernetes service portals', true],
    ['filter', 'OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals', true],
    ['filter', 'FORWARD', 'KUBE-FORWARD', 'kubernetes forwarding rules', false],
    ['filter', 'INPUT', 'KUBE-PROXY-FIREWALL', 'kubernetes load balancer firewall', true],
    ['filter', 'OUTPUT', 'KUBE-PROXY-FIREWALL', 'kubernetes load balancer firewall', true],
    ['filter', 'FORWARD', 'KUBE-PROXY-FIREWALL', 'kubernetes load balancer firewall', true],
    ['nat', 'OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals', false],
    ['nat', 'PREROUTING', 'KUBE-SERVICES', 'kubernetes service portals', false],
    ['nat', 'POSTROUTING', 'KUBE-POSTROUTING', 'kubernetes postrouting rules', false],
    ['filter', 'INPUT', 'KUBE-FIREWALL', '', false],
    ['filter', 'OUTPUT', 'KUBE-FIREWALL', '', false],
  ] as const
).map(([table, chain, target, text, onlyNew]) => ({
  ...{ table, chain, target },
  match: [onlyNew ? '-m conntrack --ctstate NEW' : '', text === '' ? '' : comment(text)].filter(Boolean).join(' '),
}))

/** What a full sync does before it writes the rules; `fresh`: on a node that has none of it. */
export function iptablesJumps(fresh: boolean): string[] {
  return fresh ? makeJumps(JUMPS) : ensureJumps(JUMPS)
}

/** localhostNodePorts is forced off when nodePortAddresses leaves loopback out. */
export function acceptsLocalhostNodePorts(config: KubeProxyConfig): boolean {
  const ranges = config.nodePortAddresses.flatMap((text) => parseCidr(text) ?? [])
  const loopback = parseAddress('127.0.0.1')
  return (
    config.localhostNodePorts &&
    (ranges.length === 0 || ranges.some((range) => loopback !== null && (cidrContains(range, loopback) || range.address >>> 24 === 127)))
  )
}

/** A cluster, and a node as it was in it. */
interface Before {
  readonly cluster: Cluster
  readonly node: ClusterNode
}

/**
 * Input of `iptables-restore --noflush --counters` for one node. With `before` it is a partial sync: chains of Services that did not change are
 * left as they are, whatever has become of them, and chains that are no longer needed are emptied and deleted.
 */
export function iptablesRestore(cluster: Cluster, node: ClusterNode, before: Before | null = null): RestoreText {
  const writer = new RestoreWriter()
  const ports = proxyServicePorts(cluster, node.meta.name)
  const unchanged = before === null ? new Set<string>() : unchangedServices(ports, node, before)
  const context = proxyContext(cluster, node, { writer, endpoints: ports.reduce((sum, port) => sum + port.endpoints.length, 0) })
  const skipping: ProxyContext = { ...context, nat: onlySharedChains(context.nat) }
  const localhost = acceptsLocalhostNodePorts(cluster.kubeProxy)
  declareChains(context, localhost)
  writeFixedNat(context.nat, cluster.kubeProxy)
  const chains = new Set<string>()
  for (const port of ports) {
    writer.origin = originOf(port)
    const endpoints = categorizeEndpoints(port, node.meta.labels)
    const portContext = unchanged.has(serviceOf(port)) ? skipping : context
    for (const chain of serviceChains(port, endpoints)) {
      chains.add(chain)
      portContext.nat.chain(chain)
    }
    writeServicePort(port, endpoints, portContext)
  }
  writer.origin = null
  for (const rule of nodePortJumps(cluster, node, localhost))
    context.nat.rule('KUBE-SERVICES', comment(LAST_RULE), rule, '-j KUBE-NODEPORTS')
  writeForward(context.filter, cluster.kubeProxy)
  for (const chain of before === null ? [] : chainsOf(before)) if (!chains.has(chain)) writer.deleteChain('nat', chain)
  return writer.finish()
}

const serviceOf = ({ service }: ProxyServicePort): string => `${service.meta.namespace}/${service.meta.name}`

/** Services of which neither a port nor an endpoint changed; none where labels of the node did (OnNodeUpdate() asks for a full sync). */
function unchangedServices(ports: readonly ProxyServicePort[], { meta }: ClusterNode, before: Before): ReadonlySet<string> {
  if (JSON.stringify(meta.labels) !== JSON.stringify(before.node.meta.labels)) return new Set()
  const had = proxyServicePorts(before.cluster, meta.name)
  const textOf = ({ service: _, ...port }: ProxyServicePort): string => JSON.stringify(port)
  const texts = (some: readonly ProxyServicePort[]): Map<string, string> => new Map(some.map((port) => [port.name, textOf(port)]))
  const [now, then] = [texts(ports), texts(had)]
  const unchanged = new Set(ports.map(serviceOf))
  for (const port of [...ports, ...had]) if (now.get(port.name) !== then.get(port.name)) unchanged.delete(serviceOf(port))
  return unchanged
}

/** A table in which chains of a service port's own are not written. */
function onlySharedChains(nat: TableWriter): TableWriter {
  return {
    chain: () => {},
    rule: (chain, ...words) => {
      if (chain === 'KUBE-SERVICES' || chain === 'KUBE-NODEPORTS') nat.rule(chain, ...words)
    },
  }
}

/** Whom a service port's lines are written for. */
export function originOf(port: ProxyServicePort): ScriptOrigin {
  const { namespace, name, range } = port.service.meta
  return { component: 'kube-proxy', object: `service/${namespace}/${name}`, line: range?.line ?? null }
}

/** Chains that kube-proxy has made for the Services of a cluster. */
function chainsOf({ cluster, node }: Before): string[] {
  return proxyServicePorts(cluster, node.meta.name).flatMap((port): string[] => {
    const endpoints: CategorizedEndpoints = categorizeEndpoints(port, node.meta.labels)
    return serviceChains(port, endpoints)
  })
}

function proxyContext(
  cluster: Cluster,
  node: ClusterNode,
  { writer, endpoints }: { writer: RestoreWriter; endpoints: number },
): ProxyContext {
  return {
    ...localTraffic(cluster, node),
    masqueradeAll: cluster.kubeProxy.masqueradeAll,
    nodeAddress: formatAddress(node.address),
    large: endpoints > LARGE_CLUSTER_ENDPOINTS,
    filter: writer.table('filter'),
    nat: writer.table('nat'),
  }
}

/** pkg/proxy/util/localdetector.go: matches for traffic from pods of this node or cluster, and for all other; null: nothing is local. */
export function localTraffic(cluster: Cluster, node: ClusterNode): { ifLocal: string | null; ifNotLocal: string | null } {
  const { detectLocalMode, detectLocal, clusterCIDR } = cluster.kubeProxy
  const match = (text: string): { ifLocal: string; ifNotLocal: string } => ({ ifLocal: text, ifNotLocal: `! ${text}` })
  const none = { ifLocal: null, ifNotLocal: null }
  switch (detectLocalMode) {
    case 'ClusterCIDR':
      return clusterCIDR === '' ? none : match(`-s ${clusterCIDR ?? formatCidr(cluster.podCIDR)}`)
    case 'NodeCIDR':
      return match(`-s ${formatCidr(node.podCIDR)}`)
    case 'BridgeInterface':
      return detectLocal.bridgeInterface ? match(`-i ${detectLocal.bridgeInterface}`) : none
    case 'InterfaceNamePrefix':
      return detectLocal.interfaceNamePrefix ? match(`-i ${detectLocal.interfaceNamePrefix}+`) : none
  }
}

function declareChains({ filter, nat }: ProxyContext, localhost: boolean): void {
  for (const chain of ['KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES', 'KUBE-FORWARD', 'KUBE-NODEPORTS', 'KUBE-PROXY-FIREWALL'])
    filter.chain(chain)
  if (localhost) {
    filter.chain('KUBE-FIREWALL')
    filter.rule(
      'KUBE-FIREWALL',
      comment('block incoming localnet connections'),
      '-d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
    )
  }
  for (const chain of ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ']) nat.chain(chain)
}

/** The mark of packets to be masqueraded: '0x00004000'. */
export function masqueradeMark(config: KubeProxyConfig): string {
  return `0x${(2 ** config.masqueradeBit).toString(16).padStart(8, '0')}`
}

function writeFixedNat(nat: TableWriter, config: KubeProxyConfig): void {
  const mark = masqueradeMark(config)
  nat.rule('KUBE-POSTROUTING', `-m mark ! --mark ${mark}/${mark} -j RETURN`)
  nat.rule('KUBE-POSTROUTING', `-j MARK --xor-mark ${mark}`)
  nat.rule('KUBE-POSTROUTING', comment('kubernetes service traffic requiring SNAT'), '-j MASQUERADE --random-fully')
  nat.rule('KUBE-MARK-MASQ', `-j MARK --or-mark ${mark}`)
}

function writeForward(filter: TableWriter, config: KubeProxyConfig): void {
  const mark = masqueradeMark(config)
  if (!config.tcpBeLiberal) filter.rule('KUBE-FORWARD', '-m conntrack --ctstate INVALID -j DROP')
  filter.rule('KUBE-FORWARD', comment('kubernetes forwarding rules'), `-m mark --mark ${mark}/${mark} -j ACCEPT`)
  filter.rule('KUBE-FORWARD', comment('kubernetes forwarding conntrack rule'), '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT')
}

/** Addresses of the node's devices but loopback: its NICs, and the pods' bridge where there is one. */
export function nodeAddresses(cluster: Cluster, node: ClusterNode): Address[] {
  const bridge = cluster.cni.plugin !== 'none' && cluster.pods.some((pod) => pod.nodeName === node.meta.name && !pod.hostNetwork)
  return [...node.interfaces.flatMap((nic) => nic.addresses.map((a) => a.address)), ...(bridge ? [gatewayOf(node.podCIDR)] : [])]
}

/** Which local addresses accept node ports: all by default, else those inside nodePortAddresses. */
function nodePortJumps(cluster: Cluster, node: ClusterNode, localhost: boolean): string[] {
  const ranges = cluster.kubeProxy.nodePortAddresses.flatMap((text) => parseCidr(text) ?? [])
  if (ranges.length === 0 || ranges.some((range) => range.prefixLength === 0))
    return [`-m addrtype --dst-type LOCAL${localhost ? '' : ' ! -d 127.0.0.0/8'}`]
  const loopback = localhost ? [parseAddress('127.0.0.1')] : []
  const own = [...loopback, ...nodeAddresses(cluster, node)]
  return own.flatMap((address) =>
    address !== null && ranges.some((range) => cidrContains(range, address)) ? [`-d ${formatAddress(address)}`] : [],
  )
}
