/** Kernel: net/ipv4/fib_rules.c, fib_semantics.c, fib_frontend.c. Which way does a packet go? */
import type { Address, Family } from '../net/address.ts'
import { cidrContains } from '../net/cidr.ts'
import { ipv4 } from '../net/ipv4.ts'
import type { IpPacket } from '../net/packet.ts'
import {
  flushRoutes,
  type InsertMode,
  insertRoute,
  prefixBuckets,
  removeRoute,
  replaceInTable,
  routesTo,
  SCOPE_ORDER,
} from './fib-table.ts'
import { deviceWithAddress, inetSelectAddr } from './inet-select-addr.ts'
import { type FlowPorts, multipathKey } from './multipath-hash.ts'
import type { NetNs } from './netns.ts'
import { type Nexthop, type PolicyRule, type Route, type RouteResult, RT_TABLE_LOCAL } from './route.ts'
import { routeText } from './route-text.ts'

export { flushRoutes, inetSelectAddr }

/** `struct flowi4`. `iif` null: the packet is made here (matches `iif lo`). `minimumScope`: only routes at least this near. */
export interface Flow {
  readonly source: Address | null
  readonly destination: Address
  readonly iif: string | null
  readonly oif: string | null
  readonly mark: number
  readonly tos: number
  readonly family: Family
  readonly minimumScope?: number
  /** What came in and is routed, or what an ICMP error is about; absent for what else is made here. */
  readonly packet?: IpPacket | null
  /** Of the socket that sends. */
  readonly ports?: FlowPorts | null
}

export interface FibError {
  readonly error: 'ENETUNREACH' | 'EHOSTUNREACH' | 'EACCES' | 'EINVAL'
  /** The route or rule that says so; null where nothing matched. */
  readonly by: Route | PolicyRule | null
}

export type AddressType = 'LOCAL' | 'UNICAST' | 'BROADCAST' | 'MULTICAST' | 'BLACKHOLE' | 'UNREACHABLE' | 'PROHIBIT' | 'UNSPEC'

/** `struct fib_result` before a path is selected: the next hops that may be taken. */
export interface FibMatch {
  readonly route: Route
  readonly rule: PolicyRule
  readonly nexthops: readonly Nexthop[]
}

/** Kernel: `fib_props[].error` of route types that refuse. */
const ROUTE_ERRORS = { blackhole: 'EINVAL', unreachable: 'EHOSTUNREACH', prohibit: 'EACCES' } as const
/** Kernel: `fib4_rule_action()`. */
const RULE_ERRORS = { blackhole: 'EINVAL', unreachable: 'ENETUNREACH', prohibit: 'EACCES' } as const

function ruleMatches(rule: PolicyRule, flow: Flow): boolean {
  const hit =
    (rule.from === null || (flow.source !== null && cidrContains(rule.from, flow.source)) || rule.from.prefixLength === 0) &&
    (rule.to === null || cidrContains(rule.to, flow.destination)) &&
    (rule.iif === null || rule.iif === (flow.iif ?? 'lo')) &&
    (rule.oif === null || rule.oif === flow.oif) &&
    (rule.fwmark === null || ((flow.mark ^ rule.fwmark.value) & rule.fwmark.mask) === 0)
  return hit !== rule.not
}

/** `fib_table_lookup()`: the first usable route, longest prefix first. Null: none in this table, go on with the next rule. */
function fibTableLookup(ns: NetNs, rule: PolicyRule, table: number, flow: Flow): FibMatch | FibError | null {
  const minimum = flow.minimumScope ?? 0
  for (const bucket of prefixBuckets(ns, table)) {
    const routes = routesTo(bucket, flow.destination)
    if (routes === undefined) continue
    for (const route of routes) {
      if (SCOPE_ORDER[route.scope] < minimum) continue
      // Looked for no further in this table: the next rule goes on (EAGAIN).
      if (route.type === 'throw') return null
      if (route.type === 'blackhole' || route.type === 'unreachable' || route.type === 'prohibit')
        return { error: ROUTE_ERRORS[route.type], by: route }
      const nexthops = flow.oif === null ? route.nexthops : route.nexthops.filter((hop) => hop.device === flow.oif)
      if (nexthops.length > 0) return { route, rule, nexthops }
    }
  }
  return null
}

/** `fib_lookup()` without path selection: policy rules in order of priority, then the longest prefix of their tables. */
export function fibMatch(ns: NetNs, flow: Flow): FibMatch | FibError {
  for (const rule of ns.rules) {
    if (!ruleMatches(rule, flow)) continue
    if ('type' in rule.action) return { error: RULE_ERRORS[rule.action.type], by: rule }
    const found = fibTableLookup(ns, rule, rule.action.table, flow)
    if (found) return found
  }
  return { error: 'ENETUNREACH', by: null }
}

/** Next hops whose own address (`nh_saddr`) a packet made here has as its source go before the others (since 6.16). */
function nexthopsOfSource(ns: NetNs, { route, nexthops }: FibMatch, { source, iif }: Flow): readonly Nexthop[] {
  if (source === null || iif !== null) return nexthops
  const own = nexthops.filter(({ device, gateway }) => device !== null && inetSelectAddr(ns, device, gateway, route.scope) === source)
  return own.length > 0 ? own : nexthops
}

/** `fib_select_multipath()`: one flow keeps its path; a new one asks the chooser, with odds by weight. */
function selectNexthop(ns: NetNs, found: FibMatch, flow: Flow): Nexthop {
  const match = found.nexthops.length > 1 ? { ...found, nexthops: nexthopsOfSource(ns, found, flow) } : found
  const [first] = match.nexthops
  if (!first) throw new Error(`route without next hop: ${routeText(match.route)}`)
  if (match.nexthops.length === 1) return first
  const key = `${routeText(match.route)} ${multipathKey(ns, flow)}`
  const known = ns.multipath.get(key)
  const remembered = known === undefined ? undefined : match.nexthops[known]
  if (remembered) return remembered
  const total = match.nexthops.reduce((sum, hop) => sum + hop.weight, 0)
  const odds = match.nexthops.map((hop) => hop.weight / total)
  const index = ns.kernel.chooser.choose({ kind: 'ecmp', where: `${ns.name} ${routeText(match.route)}`, odds })
  ns.multipath.set(key, index)
  return match.nexthops[index] ?? first
}

/** `fib_select_path()`: the next hop and the source address (the flow's own, `src` of the route, or the device's). */
export function fibSelectPath(ns: NetNs, match: FibMatch, flow: Flow): RouteResult {
  const nexthop = selectNexthop(ns, match, flow)
  const { route, rule } = match
  const local = route.type === 'local'
  const device = local ? 'lo' : (nexthop.device ?? 'lo')
  const source =
    flow.source ?? route.prefsrc ?? (local ? flow.destination : (inetSelectAddr(ns, device, nexthop.gateway, route.scope) ?? ipv4(0)))
  return { route, nexthop, device, nextHop: nexthop.gateway ?? flow.destination, source, rule }
}

/** `fib_lookup()` and `fib_select_path()`: the route of a packet, or why there is none. */
export function fibLookup(ns: NetNs, flow: Flow): RouteResult | FibError {
  const match = fibMatch(ns, flow)
  return 'error' in match ? match : fibSelectPath(ns, match, flow)
}

/**
 * `inet_addr_type()`, or with a device `inet_addr_type_dev_table()`: what kind of address this is to the local table.
 * With `device`, only a route through that device decides (`inet_dev_addr_type()`, xt_addrtype --limit-iface-…).
 */
export function inetAddrType(ns: NetNs, address: Address, device: string | null = null): AddressType {
  if (address === 0 || address === ipv4(0xffffffff)) return 'BROADCAST'
  if (address >>> 28 === 14) return 'MULTICAST'
  for (const bucket of prefixBuckets(ns, RT_TABLE_LOCAL)) {
    const route = routesTo(bucket, address)?.[0]
    if (!route) continue
    if (device !== null && !route.nexthops.some((hop) => hop.device === device)) return 'UNICAST'
    return route.type.toUpperCase() as AddressType
  }
  return 'UNICAST'
}

/** `ip route add` (or append, prepend): null, or what iproute2 prints: text after "RTNETLINK answers: ", or a whole line that begins "Error: ". */
export function addRoute(ns: NetNs, route: Route, mode: InsertMode = 'add'): string | null {
  const checked = fibCreateInfo(ns, route)
  return typeof checked === 'string' ? checked : insertRoute(ns, checked, mode)
}

/** `ip route replace`: the same answers as `addRoute`. */
export function replaceRoute(ns: NetNs, route: Route): string | null {
  const checked = fibCreateInfo(ns, route)
  if (typeof checked === 'string') return checked
  replaceInTable(ns, checked)
  return null
}

/** `fib_create_info()`: next hops checked and their devices found; or the error. */
function fibCreateInfo(ns: NetNs, route: Route): Route | string {
  if (
    route.prefsrc !== null &&
    route.type !== 'local' &&
    !deviceWithAddress(ns, route.prefsrc) &&
    inetAddrType(ns, route.prefsrc) !== 'LOCAL'
  ) {
    return 'Error: Invalid prefsrc address.'
  }
  const nexthops: Nexthop[] = []
  for (const nexthop of route.nexthops) {
    const checked = fibCheckNexthop(ns, route, nexthop)
    if (typeof checked === 'string') return checked
    nexthops.push(checked)
  }
  return { ...route, nexthops }
}

/** `fib_check_nh()`: a gateway must be reachable on link; its device is taken from the route to it. */
function fibCheckNexthop(ns: NetNs, route: Route, nexthop: Nexthop): Nexthop | string {
  if (nexthop.gateway === null) {
    const device = ns.devices.get(nexthop.device ?? '')
    if (!device) return 'No such device'
    if (SCOPE_ORDER[route.scope] >= SCOPE_ORDER.host) return nexthop
    return device.up ? nexthop : 'Error: Device for nexthop is not up.'
  }
  if (nexthop.onlink) {
    const device = ns.devices.get(nexthop.device ?? '')
    if (!device) return 'Error: Nexthop device required for onlink.'
    return device.up ? nexthop : 'Error: Nexthop device is not up.'
  }
  const minimumScope = Math.max(SCOPE_ORDER[route.scope] + 1, SCOPE_ORDER.link)
  const flow: Flow = {
    source: null,
    destination: nexthop.gateway,
    iif: null,
    oif: nexthop.device,
    mark: 0,
    tos: 0,
    family: 'ip',
    minimumScope,
  }
  const match = fibMatch(ns, flow)
  if ('error' in match || (match.route.type !== 'unicast' && match.route.type !== 'local')) return 'Error: Nexthop has invalid gateway.'
  return { ...nexthop, device: match.nexthops[0]?.device ?? nexthop.device }
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
export function deleteRoute(ns: NetNs, pattern: RoutePattern): string | null {
  const matches = (route: Route): boolean =>
    route.destination.address === pattern.destination.address &&
    route.destination.prefixLength === pattern.destination.prefixLength &&
    (pattern.type === null || route.type === pattern.type) &&
    (pattern.scope === null || route.scope === pattern.scope) &&
    (pattern.protocol === null || route.protocol === pattern.protocol) &&
    (pattern.prefsrc === null || route.prefsrc === pattern.prefsrc) &&
    (pattern.metric === null || route.metric === pattern.metric) &&
    (pattern.gateway === null || route.nexthops.some((hop) => hop.gateway === pattern.gateway)) &&
    (pattern.device === null || route.nexthops.some((hop) => hop.device === pattern.device))
  return removeRoute(ns, pattern.table, matches) ? null : 'No such process'
}
