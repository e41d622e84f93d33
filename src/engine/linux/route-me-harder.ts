/** Kernel: net/ipv4/netfilter.c, ip_route_me_harder(). Routes a packet anew whose addresses or mark a hook has changed. */
import type { IpPacket } from '../net/packet.ts'
import { type FibError, inetAddrType } from './fib.ts'
import type { NetNs } from './netns.ts'
import type { RouteResult } from './route.ts'
import { ipRouteOutput } from './route-output.ts'

/** OUTPUT of mangle routes again when addresses, mark or TOS have changed there (`nf_route_table_hook4`), that of nat when the destination has. */
export function needsReroute(table: 'mangle' | 'nat', before: IpPacket, after: IpPacket): boolean {
  const [a, b] = [before.network, after.network]
  if (table === 'nat') return a.destination !== b.destination
  return a.source !== b.source || a.destination !== b.destination || a.tos !== b.tos || before.mark !== after.mark
}

/** `ip_route_me_harder()`: the source stays as it is, even if it is nobody's address. */
export function ipRouteMeHarder(ns: NetNs, packet: IpPacket): RouteResult | FibError {
  const { source, destination, tos } = packet.network
  const type = inetAddrType(ns, source)
  const keep = type === 'LOCAL' || type === 'UNICAST'
  return ipRouteOutput(ns, { source: keep ? source : null, destination, mark: packet.mark, tos, anySource: true })
}
