/** Kernel: net/ipv4/fib_trie.c. Routing tables: kept in the order `ip route` prints, with an index by prefix beside them. */
import type { Address } from '../net/address.ts'
import { ipv4, ipv4Mask } from '../net/ipv4.ts'
import type { NetNs } from './netns.ts'
import type { Nexthop, Route, RouteScope } from './route.ts'

/** Kernel: RT_SCOPE_…: the larger, the nearer. */
export const SCOPE_ORDER: Readonly<Record<RouteScope, number>> = { global: 0, link: 253, host: 254, nowhere: 255 }

/** One prefix length of a table: its mask, and the routes by masked destination, best metric first. */
export interface PrefixBucket {
  readonly mask: number
  readonly routes: Map<Address, Route[]>
}

interface TableIndex {
  readonly buckets: readonly PrefixBucket[]
  /** Holds a `local` route that no address brought (AnyIP). */
  readonly customLocal: boolean
}

const indexes = new WeakMap<readonly Route[], TableIndex>()

function indexOf(routes: readonly Route[]): TableIndex {
  const known = indexes.get(routes)
  if (known) return known
  const index = buildIndex(routes)
  indexes.set(routes, index)
  return index
}

function buildIndex(routes: readonly Route[]): TableIndex {
  const byLength = new Map<number, PrefixBucket>()
  for (const route of routes) {
    const { prefixLength, address } = route.destination
    const bucket: PrefixBucket = byLength.get(prefixLength) ?? { mask: ipv4Mask(prefixLength), routes: new Map() }
    byLength.set(prefixLength, bucket)
    const same = bucket.routes.get(address)
    if (same) same.push(route)
    else bucket.routes.set(address, [route])
  }
  const buckets = [...byLength].sort((a, b) => b[0] - a[0]).map(([, bucket]) => bucket)
  return { buckets, customLocal: routes.some((route) => route.type === 'local' && route.protocol !== 'kernel') }
}

const NONE: readonly PrefixBucket[] = []

/** The prefix lengths of a table, longest first. */
export function prefixBuckets(ns: NetNs, table: number): readonly PrefixBucket[] {
  const routes = ns.fib.get(table)
  return routes && routes.length > 0 ? indexOf(routes).buckets : NONE
}

/** The routes of one prefix length that contain the address, smallest metric first. */
export function routesTo(bucket: PrefixBucket, destination: Address): readonly Route[] | undefined {
  return bucket.routes.get(ipv4(destination & bucket.mask))
}

/** `fib_has_custom_local_routes`: someone made addresses local by hand, so source checks must ask the FIB. */
export function hasCustomLocalRoutes(ns: NetNs): boolean {
  for (const routes of ns.fib.values()) if (indexOf(routes).customLocal) return true
  return false
}

/** `ip route show` order: by destination, longer prefixes first, then by metric. */
function compareRoutes(a: Route, b: Route): number {
  return a.destination.address - b.destination.address || b.destination.prefixLength - a.destination.prefixLength || a.metric - b.metric
}

function tableOf(ns: NetNs, table: number): Route[] {
  const routes = ns.fib.get(table) ?? []
  ns.fib.set(table, routes)
  indexes.delete(routes)
  return routes
}

/** First index whose route sorts at or after (`after` false), or strictly after (`after` true) the given one. */
function position(routes: readonly Route[], route: Route, after: boolean): number {
  let low = 0
  let high = routes.length
  while (low < high) {
    const middle = (low + high) >> 1
    const order = compareRoutes(routes[middle] as Route, route)
    if (order < 0 || (after && order === 0)) low = middle + 1
    else high = middle
  }
  return low
}

function sameNexthops(a: readonly Nexthop[], b: readonly Nexthop[]): boolean {
  return a.length === b.length && a.every((hop, i) => hop.device === b[i]?.device && hop.gateway === b[i]?.gateway)
}

/** The routes with the same destination and metric. */
function twins(routes: readonly Route[], route: Route): readonly Route[] {
  return routes.slice(position(routes, route, false), position(routes, route, true))
}

export type InsertMode = 'add' | 'append' | 'prepend'

/** Puts a route into its table. "File exists" where the kernel says so. */
export function insertRoute(ns: NetNs, route: Route, mode: InsertMode): string | null {
  const routes = tableOf(ns, route.table)
  const same = twins(routes, route)
  const identical = same.some(
    (other) => other.type === route.type && other.scope === route.scope && sameNexthops(other.nexthops, route.nexthops),
  )
  if (mode === 'add' ? same.length > 0 : identical) return 'File exists'
  routes.splice(position(routes, route, mode !== 'prepend'), 0, route)
  return null
}

/** Replaces the first route with the same destination and metric, or adds it. */
export function replaceInTable(ns: NetNs, route: Route): void {
  const routes = tableOf(ns, route.table)
  const at = position(routes, route, false)
  const exists = twins(routes, route).length > 0
  routes.splice(at, exists ? 1 : 0, route)
}

/** Removes one route; false when it is not there. */
export function removeRoute(ns: NetNs, table: number, matches: (route: Route) => boolean): boolean {
  const routes = tableOf(ns, table)
  const at = routes.findIndex(matches)
  if (at < 0) return false
  routes.splice(at, 1)
  return true
}

/** Removes every route that matches, from every table (`fib_flush`). */
export function flushRoutes(ns: NetNs, matches: (route: Route) => boolean): void {
  for (const [table, routes] of ns.fib) {
    if (routes.some(matches))
      ns.fib.set(
        table,
        routes.filter((route) => !matches(route)),
      )
  }
}
