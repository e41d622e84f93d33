/** Kernel: net/ipv4/fib_trie.c, fib_rules.c, fib_semantics.c. */
import type { Address, Family } from '../net/address.ts'
import type { NetNs } from './netns.ts'
import type { PolicyRule, Route, RouteResult } from './route.ts'

/** `struct flowi4`. */
export interface Flow {
  readonly source: Address | null
  readonly destination: Address
  readonly iif: string | null
  readonly oif: string | null
  readonly mark: number
  readonly tos: number
  readonly family: Family
}

export interface FibError {
  readonly error: 'ENETUNREACH' | 'EHOSTUNREACH' | 'EACCES' | 'EINVAL'
  /** The route or rule that says so; null where nothing matched. */
  readonly by: Route | PolicyRule | null
}

export type AddressType = 'LOCAL' | 'UNICAST' | 'BROADCAST' | 'MULTICAST' | 'BLACKHOLE' | 'UNREACHABLE' | 'PROHIBIT' | 'UNSPEC'

/** `fib_lookup()`: policy rules in order, then the longest prefix of the table. */
export function fibLookup(_ns: NetNs, _flow: Flow): RouteResult | FibError {
  throw new Error('fibLookup: being built')
}

/** `inet_addr_type()`, or `inet_addr_type_dev_table()` with a device: what xt_addrtype asks. */
export function inetAddrType(_ns: NetNs, _address: Address, _device?: string | null): AddressType {
  throw new Error('inetAddrType: being built')
}

/** `inet_select_addr()` with RT_SCOPE_UNIVERSE: the address MASQUERADE takes. Null when the machine has none. */
export function inetSelectAddr(_ns: NetNs, _device: string, _nextHop: Address | null): Address | null {
  throw new Error('inetSelectAddr: being built')
}

/** `ip route add|append|prepend`: null, or the text after "RTNETLINK answers: ". */
export function addRoute(_ns: NetNs, _route: Route): string | null {
  throw new Error('addRoute: being built')
}

/** `ip route replace`. */
export function replaceRoute(_ns: NetNs, _route: Route): string | null {
  throw new Error('replaceRoute: being built')
}

/** Which route `ip route delete` removes: null fields match anything. */
export interface RoutePattern {
  readonly destination: Route['destination']
  readonly table: number
  readonly type: Route['type'] | null
  readonly scope: Route['scope'] | null
  readonly protocol: string | null
  readonly prefsrc: Address | null
  readonly metric: number | null
  readonly gateway: Address | null
  readonly device: string | null
}

/** `ip route delete`: removes the first route that matches; null, or "No such process". */
export function deleteRoute(_ns: NetNs, _pattern: RoutePattern): string | null {
  throw new Error('deleteRoute: being built')
}
