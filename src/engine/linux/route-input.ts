/** Kernel: net/ipv4/route.c, ip_route_input_slow(); fib_frontend.c, fib_validate_source(). Where does an arriving packet go? */
import { type Address, formatAddress } from '../net/address.ts'
import { ipv4 } from '../net/ipv4.ts'
import type { IpPacket } from '../net/packet.ts'
import { decidedBy } from './drop.ts'
import type { DropReason } from './drop-reason.ts'
import { type FibError, type FibMatch, type Flow, fibMatch, fibSelectPath } from './fib.ts'
import { hasCustomLocalRoutes, SCOPE_ORDER } from './fib-table.ts'
import { deviceWithAddress } from './inet-select-addr.ts'
import type { NetNs } from './netns.ts'
import type { RouteResult } from './route.ts'
import { deviceConf, deviceConfMax, deviceConfOr } from './sysctl.ts'
import type { DropBy } from './trace-event.ts'

/** What is routed: a packet's addresses, or an ARP request's. */
export interface InputFlow {
  readonly source: Address
  readonly destination: Address
  readonly tos: number
  readonly mark: number
  /** Absent for an ARP request, and for a question of `ip route get`. */
  readonly packet?: IpPacket
}

interface Refused {
  readonly kind: 'drop'
  readonly reason: DropReason
  readonly by: DropBy
}

export type InputRoute =
  | { readonly kind: 'local'; readonly result: RouteResult }
  | { readonly kind: 'broadcast' }
  /** `redirect`: the sender could reach the next hop directly (IPSKB_DOREDIRECT). */
  | { readonly kind: 'forward'; readonly result: RouteResult; readonly redirect: boolean }
  /** RTN_UNREACHABLE: `ip_error()` answers. */
  | { readonly kind: 'unreachable'; readonly error: FibError['error']; readonly by: FibError['by'] }
  | Refused

function refused(reason: DropReason, kind: DropBy['kind'], text: string): Refused {
  return { kind: 'drop', reason, by: decidedBy(kind, text) }
}

const LIMITED_BROADCAST = ipv4(0xffffffff)
const isMulticast = (address: Address): boolean => address >>> 28 === 14
const isLoopback = (address: Address): boolean => address >>> 24 === 127

/** `ip_route_input()`: the decision for a packet that arrived on `device`. */
export function ipRouteInput(ns: NetNs, device: string, flow: InputFlow): InputRoute {
  const { source, destination } = flow
  if (destination === LIMITED_BROADCAST || (source === 0 && destination === 0)) return broadcastInput(ns, device, flow)
  const martian = martianAddress(ns, device, flow)
  if (martian) return martian
  const fibFlow: Flow = {
    source,
    destination,
    iif: device,
    oif: null,
    mark: flow.mark,
    tos: flow.tos,
    family: 'ip',
    packet: flow.packet ?? null,
  }
  const match = fibMatch(ns, fibFlow)
  const forwarding = deviceConf(ns, device, 'forwarding') !== 0
  if ('error' in match) return { kind: 'unreachable', error: forwarding ? match.error : 'EHOSTUNREACH', by: match.by }
  if (match.route.type === 'broadcast') return broadcastInput(ns, device, flow)
  if (match.route.type === 'local') {
    const validated = fibValidateSource(ns, device, flow, null)
    return 'kind' in validated ? validated : { kind: 'local', result: fibSelectPath(ns, match, fibFlow) }
  }
  if (!forwarding) return { kind: 'unreachable', error: 'EHOSTUNREACH', by: null }
  return mkrouteInput(ns, device, flow, fibSelectPath(ns, match, fibFlow))
}

/** Addresses that may not appear on a wire. */
function martianAddress(ns: NetNs, device: string, { source, destination }: InputFlow): Refused | null {
  if (isMulticast(source) || source === LIMITED_BROADCAST || source === 0) {
    return refused('IP_INVALID_SOURCE', 'route', `martian source ${formatAddress(source)}`)
  }
  if (destination === 0) return refused('IP_INVALID_DEST', 'route', `martian destination ${formatAddress(destination)}`)
  if (isMulticast(destination)) return refused('NOT_SPECIFIED', 'route', `no multicast membership of ${formatAddress(destination)}`)
  if (!isLoopback(destination) && !isLoopback(source)) return null
  if (deviceConfOr(ns, device, 'route_localnet')) return null
  return refused('IP_LOCALNET', 'sysctl', `net.ipv4.conf.${device}.route_localnet=0`)
}

function broadcastInput(ns: NetNs, device: string, flow: InputFlow): InputRoute {
  if (flow.source === 0) return { kind: 'broadcast' }
  const validated = fibValidateSource(ns, device, flow, null)
  return 'kind' in validated ? validated : { kind: 'broadcast' }
}

/** `__mkroute_input()`. */
function mkrouteInput(ns: NetNs, device: string, flow: InputFlow, result: RouteResult): InputRoute {
  const validated = fibValidateSource(ns, device, flow, result.device)
  if ('kind' in validated) return validated
  const redirect = result.device === device && validated.onLink && deviceConfOr(ns, device, 'send_redirects')
  return { kind: 'forward', result, redirect: redirect && deviceConfOr(ns, device, 'shared_media') }
}

/** `oif`: where the packet will leave; null for local delivery. `onLink`: the sender is a direct neighbour. */
function fibValidateSource(ns: NetNs, device: string, flow: InputFlow, oif: string | null): Refused | { readonly onLink: boolean } {
  const mode = deviceConfMax(ns, device, 'rp_filter')
  if (mode === 0 && (oif !== device || !deviceConfOr(ns, device, 'send_redirects'))) {
    if (deviceConfOr(ns, device, 'accept_local')) return { onLink: false }
    const custom = ns.rules.length > 3 || hasCustomLocalRoutes(ns)
    if (!custom) return deviceWithAddress(ns, flow.source) ? localSource(flow.source) : { onLink: false }
  }
  return fullCheck(ns, device, flow, { mode, oif })
}

function localSource(source: Address): Refused {
  return refused('IP_LOCAL_SOURCE', 'route', `source ${formatAddress(source)} is an address of this machine`)
}

/** `__fib_validate_source()`: would an answer to the source leave by the device it arrived on? It would come in where the packet leaves. */
function fullCheck(
  ns: NetNs,
  device: string,
  flow: InputFlow,
  { mode, oif }: { readonly mode: number; readonly oif: string | null },
): Refused | { readonly onLink: boolean } {
  const reverse: Flow = {
    source: flow.destination,
    destination: flow.source,
    iif: oif,
    oif: null,
    mark: deviceConfOr(ns, device, 'src_valid_mark') ? flow.mark : 0,
    tos: flow.tos,
    family: 'ip',
  }
  const match = fibMatch(ns, reverse)
  if ('error' in match) return mode === 0 ? { onLink: false } : reversePathFilter(ns, device, mode, flow.source)
  const acceptLocal = deviceConfOr(ns, device, 'accept_local')
  if (match.route.type !== 'unicast' && !(match.route.type === 'local' && acceptLocal)) return localSource(flow.source)
  if (match.route.nexthops.some((hop) => hop.device === device)) return { onLink: isOnLink(match) }
  if (ns.devices.get(device)?.addresses.length === 0)
    return mode === 0 ? { onLink: false } : reversePathFilter(ns, device, mode, flow.source)
  if (mode === 1) return reversePathFilter(ns, device, mode, flow.source)
  const through = fibMatch(ns, { ...reverse, oif: device })
  return { onLink: !('error' in through) && through.route.type === 'unicast' && isOnLink(through) }
}

/** `nhc_scope >= RT_SCOPE_HOST`: the route has no gateway. */
function isOnLink(match: FibMatch): boolean {
  return SCOPE_ORDER[match.route.scope] >= SCOPE_ORDER.link || match.nexthops.every((hop) => hop.gateway === null)
}

function reversePathFilter(ns: NetNs, device: string, mode: number, source: Address): Refused {
  const from = deviceConf(ns, device, 'rp_filter') >= deviceConf(ns, 'all', 'rp_filter') ? device : 'all'
  return refused(
    'IP_RPFILTER',
    'sysctl',
    `net.ipv4.conf.${from}.rp_filter=${mode}: ${formatAddress(source)} is not routed back through ${device}`,
  )
}
