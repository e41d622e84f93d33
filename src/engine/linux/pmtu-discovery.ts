/** Kernel: net/ipv4/ip_output.c, __ip_make_skb(), ip_sk_use_pmtu(); include/net/ip.h, ip_dont_fragment(). May a socket's packets be cut on the way? */
import type { Address } from '../net/address.ts'
import type { NetNs } from './netns.ts'
import type { RouteResult } from './route.ts'
import { dstMtu, forwardMtu, isMtuLocked } from './route-output.ts'
import { sysctl } from './sysctl.ts'

/** IP_MTU_DISCOVER: `want` sets Don't Fragment and cuts what is too long itself; `do` refuses that; `probe` ignores what was learned. */
export type PmtuDiscovery = 'dont' | 'want' | 'do' | 'probe'

/** What a new socket has: ip_no_pmtu_disc turns it off. */
export function defaultPmtuDiscovery(ns: NetNs): PmtuDiscovery {
  return sysctl(ns, 'net.ipv4.ip_no_pmtu_disc') === 0 ? 'want' : 'dont'
}

/** The size a datagram is measured against, bytes. */
export function socketMtu(ns: NetNs, discovery: PmtuDiscovery, route: RouteResult, destination: Address): number {
  return discovery === 'probe' ? forwardMtu(ns, route) : dstMtu(ns, route, destination)
}

/** Don't Fragment on a packet of this length; null: send(2) gets EMSGSIZE. */
export function dontFragment(
  ns: NetNs,
  discovery: PmtuDiscovery,
  packet: { readonly route: RouteResult; readonly destination: Address; readonly length: number },
): boolean | null {
  const { route, destination, length } = packet
  if (discovery === 'do' || discovery === 'probe') return length > socketMtu(ns, discovery, route, destination) ? null : true
  if (discovery === 'dont' || isMtuLocked(ns, route, destination)) return false
  return length <= dstMtu(ns, route, destination)
}
