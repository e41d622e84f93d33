/** kube-proxy pkg/proxy/ipvs/proxier.go (v1.30.3), syncProxyRules(): what IPVS mode wants on one node. Decides; `ipvs-commands.ts` writes. */
import { formatAddress, parseAddress } from '../../net/address.ts'
import { cidrContains, parseCidr } from '../../net/cidr.ts'
import type { ScriptOrigin } from '../../net/node-script.ts'
import type { Cluster, ClusterNode } from '../cluster.ts'
import { categorizeEndpoints } from './categorize-endpoints.ts'
import { nodeAddresses, originOf } from './iptables.ts'
import { IPVS_SET_NAMES, type IpvsSetName } from './ipvs-sets.ts'
import { type ProxyEndpoint, type ProxyServicePort, proxyServicePorts } from './service-ports.ts'

/** The device that holds every Service address. */
export const DUMMY_DEVICE = 'kube-ipvs0'

/** One IPVS service and its real servers, "ip:port" each, all with weight 1. */
export interface VirtualServer {
  readonly address: string
  readonly port: number
  /** Lower case. */
  readonly protocol: string
  /** Seconds of client affinity; null: none. */
  readonly persistentSeconds: number | null
  readonly servers: readonly string[]
  readonly origin: ScriptOrigin
}

/** A load balancer address that the node itself may not use. */
export interface ForbiddenToNode {
  readonly address: string
  readonly port: number
  readonly protocol: string
  readonly origin: ScriptOrigin
}

export interface IpvsPlan {
  readonly scheduler: string
  /** By protocol, address and port. */
  readonly virtualServers: ReadonlyMap<string, VirtualServer>
  /** Addresses on the dummy device, with whom the first Service wants them for. */
  readonly addresses: ReadonlyMap<string, ScriptOrigin>
  /** Entries of each set. */
  readonly sets: Readonly<Record<IpvsSetName, ReadonlyMap<string, ScriptOrigin>>>
  readonly forbiddenToNode: readonly ForbiddenToNode[]
}

interface Planning {
  readonly node: ClusterNode
  /** Addresses that are on other devices: they are not put on the dummy device. */
  readonly onDevices: ReadonlySet<string>
  /** Where node ports are served. */
  readonly nodePortAddresses: readonly string[]
  readonly virtualServers: Map<string, VirtualServer>
  readonly addresses: Map<string, ScriptOrigin>
  readonly sets: Record<IpvsSetName, Map<string, ScriptOrigin>>
  readonly forbiddenToNode: ForbiddenToNode[]
}

/** One service port that is being planned. */
interface PortPlan {
  readonly port: ProxyServicePort
  readonly origin: ScriptOrigin
  /** For policy Cluster; and for Local, which falls back to the former where no endpoint is local. */
  readonly cluster: readonly ProxyEndpoint[]
  readonly local: readonly ProxyEndpoint[]
  readonly plan: Planning
}

function emptySets(): Record<IpvsSetName, Map<string, ScriptOrigin>> {
  return Object.fromEntries(IPVS_SET_NAMES.map((name) => [name, new Map()])) as unknown as Record<IpvsSetName, Map<string, ScriptOrigin>>
}

/** All virtual servers, addresses and set entries of one node, in order of the Services. */
export function ipvsPlan(cluster: Cluster, node: ClusterNode): IpvsPlan {
  const own = nodeAddresses(cluster, node).map(formatAddress)
  const plan: Planning = {
    node,
    onDevices: new Set(own),
    nodePortAddresses: own.filter((text) => servesNodePorts(text, cluster.kubeProxy.nodePortAddresses)),
    virtualServers: new Map(),
    addresses: new Map(),
    sets: emptySets(),
    forbiddenToNode: [],
  }
  for (const port of proxyServicePorts(cluster, node.meta.name)) {
    const { cluster: everywhere, local } = categorizeEndpoints(port, node.meta.labels)
    planPort({ port, origin: originOf(port), cluster: everywhere, local: local.length > 0 ? local : everywhere, plan })
  }
  for (const [address, origin] of plan.addresses) plan.sets['KUBE-IPVS-IPS'].set(address, origin)
  return { scheduler: cluster.kubeProxy.ipvs.scheduler, ...plan }
}

/** nodePortAddresses: all by default. */
function servesNodePorts(text: string, wanted: readonly string[]): boolean {
  const ranges = wanted.flatMap((range) => parseCidr(range) ?? [])
  const address = parseAddress(text)
  return ranges.length === 0 || (address !== null && ranges.some((range) => cidrContains(range, address)))
}

function planPort(one: PortPlan): void {
  const { port, plan, origin } = one
  const { sets } = plan
  for (const endpoint of port.endpoints) {
    if (endpoint.isLocal) sets['KUBE-LOOP-BACK'].set(`${endpoint.ip},${port.protocol}:${endpoint.port},${endpoint.ip}`, origin)
  }
  sets['KUBE-CLUSTER-IP'].set(portal(port, port.clusterIP), origin)
  addVirtualServer(one, port.clusterIP, { port: port.port, onlyLocal: port.internalPolicyLocal, bind: true })
  for (const ip of port.externalIPs) {
    sets[port.externalPolicyLocal ? 'KUBE-EXTERNAL-IP-LOCAL' : 'KUBE-EXTERNAL-IP'].set(portal(port, ip), origin)
    addVirtualServer(one, ip, { port: port.port, onlyLocal: port.externalPolicyLocal, bind: !plan.onDevices.has(ip) })
  }
  for (const vip of port.vips) planLoadBalancer(one, vip)
  if (port.nodePort !== 0 && plan.nodePortAddresses.length > 0) planNodePort(one)
  if (port.healthCheckNodePort !== 0) sets['KUBE-HEALTH-CHECK-NODE-PORT'].set(String(port.healthCheckNodePort), origin)
}

/** "10.96.0.10,tcp:80". */
function portal(port: ProxyServicePort, ip: string): string {
  return `${ip},${port.protocol}:${port.port}`
}

function addVirtualServer(
  { port, origin, cluster, local, plan }: PortPlan,
  address: string,
  where: { readonly port: number; readonly onlyLocal: boolean; readonly bind: boolean },
): void {
  const key = `${port.protocol} ${address}:${where.port}`
  if (where.bind && !plan.addresses.has(address)) plan.addresses.set(address, origin)
  plan.virtualServers.set(key, {
    address,
    port: where.port,
    protocol: port.protocol,
    persistentSeconds: port.affinitySeconds,
    servers: [...new Set((where.onlyLocal ? local : cluster).map((endpoint) => endpoint.text))],
    origin,
  })
}

function planLoadBalancer(one: PortPlan, vip: string): void {
  const { port, origin, plan } = one
  const { sets } = plan
  const entry = portal(port, vip)
  sets['KUBE-LOAD-BALANCER'].set(entry, origin)
  if (port.externalPolicyLocal) sets['KUBE-LOAD-BALANCER-LOCAL'].set(entry, origin)
  if (port.sourceRanges.length > 0) {
    sets['KUBE-LOAD-BALANCER-FW'].set(entry, origin)
    for (const range of port.sourceRanges) sets['KUBE-LOAD-BALANCER-SOURCE-CIDR'].set(`${entry},${range}`, origin)
    if (allowsNode(port, plan.node)) sets['KUBE-LOAD-BALANCER-SOURCE-IP'].set(`${entry},${vip}`, origin)
    else plan.forbiddenToNode.push({ address: vip, port: port.port, protocol: port.protocol, origin })
  }
  addVirtualServer(one, vip, { port: port.port, onlyLocal: port.externalPolicyLocal, bind: !plan.onDevices.has(vip) })
}

function allowsNode(port: ProxyServicePort, node: ClusterNode): boolean {
  return port.sourceRanges.some((text) => {
    const range = parseCidr(text)
    return range !== null && cidrContains(range, node.address)
  })
}

/** SCTP has no bitmap of ports; its sets name every address. */
function planNodePort(one: PortPlan): void {
  const { port, origin, plan } = one
  const { sets } = plan
  const sctp = port.protocol === 'sctp'
  const suffix = sctp ? 'SCTP-HASH' : port.protocol === 'udp' ? 'UDP' : 'TCP'
  const entries = sctp ? plan.nodePortAddresses.map((ip) => `${ip},sctp:${port.nodePort}`) : [String(port.nodePort)]
  for (const entry of entries) {
    sets[`KUBE-NODE-PORT-${suffix}`].set(entry, origin)
    if (port.externalPolicyLocal) sets[`KUBE-NODE-PORT-LOCAL-${suffix}`].set(entry, origin)
  }
  for (const ip of plan.nodePortAddresses)
    addVirtualServer(one, ip, { port: port.nodePort, onlyLocal: port.externalPolicyLocal, bind: false })
}
