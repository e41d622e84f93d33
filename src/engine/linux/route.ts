/** Kernel: include/net/ip_fib.h. One FIB entry and one policy rule, as `ip route` and `ip rule` show them. */
import type { Address } from '../net/address.ts'
import type { Cidr } from '../net/cidr.ts'
import type { Origin } from './origin.ts'

export type RouteType = 'unicast' | 'local' | 'broadcast' | 'blackhole' | 'unreachable' | 'prohibit' | 'throw'
export type RouteScope = 'global' | 'link' | 'host' | 'nowhere'

export interface Nexthop {
  readonly device: string | null
  readonly gateway: Address | null
  readonly onlink: boolean
  /** ECMP weight, 1 … 256. */
  readonly weight: number
}

export interface Route {
  readonly destination: Cidr
  readonly type: RouteType
  readonly scope: RouteScope
  readonly table: number
  readonly protocol: 'kernel' | 'boot' | 'static' | string
  /** Preferred source (`src`). */
  readonly prefsrc: Address | null
  /** Smaller wins among equal prefixes. */
  readonly metric: number
  /** One, or several for ECMP; empty for blackhole and its kin. */
  readonly nexthops: readonly Nexthop[]
  readonly mtu: number | null
  /** `mtu lock N`: not to be changed by what is learned, and Don't Fragment off. */
  readonly mtuLocked?: boolean
  /** MSS to announce, bytes. */
  readonly advmss?: number
  readonly origin: Origin | null
}

/** Kernel: struct fib_nh_exception: what was learned about the way to one destination. `locked`: the MTU is min_pmtu, packets may be cut. */
export interface RouteException {
  readonly mtu: number | null
  readonly locked: boolean
  readonly gateway: Address | null
  readonly expiresMs: number
}

/** `ip rule`. Null fields match everything. */
export interface PolicyRule {
  readonly priority: number
  readonly from: Cidr | null
  readonly to: Cidr | null
  readonly iif: string | null
  readonly oif: string | null
  readonly fwmark: { readonly value: number; readonly mask: number } | null
  readonly not: boolean
  readonly action: { readonly table: number } | { readonly type: 'blackhole' | 'unreachable' | 'prohibit' }
  readonly origin: Origin | null
}

export const RT_TABLE_DEFAULT = 253
export const RT_TABLE_MAIN = 254
export const RT_TABLE_LOCAL = 255

/** The outcome of a FIB lookup for one packet: `struct fib_result` with the nexthop chosen and the source selected. */
export interface RouteResult {
  readonly route: Route
  readonly nexthop: Nexthop
  /** Output device name; 'lo' for local delivery. */
  readonly device: string
  /** Whom to resolve: the gateway, or the destination itself when on link. */
  readonly nextHop: Address
  /** The source address the kernel would select (only used by locally made packets). */
  readonly source: Address
  /** Policy rule that led to the table. */
  readonly rule: PolicyRule
}
