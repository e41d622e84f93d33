/** Kernel: net/ipv4/ipip.c, ip_tunnel.c. IP in IP (RFC 2003). */

import { type Address, formatAddress } from '../net/address.ts'
import { type IpHeader, type IpPacket, isIp, type Packet } from '../net/packet.ts'
import { IPV4_HEADER_LENGTH, ipLength } from '../net/packet-length.ts'
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, ICMP_PORT_UNREACH, PROTOCOL_IPIP } from '../net/protocol-number.ts'
import { decidedBy, drop } from './drop.ts'
import { l4Hash } from './flow-hash.ts'
import { ipTunnelOut } from './ip-output.ts'
import { innerPacket, outerTos, unwrapped } from './ip-tunnel.ts'
import { linkFailure } from './ipip-error.ts'
import { type Ipip, ipTunnelLookup } from './ipip-lookup.ts'
import { icmpRequest, type KernelEffect, NOT_LOCAL, type SkbDst } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { refusedBy } from './refused-by.ts'
import type { RouteResult } from './route.ts'
import { dstMtu, ipRouteOutput, ipRtUpdatePmtu } from './route-output.ts'

/** `ip_tunnel_xmit()`. A device without a remote end sends to the next hop of the packet's own route. */
export function ipTunnelXmit(ns: NetNs, device: Ipip, packet: Packet): KernelEffect[] {
  if (!isIp(packet)) return drop(ns, packet, 'DEV_HDR')
  const { tunnel, name } = device
  const ip = packet.network
  const destination = tunnel.remote ?? nextHopOn(ns, name, ip, packet)
  if (destination === null) return drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('device', `${name} has no remote end`) })
  const route = ipRouteOutput(ns, { source: tunnel.local, destination, oif: tunnel.link })
  if ('error' in route)
    return drop(ns, packet, 'IP_OUTNOROUTES', { by: refusedBy(route), detail: `no way to ${formatAddress(destination)}` })
  if (route.device === name) return drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('device', `${name} leads to itself`) })
  const df = tunnel.pmtuDiscovery || ip.df
  const tooBig = tnlUpdatePmtu(ns, packet, ip, { df, mtu: dstMtu(ns, route, destination) - IPV4_HEADER_LENGTH, device })
  if (tooBig) return tooBig
  const failure = linkFailure(ns, device, packet)
  const outer = outerPacket(ns, packet, ip, { device, route, destination, df })
  ns.trace?.({ at: 'encap', packet: outer, before: packet, device: name })
  return [...failure, ...ipTunnelOut(ns, outer, route, device.name).effects]
}

/** NBMA: `rt_nexthop()` of the inner packet's route. */
function nextHopOn(ns: NetNs, device: string, ip: IpHeader, packet: IpPacket): Address | null {
  const inner = ipRouteOutput(ns, { source: ip.source, destination: ip.destination, mark: packet.mark, tos: ip.tos, anySource: true })
  return 'error' in inner || inner.device !== device ? null : inner.nextHop
}

interface Fit {
  readonly df: boolean
  /** Bytes that fit behind the outer header. */
  readonly mtu: number
  readonly device: Ipip
}

/** `tnl_update_pmtu()`: what must not be cut and does not fit is refused; the inner route learns. Null: go on. */
function tnlUpdatePmtu(ns: NetNs, packet: IpPacket, ip: IpHeader, { df, mtu, device }: Fit): KernelEffect[] | null {
  const fits = df ? mtu : device.mtu
  if (ipLength(packet) > fits) ipRtUpdatePmtu(ns, ip.destination, fits)
  if (!ip.df || ipLength(packet) <= fits) return null
  drop(ns, packet, 'PKT_TOO_BIG', { by: decidedBy('mtu', `${device.name}: ${fits} bytes fit`) })
  return [{ ...icmpRequest(packet, NOT_LOCAL, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED), mtu: fits }]
}

interface Outer {
  readonly device: Ipip
  readonly route: RouteResult
  readonly destination: Address
  readonly df: boolean
}

/** `iptunnel_xmit()`. */
function outerPacket(ns: NetNs, packet: IpPacket, ip: IpHeader, { device, route, destination, df }: Outer): IpPacket {
  const { tunnel } = device
  const inner = { ...innerPacket(packet), eth: null }
  return {
    ...inner,
    network: {
      kind: 'ip',
      family: 'ip',
      source: tunnel.local ?? route.source,
      destination,
      protocol: PROTOCOL_IPIP,
      ttl: tunnel.ttl === 0 ? ip.ttl : tunnel.ttl,
      tos: outerTos(0, packet),
      id: ns.kernel.chooser.pick('ip-id', 65536),
      df,
      mf: false,
      fragmentOffset: 0,
    },
    transport: null,
    payload: { length: ipLength(packet), data: null, inner },
    iif: null,
    hash: l4Hash(inner.hash),
  }
}

/** Is the ipip module in use here? */
export function hasIpip(ns: NetNs): boolean {
  return [...ns.devices.values()].some((device) => device.kind === 'ipip')
}

/** `ipip_rcv()`. */
export function ipipRcv(ns: NetNs, packet: IpPacket, ip: IpHeader, dst: SkbDst): KernelEffect[] {
  const { inner } = packet.payload
  const device = ipTunnelLookup(ns, ip.source, ip.destination)
  if (!device || !inner) {
    drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('device', `no IPIP device takes packets from ${formatAddress(ip.source)}`) })
    return [icmpRequest(packet, dst, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH)]
  }
  const unpacked = unwrapped(packet, inner)
  ns.trace?.({ at: 'decap', packet: unpacked, before: packet, device: device.name })
  return [{ kind: 'netif-rx', device: device.name, packet: unpacked }]
}
