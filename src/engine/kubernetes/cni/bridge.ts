/** containernetworking/plugins plugins/main/bridge with host-local: what `CNI ADD` and `CNI DEL` make the kernel do. */
import { sha512 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { formatAddress } from '../../net/address.ts'
import { type Cidr, formatCidr } from '../../net/cidr.ts'
import type { ScriptCommand, ScriptOrigin } from '../../net/node-script.ts'
import type { Cluster, ClusterNode, Pod } from '../cluster.ts'
import { macHash } from '../hash.ts'
import { gatewayOf } from '../ipam.ts'
import { command } from '../machine-script.ts'
import { flannelMtu } from './flannel-config.ts'
import { ipMasqAgent } from './ip-masq-agent.ts'
import type { CniPlugin, PeerCommands } from './plugin.ts'

/** The network configuration with the defaults of this cluster: isDefaultGateway, hairpinMode, no ipMasq. `routes`: what host-local adds. */
interface BridgeConfig {
  readonly name: string
  readonly bridge: string
  readonly isGateway: boolean
  readonly isDefaultGateway: boolean
  readonly ipMasq: boolean
  readonly hairpinMode: boolean
  /** Null: the kernel's default. */
  readonly mtu: (node: ClusterNode) => number | null
  readonly routes: readonly Cidr[]
}

/** The bridge plugin, with routes between nodes of one segment and ip-masq-agent. */
export const bridgePlugin: CniPlugin = {
  setup: (cluster, node) => (bridgeConfig(cluster).ipMasq ? [] : ipMasqAgent(cluster, node)),
  peers: peerRoutes,
  programs: () => [],
  firstPod: bridgeSetup,
  addPod,
  deletePod,
}

/** What flannel's plugin delegates: its network is called cbr0, its bridge cni0. */
function flannelDelegate(cluster: Cluster): BridgeConfig {
  const network = { name: 'cbr0', bridge: 'cni0', mtu: (node: ClusterNode) => flannelMtu(cluster, node), routes: [cluster.podCIDR] }
  return { ...network, isGateway: true, isDefaultGateway: true, ipMasq: false, hairpinMode: true }
}

/** Reads `cniConfig`; what has the wrong type was reported when the text was read. */
export function bridgeConfig(cluster: Cluster): BridgeConfig {
  if (cluster.cni.plugin === 'flannel') return flannelDelegate(cluster)
  const { config } = cluster.cni
  const text = (key: string, fallback: string): string => (typeof config[key] === 'string' ? config[key] : fallback)
  const flag = (key: string, fallback: boolean): boolean => (typeof config[key] === 'boolean' ? config[key] : fallback)
  const isDefaultGateway = flag('isDefaultGateway', true)
  return {
    name: text('name', 'bridge'),
    bridge: text('bridge', 'cni0'),
    isGateway: isDefaultGateway || flag('isGateway', true),
    isDefaultGateway,
    ipMasq: flag('ipMasq', false),
    hairpinMode: flag('hairpinMode', true),
    mtu: () => (typeof config.mtu === 'number' ? config.mtu : null),
    routes: [],
  }
}

const bridgeOrigin = (cluster: Cluster, node: ClusterNode): ScriptOrigin => ({
  component: 'cni/bridge',
  object: `node/${node.meta.name}`,
  line: (cluster.cni.range ?? node.meta.range)?.line ?? null,
})

/** The origin of everything made for one pod. */
export function podOrigin(component: string, pod: Pod): ScriptOrigin {
  return { component, object: `pod/${pod.meta.namespace}/${pod.meta.name}`, line: pod.meta.range?.line ?? null }
}

const mtuText = (mtu: number | null): string => (mtu === null ? '' : ` mtu ${mtu}`)

/** What the plugin does on the first pod of a node: the bridge, with an address of its own and a MAC that does not follow its ports. */
export function bridgeSetup(cluster: Cluster, node: ClusterNode): ScriptCommand[] {
  const { bridge, isGateway, mtu } = bridgeConfig(cluster)
  const origin = bridgeOrigin(cluster, node)
  const size = mtuText(mtu(node))
  const gateway = `${formatAddress(gatewayOf(node.podCIDR))}/${node.podCIDR.prefixLength}`
  const lines = [`ip link add ${bridge} address ${macHash(`${node.meta.name} ${bridge}`)}${size} type bridge`, `ip link set ${bridge} up`]
  if (isGateway) lines.push(`ip addr add ${gateway} dev ${bridge}`, 'sysctl -w net.ipv4.ip_forward=1')
  return lines.map((run) => command(run, origin))
}

/** CNI ADD for one pod, its namespace and loopback included (the runtime's part). */
export function addPod(cluster: Cluster, node: ClusterNode, pod: Pod): ScriptCommand[] {
  if (pod.netns === null || pod.veth === null) return []
  const { bridge, hairpinMode, isDefaultGateway, ipMasq, mtu, routes } = bridgeConfig(cluster)
  const { netns, veth } = pod
  const identity = `${pod.meta.namespace}/${pod.meta.name}`
  const size = mtuText(mtu(node))
  const address = formatAddress(pod.podIP)
  const plugin = [
    `ip link add ${veth} address ${macHash(`${identity} host`)}${size} type veth peer name eth0 address ${macHash(`${identity} eth0`)}${size} netns ${netns}`,
    `ip link set ${veth} master ${bridge}`,
    ...(hairpinMode ? [`bridge link set dev ${veth} hairpin on`] : []),
    `ip link set ${veth} up`,
    `ip netns exec ${netns} sysctl -w net.ipv4.conf.eth0.arp_notify=1`,
    `ip -n ${netns} link set eth0 up`,
    `ip -n ${netns} addr add ${address}/${node.podCIDR.prefixLength} dev eth0`,
    ...routes.map((route) => `ip -n ${netns} route add ${formatCidr(route)} via ${formatAddress(gatewayOf(node.podCIDR))} dev eth0`),
    ...(isDefaultGateway ? [`ip -n ${netns} route add default via ${formatAddress(gatewayOf(node.podCIDR))} dev eth0`] : []),
    ...(ipMasq ? masqueradeOfPod(cluster, node, pod) : []),
  ]
  return plugin.map((run) => command(run, podOrigin('cni/bridge', pod)))
}

/** plugins/pkg/utils: 'CNI-' and 24 hex digits of sha512(network name + container id). */
function masqueradeOfPod(cluster: Cluster, node: ClusterNode, pod: Pod): string[] {
  const { name } = bridgeConfig(cluster)
  const chain = `CNI-${bytesToHex(sha512(utf8ToBytes(`${name}${pod.netns}`))).slice(0, 24)}`
  const comment = `-m comment --comment 'name: "${name}" id: "${pod.netns}"'`
  return [
    `iptables -w -t nat -N ${chain}`,
    `iptables -w -t nat -A ${chain} -d ${formatCidr(node.podCIDR)} ${comment} -j ACCEPT`,
    `iptables -w -t nat -A ${chain} ! -d 224.0.0.0/4 ${comment} -j MASQUERADE`,
    `iptables -w -t nat -A POSTROUTING -s ${formatAddress(pod.podIP)} ${comment} -j ${chain}`,
  ]
}

/** CNI DEL: with the namespace go both ends of the veth pair. */
export function deletePod(pod: Pod): ScriptCommand[] {
  if (pod.netns === null) return []
  const origin = podOrigin('cni/bridge', pod)
  return [command(`ip netns del ${pod.netns}`, origin), command(`rm -rf /etc/netns/${pod.netns}`, origin)]
}

/** The route to each peer's pods, as a route controller or an administrator would write it on nodes of one segment. */
function peerRoutes(cluster: Cluster, node: ClusterNode): Map<string, PeerCommands> {
  const routes = new Map<string, PeerCommands>()
  for (const peer of cluster.nodes) {
    if (peer.meta.name === node.meta.name) continue
    const via = reachable(node, peer)
    if (via === null) continue
    const origin: ScriptOrigin = { component: 'cni/bridge', object: `node/${peer.meta.name}`, line: peer.meta.range?.line ?? null }
    const subnet = formatCidr(peer.podCIDR)
    const add = [command(`ip route add ${subnet} via ${via}`, origin)]
    routes.set(subnet, { add, remove: [command(`ip route del ${subnet}`, origin)] })
  }
  return routes
}

/** 'ADDRESS dev NIC' by which the peer is reached on a segment that both are plugged into. */
function reachable(node: ClusterNode, peer: ClusterNode): string | null {
  for (const nic of node.interfaces) {
    const other = peer.interfaces.find((candidate) => candidate.network === nic.network)
    const primary = other?.addresses.find(({ address }) => address === peer.address) ?? other?.addresses[0]
    if (primary !== undefined) return `${formatAddress(primary.address)} dev ${nic.name}`
  }
  return null
}
