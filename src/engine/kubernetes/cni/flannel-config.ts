/** flannel-io/flannel, net-conf.json, and the network configuration its CNI plugin hands to the bridge plugin. */
import { type Address, formatAddress } from '../../net/address.ts'
import type { Cluster, ClusterNode, NodeInterface } from '../cluster.ts'

export const FLANNEL_BACKENDS = ['vxlan', 'udp', 'host-gw'] as const
export type FlannelBackend = (typeof FLANNEL_BACKENDS)[number]

export interface FlannelConfig {
  readonly backend: FlannelBackend
  /** VXLAN network identifier, and part of the device's name. */
  readonly vni: number
  /** UDP port: the kernel's 8472 for vxlan, 8285 for udp. */
  readonly port: number
  /** vxlan: plain routes to peers on the same segment. */
  readonly directRouting: boolean
}

const DEFAULT_PORT = { vxlan: 8472, udp: 8285, 'host-gw': 0 } as const
/** Bytes that each backend puts in front of a pod's packet. */
const OVERHEAD = { vxlan: 50, udp: 28, 'host-gw': 0 } as const

/** Reads `cniConfig`; what has the wrong type was reported when the text was read. */
export function flannelConfig(cluster: Cluster): FlannelConfig {
  const { config } = cluster.cni
  const backend = FLANNEL_BACKENDS.find((name) => name === config.backend) ?? 'vxlan'
  const number = (key: string, fallback: number): number => (typeof config[key] === 'number' ? config[key] : fallback)
  return {
    backend,
    vni: number('vni', 1),
    port: number('port', DEFAULT_PORT[backend]),
    directRouting: config.directRouting === true,
  }
}

/** The interface flanneld uses (`--iface`): that of the node's address. */
export function externalInterface(node: ClusterNode): NodeInterface | null {
  return node.interfaces.find((nic) => nic.addresses.some(({ address }) => address === node.address)) ?? node.interfaces[0] ?? null
}

/** FLANNEL_MTU: what fits into the packets between the nodes. */
export function flannelMtu(cluster: Cluster, node: ClusterNode): number {
  const network = cluster.networks.find((one) => one.meta.name === externalInterface(node)?.network)
  return (network?.mtu ?? 1500) - OVERHEAD[flannelConfig(cluster).backend]
}

/** Are two nodes on one segment, so that one can be the other's gateway? Then by which interface of the first. */
export function linkTo(node: ClusterNode, peer: ClusterNode): { readonly device: string; readonly address: Address } | null {
  const nic = externalInterface(node)
  const other = externalInterface(peer)
  return nic !== null && other !== null && nic.network === other.network ? { device: nic.name, address: peer.address } : null
}

/** "via 172.18.0.12 dev eth0". */
export function viaText(link: { readonly device: string; readonly address: Address }): string {
  return `via ${formatAddress(link.address)} dev ${link.device}`
}
