/** Kernel: net/netfilter/ipvs/ip_vs_xmit.c. Sends a client's packet on to its real server. */
import type { Address } from '../../net/address.ts'
import { formatAddress } from '../../net/address.ts'
import { withIp } from '../../net/new-packet.ts'
import type { IpPacket } from '../../net/packet.ts'
import { IPV4_HEADER_LENGTH, ipLength } from '../../net/packet-length.ts'
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, ICMP_HOST_UNREACH, ICMP_TIME_EXCEEDED } from '../../net/protocol-number.ts'
import { decidedBy, drop } from '../drop.ts'
import { icmpRequest } from '../kernel-effect.ts'
import type { RouteResult } from '../route.ts'
import { dstMtu, ipRouteOutput, ipRtUpdatePmtu } from '../route-output.ts'
import { sysctl } from '../sysctl.ts'
import type { IpvsConnection } from './connection-table.ts'
import { ipVsConfirmConntrack, ipVsNotrack, ipVsUpdateConntrack } from './conntrack.ts'
import type { ForwardingMethod } from './ipvs.ts'
import { manipIcmp, manipTcpUdp } from './manip.ts'
import type { IpvsContext, IpvsVerdict } from './verdict.ts'

const PROTOCOL_IPIP = 4
/** The smallest MTU of a tunnel. */
const SMALLEST_MTU = 68

/** Who is told about a packet: the client's (`icmp: false`), or an error about an answer. `told`: the event that announces it, given the packet as it leaves. */
export interface Transmission {
  readonly connection: IpvsConnection
  readonly icmp: boolean
  told(packet: IpPacket, local: boolean): void
}

/** The packet, its TTL one less when it leaves this machine, and its new route; or what became of it. */
type OutRoute = { readonly packet: IpPacket; readonly route: RouteResult; readonly local: boolean } | { readonly verdict: IpvsVerdict }

const isLoopback = (address: Address): boolean => address >>> 24 === 127

function stolen(packet: IpPacket, effects: Extract<IpvsVerdict, { kind: 'STOLEN' }>['effects']): { verdict: IpvsVerdict } {
  return { verdict: { kind: 'STOLEN', packet, effects } }
}

/** `crosses_local_route_boundary()`: what must not go that way; null when it may. */
function boundary({ dst, hook }: IpvsContext, packet: IpPacket, method: ForwardingMethod, local: boolean): string | null {
  if (!local) return isLoopback(packet.network.source) ? 'IPVS: what comes from 127.0.0.0/8 does not leave the machine' : null
  if (hook === 'FORWARD') return 'IPVS: a forwarded error is not for this machine'
  if (method === 'masquerade' || dst.local) return null
  return 'IPVS: only -m can turn a packet towards this machine'
}

/** `__ip_vs_get_out_rt()`. */
function outRoute(context: IpvsContext, packet: IpPacket, { connection, icmp }: Transmission): OutRoute {
  const { ns, dst } = context
  const { method, destAddress } = connection
  const ip = packet.network
  const route = ipRouteOutput(ns, { source: null, destination: destAddress })
  if ('error' in route) {
    const text = `IPVS: no route to real server ${formatAddress(destAddress)}`
    drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('route', text) })
    return stolen(packet, [icmpRequest(packet, dst, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH)])
  }
  const local = route.route.type === 'local'
  const crossed = boundary(context, packet, method, local)
  if (crossed !== null) return stolen(packet, drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('ipvs', crossed) }))
  if (local) return { packet, route, local }
  if (ip.ttl <= 1) {
    drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('ttl', `ttl ${ip.ttl}`) })
    return stolen(packet, [icmpRequest(packet, dst, ICMP_TIME_EXCEEDED, 0)])
  }
  const aged = withIp(packet, { ttl: ip.ttl - 1 })
  const tunnel = method === 'tunnel'
  const mtu = dstMtu(ns, route, destAddress) - (tunnel ? IPV4_HEADER_LENGTH : 0)
  if (tunnel && mtu < SMALLEST_MTU) return stolen(aged, drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('mtu', `tunnel mtu ${mtu}`) }))
  // maybe_update_pmtu(): a sender on this machine learns what fits.
  if (tunnel && context.hook === 'OUTPUT' && packet.socket !== null) ipRtUpdatePmtu(ns, ip.destination, mtu)
  if (tunnel && sysctl(ns, 'net.ipv4.vs.pmtu_disc') === 0) return { packet: aged, route, local }
  if (ip.df && ipLength(packet) > mtu && !icmp) {
    drop(ns, packet, 'PKT_TOO_BIG', { by: decidedBy('mtu', `${route.device} mtu ${mtu}`) })
    return stolen(aged, [{ ...icmpRequest(aged, dst, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED), mtu }])
  }
  return { packet: aged, route, local }
}

/** `ip_vs_nat_xmit()`, `ip_vs_dr_xmit()`, `ip_vs_tunnel_xmit()`, and `ip_vs_icmp_xmit()` for errors. */
export function ipVsXmit(context: IpvsContext, packet: IpPacket, transmission: Transmission): IpvsVerdict {
  const { ns } = context
  const { connection } = transmission
  const out = outRoute(context, packet, transmission)
  if ('verdict' in out) return out.verdict
  const { route, local } = out
  const fromOutside = context.state.in !== null && context.state.in !== 'lo'
  if (connection.method === 'masquerade' && local && isLoopback(connection.destAddress) && fromOutside) {
    const by = decidedBy('ipvs', 'IPVS: a real server on 127.0.0.0/8 serves this machine only')
    return { kind: 'STOLEN', packet, effects: drop(ns, packet, 'NOT_SPECIFIED', { by }) }
  }
  transmission.told(out.packet, local)
  if (connection.method === 'tunnel' && !local) return tunnelXmit(context, out.packet, connection, route)
  const sent = connection.method === 'masquerade' ? dnat(context, out.packet, transmission) : out.packet
  const marked: IpPacket = { ...(connection.nfct ? sent : ipVsNotrack(sent)), ipvs: true }
  if (connection.nfct) ipVsUpdateConntrack(ns, marked, connection, false)
  if (local) return { kind: 'ACCEPT', packet: marked, ...onOldRoute(context, packet, marked) }
  if (connection.method === 'masquerade') ns.explain?.({ at: 'fib_lookup', packet: marked, result: route, error: null })
  return { kind: 'STOLEN', packet: marked, effects: [{ kind: 'ip-vs-output', packet: marked, route, indev: context.state.in }] }
}

/** A packet of this machine for itself stays on its route; where that names no gateway, ip_finish_output2() asks for the new address. */
function onOldRoute({ hook, state: { route } }: IpvsContext, before: IpPacket, after: IpPacket): { route?: RouteResult } {
  if (hook !== 'OUTPUT' || !route) return {}
  return { route: route.nextHop === before.network.destination ? { ...route, nextHop: after.network.destination } : route }
}

/** The destination becomes the real server; in an error, the address that the quoted answer came from. */
function dnat({ ns }: IpvsContext, packet: IpPacket, { connection, icmp }: Transmission): IpPacket {
  const { destAddress: address, destPort: port } = connection
  const sent = icmp ? manipIcmp(packet, 'destination', address, port) : manipTcpUdp(packet, 'destination', address, port)
  if (sent !== packet) ns.trace?.({ at: 'nat_manip', packet: sent, before: packet, manip: 'destination', rule: null, reply: false })
  return sent
}

/** `ip_vs_tunnel_xmit()`: an IPIP packet of this machine carries it; conntrack confirms the inner one here. */
function tunnelXmit({ ns }: IpvsContext, packet: IpPacket, connection: IpvsConnection, route: RouteResult): IpvsVerdict {
  const ip = packet.network
  const confirmed = ipVsConfirmConntrack(ns, packet, connection)
  if (confirmed === null) {
    const by = decidedBy('ipvs', 'conntrack: another connection has the same tuple')
    return { kind: 'STOLEN', packet, effects: drop(ns, packet, 'NOT_SPECIFIED', { by }) }
  }
  const inner: IpPacket = { ...confirmed, eth: null, physIn: null, physOut: null }
  const outer: IpPacket = {
    ...inner,
    network: {
      ...ip,
      source: route.source,
      destination: connection.destAddress,
      protocol: PROTOCOL_IPIP,
      id: ns.kernel.chooser.pick('ip-id', 65536),
      df: sysctl(ns, 'net.ipv4.vs.pmtu_disc') !== 0 && ip.df,
      mf: false,
      fragmentOffset: 0,
    },
    transport: null,
    payload: { length: ipLength(packet), data: null, inner },
    ipvs: true,
  }
  ns.trace?.({ at: 'encap', packet: outer, before: packet, device: route.device })
  return { kind: 'STOLEN', packet: outer, effects: [{ kind: 'ip-local-out', packet: outer, route }] }
}
