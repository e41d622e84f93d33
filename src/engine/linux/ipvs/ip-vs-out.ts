/** Kernel: net/netfilter/ipvs/ip_vs_core.c, ip_vs_out_hook(), handle_response() and ip_vs_out_icmp(). Packets of real servers, at FORWARD, LOCAL_IN and LOCAL_OUT. */
import type { IpPacket } from '../../net/packet.ts'
import { decidedBy } from '../drop.ts'
import type { RouteResult } from '../route.ts'
import { ipRouteMeHarder } from '../route-me-harder.ts'
import { sysctl } from '../sysctl.ts'
import { ipVsSetState } from './connection-state.ts'
import { type IpvsConnection, ipVsConnOutGet, ipVsConnPut } from './connection-table.ts'
import { ipVsNotrack, ipVsUpdateConntrack } from './conntrack.ts'
import { isTranslatedError } from './icmp-error.ts'
import { manipIcmp, manipTcpUdp } from './manip.ts'
import { packetTuple, reversed } from './packet-tuple.ts'
import { countPacket } from './statistics.ts'
import { accept, type IpvsContext, type IpvsVerdict } from './verdict.ts'

/** `ip_vs_out_hook()`. */
export function ipVsOut(context: IpvsContext, packet: IpPacket): IpvsVerdict {
  const { ns } = context
  if (packet.ipvs) return accept(packet)
  const header = packet.transport
  if (header?.kind === 'icmp') {
    const inner = isTranslatedError(header) && header.quoted ? packetTuple(header.quoted) : null
    const connection = inner === null ? null : ipVsConnOutGet(ns, reversed(inner))
    return connection === null ? accept(packet) : answer(context, packet, connection, true)
  }
  const tuple = packetTuple(packet)
  const connection = tuple === null ? null : ipVsConnOutGet(ns, tuple)
  return connection === null ? refuseUnknown(context, packet) : answer(context, packet, connection, false)
}

/** `handle_response()` and `handle_response_icmp()`: the source becomes the virtual address. */
function answer(context: IpvsContext, packet: IpPacket, connection: IpvsConnection, icmp: boolean): IpvsVerdict {
  const { ns } = context
  const { virtualAddress, virtualPort } = connection
  const manip = icmp ? manipIcmp : manipTcpUdp
  const kept = icmp && connection.method !== 'masquerade'
  const translated = kept ? packet : manip(packet, 'source', virtualAddress, virtualPort)
  if (translated !== packet) {
    ns.trace?.({ at: 'nat_manip', packet: translated, before: packet, manip: 'source', rule: null, reply: true })
  }
  const route = kept ? null : reroute(context, translated)
  if (route === 'unreachable') {
    return { kind: 'DROP', packet: translated, by: decidedBy('route', 'IPVS: no route back to the client'), reject: null }
  }
  countPacket(ns, connection, packet, 'out')
  if (!icmp) ipVsSetState(ns, connection, packet, 'server')
  const marked: IpPacket = { ...(connection.nfct ? translated : ipVsNotrack(translated)), ipvs: true }
  if (connection.nfct) ipVsUpdateConntrack(ns, marked, connection, true)
  ipVsConnPut(ns, connection)
  return { kind: 'ACCEPT', packet: marked, ...(route === null ? {} : { route }) }
}

/** `ip_vs_route_me_harder()`: routed anew as if it came from the virtual address; null: the route stays. */
function reroute({ ns, hook, dst, state }: IpvsContext, packet: IpPacket): RouteResult | 'unreachable' | null {
  const kept = hook === 'OUTPUT' ? state.route : null
  if (hook === 'INPUT' || dst.local || sysctl(ns, 'net.ipv4.vs.snat_reroute') === 0) return kept
  const route = ipRouteMeHarder(ns, packet)
  return 'error' in route ? 'unreachable' : route
}

/** `is_tcp_reset()`, `is_sctp_abort()`. */
function isLastWord({ transport }: IpPacket): boolean {
  return (transport?.kind === 'tcp' && transport.flags.rst) || (transport?.kind === 'sctp' && transport.chunk === 'ABORT')
}

/** With net.ipv4.vs.nat_icmp_send, a server that answers a connection nobody knows is told so. */
function refuseUnknown({ ns }: IpvsContext, packet: IpPacket): IpvsVerdict {
  if (sysctl(ns, 'net.ipv4.vs.nat_icmp_send') === 0) return accept(packet)
  const tuple = packetTuple(packet)
  if (tuple === null || isLastWord(packet)) return accept(packet)
  const isServer = [...ns.ipvs.services.values()].some(
    ({ key, dests }) =>
      (key.fwmark !== 0 || key.protocol === tuple.protocol) &&
      dests.some((dest) => dest.address === tuple.source && dest.port === tuple.sourcePort && dest.method === 'masquerade'),
  )
  if (!isServer) return accept(packet)
  const by = decidedBy('sysctl', 'net.ipv4.vs.nat_icmp_send=1')
  return { kind: 'DROP', packet, by, reject: 'icmp-port-unreachable' }
}
