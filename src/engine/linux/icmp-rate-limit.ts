/** Kernel: net/ipv4/icmp.c, icmpv4_xrlim_allow(), inet_peer_xrlim_allow(); route.c, ip_error(). A token bucket for each receiver of errors. */
import type { Address } from '../net/address.ts'
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED } from '../net/protocol-number.ts'
import { JIFFY_MS } from './jiffy.ts'
import type { NetNs } from './netns.ts'
import { sysctl } from './sysctl.ts'

/** Kernel: XRLIM_BURST_FACTOR. */
const BURST_FACTOR = 6
/** Kernel: ip_rt_error_burst, ip_rt_error_cost, ms. */
const ROUTE_ERROR_BURST_MS = 5000
const ROUTE_ERROR_COST_MS = 1000

/** The time of the last jiffy, ms: within one nothing is refilled. Virtual times are sums, and so a bit less than what they stand for. */
const jiffyMs = (nowMs: number): number => Math.floor(nowMs / JIFFY_MS + 1e-6) * JIFFY_MS

/** Takes `costMs` of the receiver's tokens, which refill with time up to `mostMs`; false: there are not enough. */
function takeTokens(ns: NetNs, receiver: Address, costMs: number, mostMs: number): boolean {
  const now = jiffyMs(ns.kernel.nowMs)
  const known = ns.icmpTokens.get(receiver) ?? { tokens: mostMs, lastMs: now }
  const tokens = now === known.lastMs ? known.tokens : Math.min(known.tokens + now - known.lastMs, mostMs)
  const allowed = tokens >= costMs
  ns.icmpTokens.set(receiver, { tokens: allowed ? tokens - costMs : tokens, lastMs: now })
  return allowed
}

export interface OutgoingError {
  readonly receiver: Address
  /** Device it leaves by. */
  readonly device: string
  readonly type: number
  readonly code: number
}

/** May the error go now? Path MTU discovery is never limited, nor what stays on the machine. */
export function icmpXrlimAllow(ns: NetNs, { receiver, device, type, code }: OutgoingError): boolean {
  if (type === ICMP_DEST_UNREACH && code === ICMP_FRAG_NEEDED) return true
  const limit = sysctl(ns, 'net.ipv4.icmp_ratelimit')
  if (device === 'lo' || ((sysctl(ns, 'net.ipv4.icmp_ratemask') >> type) & 1) === 0) return true
  // A limit of 0 refuses nothing, but it leaves nothing for ip_error() either.
  return takeTokens(ns, receiver, limit, limit * BURST_FACTOR)
}

/** `ip_error()` has a limit of its own, on the same tokens. */
export function routeErrorAllowed(ns: NetNs, receiver: Address): boolean {
  return takeTokens(ns, receiver, ROUTE_ERROR_COST_MS, ROUTE_ERROR_BURST_MS)
}
