/** Kernel: net/ipv4/route.c, ip_route_output_key_hash_rcu(). Where does a packet made here go, and from which address? */
import type { Address } from '../net/address.ts'
import { cidr } from '../net/cidr.ts'
import { ipv4 } from '../net/ipv4.ts'
import type { IpPacket } from '../net/packet.ts'
import { type FibError, type Flow, fibLookup, inetAddrType, inetSelectAddr } from './fib.ts'
import { deviceWithAddress } from './inet-select-addr.ts'
import type { FlowPorts } from './multipath-hash.ts'
import type { NetNs } from './netns.ts'
import { type Route, type RouteResult, RT_TABLE_LOCAL, RT_TABLE_MAIN } from './route.ts'
import { deviceConfOr, sysctl } from './sysctl.ts'

/**
 * `anySource`: the source need not be an address of this machine (FLOWI_FLAG_ANYSRC). `packet`: what the one made here is an answer to, where
 * its addresses choose the path (`icmp_route_lookup()`).
 */
export interface OutputFlow {
  readonly source: Address | null
  readonly destination: Address
  readonly oif?: string | null
  readonly mark?: number
  readonly tos?: number
  readonly anySource?: boolean
  readonly ports?: FlowPorts
  readonly packet?: IpPacket
}

/** Multicast, or the limited broadcast. */
const isGroup = (address: Address): boolean => address === 0xffffffff || address >>> 28 === 14

/** `ip_route_output()`: the route with its source address, or the errno the caller gets. */
export function ipRouteOutput(ns: NetNs, flow: OutputFlow): RouteResult | FibError {
  const { source, oif = null } = flow
  const wrong = source === null || flow.anySource ? null : sourceError(ns, source)
  if (wrong !== null) return { error: wrong, by: null }
  const destination = flow.destination === 0 ? (source ?? ipv4(0x7f000001)) : flow.destination
  const fibFlow: Flow = {
    source,
    destination,
    iif: null,
    oif,
    mark: flow.mark ?? 0,
    tos: flow.tos ?? 0,
    family: 'ip',
    ports: flow.ports ?? null,
    packet: flow.packet ?? null,
  }
  const device = oif === null ? undefined : ns.devices.get(oif)
  if (oif !== null && !device?.up) return { error: 'ENETUNREACH', by: null }
  if (device && isGroup(destination)) return assumeOnLink(ns, fibFlow, device.name)
  const found = fibLookup(ns, fibFlow)
  if ('error' in found) return device ? assumeOnLink(ns, fibFlow, device.name) : found
  // __mkroute_output(): 127.0.0.0/8 never leaves the machine, unless route_localnet.
  if (found.source >>> 24 === 127 && found.device !== 'lo' && !deviceConfOr(ns, found.device, 'route_localnet')) {
    return { error: 'EINVAL', by: null }
  }
  // __mkroute_output(): a limited broadcast needs no gateway.
  if (destination === 0xffffffff) return { ...found, route: { ...found.route, type: 'broadcast' }, nextHop: destination }
  // __mkroute_output(): "If multicast route do not exist use default one, but do not gateway in this case."
  if (destination >>> 28 === 14 && found.route.destination.prefixLength < 4) return { ...found, nextHop: destination }
  return withException(ns, found, destination)
}

/** Why the source cannot be one: of many, or neither an address of this machine nor one that a local route makes its own (AnyIP). */
function sourceError(ns: NetNs, source: Address): 'EINVAL' | 'ENETUNREACH' | null {
  if (isGroup(source)) return 'EINVAL'
  return deviceWithAddress(ns, source) || isMadeLocal(ns, source) ? null : 'ENETUNREACH'
}

/** `__ip_dev_find()` asks table local alone. Until there is a policy rule more than the first three, table main is the same trie (`fib_unmerge()`). */
function isMadeLocal(ns: NetNs, source: Address): boolean {
  if (ns.rules.length > 3) return inetAddrType(ns, source) === 'LOCAL'
  const found = fibLookup(ns, { source: null, destination: source, iif: null, oif: null, mark: 0, tos: 0, family: 'ip' })
  return !('error' in found) && found.route.type === 'local'
}

/** A device is given but no route: "Apparently, routing tables are wrong. Assume, that the destination is on link." */
function assumeOnLink(ns: NetNs, flow: Flow, device: string): RouteResult {
  const nexthop = { device, gateway: null, onlink: true, weight: 1 }
  const route: Route = {
    destination: cidr(flow.destination, 32),
    type: flow.destination === 0xffffffff ? 'broadcast' : 'unicast',
    scope: 'link',
    table: flow.destination === 0xffffffff ? RT_TABLE_LOCAL : RT_TABLE_MAIN,
    protocol: 'kernel',
    prefsrc: null,
    metric: 0,
    nexthops: [nexthop],
    mtu: null,
    origin: null,
  }
  const source = flow.source ?? inetSelectAddr(ns, device, null, 'link') ?? ipv4(0)
  const [rule] = ns.rules
  if (!rule) throw new Error('a namespace without policy rules')
  return { route, nexthop, device, nextHop: flow.destination, source, rule }
}

/** A redirect may have taught a better gateway for this destination (`find_exception`). */
function withException(ns: NetNs, result: RouteResult, destination: Address): RouteResult {
  const exception = ns.routeExceptions.get(destination)
  if (!exception || exception.gateway === null || exception.expiresMs <= ns.kernel.nowMs || result.device === 'lo') return result
  return { ...result, nextHop: exception.gateway }
}

/** `dst_mtu()` of a packet made here: a path MTU learned from ICMP, the route's `mtu`, or the device's. Bytes. */
export function dstMtu(ns: NetNs, route: RouteResult, destination: Address): number {
  const exception = ns.routeExceptions.get(destination)
  const device = forwardMtu(ns, route)
  if (exception && exception.mtu !== null && exception.expiresMs > ns.kernel.nowMs) return Math.min(exception.mtu, device)
  return device
}

/** `__ip_rt_update_pmtu()`: a smaller path MTU is remembered for mtu_expires; below min_pmtu that is kept, and DF off from then on (`lock`). */
export function ipRtUpdatePmtu(ns: NetNs, destination: Address, mtu: number): void {
  const route = ipRouteOutput(ns, { source: null, destination, anySource: true })
  if ('error' in route || isMtuLocked(ns, route, destination) || dstMtu(ns, route, destination) < mtu) return
  const smallest = sysctl(ns, 'net.ipv4.route.min_pmtu')
  const locked = mtu < smallest
  const learned = locked ? Math.min(dstMtu(ns, route, destination), smallest) : mtu
  const gateway = ns.routeExceptions.get(destination)?.gateway ?? null
  const expiresMs = ns.kernel.nowMs + sysctl(ns, 'net.ipv4.route.mtu_expires') * 1000
  ns.routeExceptions.set(destination, { mtu: learned, locked, gateway, expiresMs })
}

/** The longest IPv4 packet (`IP_MAX_MTU`): lo's MTU is one more. */
const IP_MAX_MTU = 0xffff

/** RTAX_MTU locked: by `mtu lock` of the route, or since a path's MTU was too small to believe. */
export function isMtuLocked(ns: NetNs, route: RouteResult, destination: Address): boolean {
  const exception = ns.routeExceptions.get(destination)
  if (exception && exception.mtu !== null && exception.expiresMs > ns.kernel.nowMs) return exception.locked
  return route.route.mtuLocked === true
}

/** `ip_dst_mtu_maybe_forward()`: what forwarded packets must fit; a learned path MTU counts only with ip_forward_use_pmtu. Bytes. */
export function forwardMtu(ns: NetNs, route: RouteResult): number {
  return Math.min(route.route.mtu ?? ns.devices.get(route.device)?.mtu ?? 1500, IP_MAX_MTU)
}
