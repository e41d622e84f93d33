/** Kernel: drivers/net/vxlan/vxlan_core.c, vxlan_xmit(); net/ipv4/udp_tunnel_core.c. RFC 7348. A frame becomes the load of a UDP packet. */

import { type Address, formatAddress } from '../net/address.ts'
import { MAC_ZERO } from '../net/mac.ts'
import type { IpPacket, Packet } from '../net/packet.ts'
import { frameLength, VXLAN_HEADER_LENGTH } from '../net/packet-length.ts'
import { PROTOCOL_UDP } from '../net/protocol-number.ts'
import { cloneFor } from './bridge-xmit.ts'
import type { VxlanRemote } from './device.ts'
import { decidedBy, drop } from './drop.ts'
import { l4Hash, skbGetHash } from './flow-hash.ts'
import { ipTunnelOut } from './ip-output.ts'
import { innerPacket, outerTos, tunnelCheckPmtu } from './ip-tunnel.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { refusedBy } from './refused-by.ts'
import type { RouteResult } from './route.ts'
import { dstMtu, ipRouteOutput } from './route-output.ts'
import { localPortRange } from './socket-lookup.ts'
import { sysctl } from './sysctl.ts'
import { VXLAN_HEADROOM, type Vxlan, vxlanFindMac } from './vxlan-fdb.ts'

/** `vxlan_xmit()`: to every remote of the entry for its MAC address, else of the all-zeros one. */
export function vxlanXmit(ns: NetNs, device: Vxlan, packet: Packet): KernelEffect[] {
  if (!packet.eth) return drop(ns, packet, 'DEV_HDR')
  const { destination } = packet.eth
  const entry = vxlanFindMac(ns, device, destination) ?? vxlanFindMac(ns, device, MAC_ZERO)
  if (!entry) return drop(ns, packet, 'NO_TX_TARGET', { by: decidedBy('device', `${device.name} has no FDB entry for ${destination}`) })
  const [first, ...others] = entry.remotes
  const copies = cloneFor(ns, packet, first ? [...others, first] : others, true)
  return copies.flatMap(([remote, copy]) => vxlanXmitOne(ns, device, copy, remote))
}

/**
 * Kernel: net/ipv4/ip_tunnel_core.c, iptunnel_xmit(). NAT or a mark in OUTPUT may lead what a tunnel has wrapped into the tunnel again. Each
 * wrapping takes two of the five levels that IP_TUNNEL_RECURSION_LIMIT allows, one of the device and one of the tunnel: the fourth ends it.
 */
const MOST_WRAPPINGS = 3

/** How often the packet was wrapped. */
function nesting({ payload: { inner } }: Packet): number {
  return inner === null ? 0 : 1 + nesting(inner)
}

/** `vxlan_xmit_one()`: routed as a packet of this machine. */
function vxlanXmitOne(ns: NetNs, device: Vxlan, packet: Packet, remote: VxlanRemote): KernelEffect[] {
  const { vxlan } = device
  if (nesting(packet) >= MOST_WRAPPINGS)
    return drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('device', `dead loop on ${device.name}`) })
  const tos = outerTos(vxlan.tos, packet)
  // The device named when it was made is that of its own remote only, not of entries without `via`.
  const oif = remote.link
  const route = ipRouteOutput(ns, { source: vxlan.local, destination: remote.address, oif, mark: packet.mark, tos })
  if ('error' in route)
    return drop(ns, packet, 'IP_OUTNOROUTES', { by: refusedBy(route), detail: `no way to ${formatAddress(remote.address)}` })
  if (route.device === device.name) return drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('device', `${device.name} leads to itself`) })
  const vni = remote.vni ?? vxlan.vni
  const port = remote.port ?? vxlan.dstPort
  if (route.route.type === 'local') return vxlanEncapBypass(ns, packet, vni, port)
  const tooBig = tunnelCheckPmtu(ns, packet, device, dstMtu(ns, route, remote.address) - VXLAN_HEADROOM)
  if (tooBig) return tooBig
  const outer = vxlanBuildSkb(ns, device, packet, { route, destination: remote.address, port, vni, tos })
  ns.trace?.({ at: 'encap', packet: outer, before: packet, device: device.name })
  return ipTunnelOut(ns, outer, route, device.name).effects
}

interface OuterHeader {
  readonly route: RouteResult
  readonly destination: Address
  readonly port: number
  readonly vni: number
  readonly tos: number
}

/** `vxlan_build_skb()` and `udp_tunnel_xmit_skb()`: the source port tells flows apart, so that routers between can spread them. */
function vxlanBuildSkb(ns: NetNs, device: Vxlan, packet: Packet, to: OuterHeader): IpPacket {
  const { vxlan } = device
  return {
    ...innerPacket(packet),
    eth: null,
    network: {
      kind: 'ip',
      family: 'ip',
      source: vxlan.local ?? to.route.source,
      destination: to.destination,
      protocol: PROTOCOL_UDP,
      ttl: vxlan.ttl === 0 ? sysctl(ns, 'net.ipv4.ip_default_ttl') : vxlan.ttl,
      tos: to.tos,
      id: ns.kernel.chooser.pick('ip-id', 65536),
      df: vxlan.df,
      mf: false,
      fragmentOffset: 0,
    },
    transport: { kind: 'udp', sourcePort: udpFlowSrcPort(ns, packet), destinationPort: to.port },
    payload: { length: VXLAN_HEADER_LENGTH + frameLength(packet), data: { kind: 'vxlan', vni: to.vni }, inner: innerPacket(packet) },
    iif: null,
    hash: l4Hash(skbGetHash(packet)),
  }
}

/** `udp_flow_src_port()`: a port of ip_local_port_range by the hash of the inner flow. */
function udpFlowSrcPort(ns: NetNs, packet: Packet): number {
  const { low, high } = localPortRange(ns)
  return low + Math.floor((skbGetHash(packet).value * (high - low)) / 2 ** 32)
}

/** `encap_bypass_if_local()`: the remote is this machine; the frame goes straight to its device of that VNI. */
function vxlanEncapBypass(ns: NetNs, packet: Packet, vni: number, port: number): KernelEffect[] {
  const target = vxlanFindVni(ns, vni, port)
  if (!target) return drop(ns, packet, 'VXLAN_VNI_NOT_FOUND', { by: decidedBy('device', `no VXLAN device has id ${vni}`) })
  return [{ kind: 'netif-rx', device: target.name, packet: { ...innerPacket(packet), iif: null } }]
}

/** `vxlan_find_vni()`: the device that is up with this VNI behind this port. */
export function vxlanFindVni(ns: NetNs, vni: number, port: number): Vxlan | null {
  for (const device of ns.devices.values()) {
    if (device.kind === 'vxlan' && device.up && device.vxlan.vni === vni && device.vxlan.dstPort === port) return device
  }
  return null
}
