/** Kernel: net/ipv4/netfilter.c, ip_route_me_harder(). Routes a packet anew whose addresses or mark a hook has changed. */
import type { IpPacket } from '../net/packet.ts'
import { type FibError, inetAddrType } from './fib.ts'
import type { NetNs } from './netns.ts'
import type { RouteResult } from './route.ts'
import { ipRouteOutput } from './route-output.ts'

/**
 * OUTPUT of mangle routes again when mark or TOS have changed there (`nf_route_table_hook4`; no target of that table changes addresses), that of
 * nat when the destination has.
 */
export function needsReroute(table: 'mangle' | 'nat', before: IpPacket, after: IpPacket): boolean {
  if (table === 'nat') return before.network.destination !== after.network.destination
  return before.network.tos !== after.network.tos || before.mark !== after.mark
}

/** `ip_route_me_harder()`: the source stays as it is, even if it is nobody's address. */
export function ipRouteMeHarder(ns: NetNs, packet: IpPacket): RouteResult | FibError {
  const { source, destination, tos } = packet.network
  const type = inetAddrType(ns, source)
  const keep = type === 'LOCAL' || type === 'UNICAST'
  return ipRouteOutput(ns, { source: keep ? source : null, destination, mark: packet.mark, tos, anySource: true })
}
