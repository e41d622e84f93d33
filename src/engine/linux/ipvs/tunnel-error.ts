/** Kernel: net/netfilter/ipvs/ip_vs_core.c, ip_vs_in_icmp(), "errors for IPIP tunnel packets". */
import { type IcmpHeader, type IpPacket, isIp } from '../../net/packet.ts'
import { IPV4_HEADER_LENGTH } from '../../net/packet-length.ts'
import { PROTOCOL_IPIP } from '../../net/protocol-number.ts'
import { consume } from '../drop.ts'
import { isFragNeeded } from '../icmp-errno.ts'
import { icmpSend } from '../icmp-send.ts'
import { icmpRequest } from '../kernel-effect.ts'
import type { NetNs } from '../netns.ts'
import { dstMtu, ipRouteOutput, ipRtUpdatePmtu } from '../route-output.ts'
import { ipVsConnInGet } from './connection-table.ts'
import { packetTuple } from './packet-tuple.ts'
import { clientTuple } from './schedule.ts'
import { countPacket } from './statistics.ts'
import { accept, type IpvsContext, type IpvsVerdict } from './verdict.ts'

/** The smallest MTU of a tunnel. */
const SMALLEST_MTU = 68

/** Is it about a packet in IPIP? */
export function isTunnelled({ network, payload }: IpPacket): boolean {
  return network.protocol === PROTOCOL_IPIP && payload.inner !== null
}

/** `ip_vs_find_tunnel()`: a real server that gets its packets by tunnel. */
function isTunnelEnd(ns: NetNs, outer: IpPacket): boolean {
  const { network } = outer
  return [...ns.ipvs.services.values()].some(({ dests }) =>
    dests.some(({ method, address }) => method === 'tunnel' && address === network.destination),
  )
}

/** What fits into the tunnel, learned from the error. */
function innerMtu(ns: NetNs, { mtu }: IcmpHeader, outer: IpPacket): number | null {
  if (mtu === null) return mtu
  const { destination } = outer.network
  ipRtUpdatePmtu(ns, destination, mtu)
  const route = ipRouteOutput(ns, { source: null, destination })
  const known = 'error' in route ? mtu : dstMtu(ns, route, destination)
  return known > SMALLEST_MTU + IPV4_HEADER_LENGTH ? known - IPV4_HEADER_LENGTH : known
}

/** A real server, or a router on the way to it, complains about the outer packet: the client is told, as if by the virtual address. */
export function ipVsInTunnelError(context: IpvsContext, packet: IpPacket, icmp: IcmpHeader, outer: IpPacket): IpvsVerdict {
  const { ns, dst } = context
  const { inner } = outer.payload
  if (!inner || !isIp(inner) || !dst.local || !isTunnelEnd(ns, outer)) return accept(packet)
  const tuple = packetTuple(inner)
  const connection = tuple === null ? null : ipVsConnInGet(ns, clientTuple(tuple))
  if (connection === null) return accept(packet)
  const tooBig = isFragNeeded(icmp.type, icmp.code)
  const mtu = tooBig ? innerMtu(ns, icmp, outer) : icmp.mtu
  consume(ns, packet, 'IPVS tells the client')
  if (tooBig && !inner.network.df) return { kind: 'STOLEN', packet, effects: [] }
  const about: IpPacket = { ...inner, id: packet.id, ct: packet.ct, iif: packet.iif }
  const effects = icmpSend(ns, { ...icmpRequest(about, dst, icmp.type, icmp.code), mtu })
  countPacket(ns, connection, inner, 'out')
  return { kind: 'STOLEN', packet, effects }
}
