/** Kernel: net/core/neighbour.c. The neighbour table and its states (NUD_…). */

import { type Address, formatAddress } from '../net/address.ts'
import { MAC_BROADCAST, type Mac, multicastMac } from '../net/mac.ts'
import { withEth } from '../net/new-packet.ts'
import type { IpPacket, Packet } from '../net/packet.ts'
import { ipLength } from '../net/packet-length.ts'
import { ETHERTYPE_IPV4, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH } from '../net/protocol-number.ts'
import { arpCreate } from './arp-send.ts'
import { devQueueXmit } from './dev-queue-xmit.ts'
import type { Device } from './device.ts'
import { decidedBy, drop } from './drop.ts'
import { inetAddrType } from './fib.ts'
import { inetAddrOnlink, inetSelectAddr } from './inet-select-addr.ts'
import { icmpRequest, inTurn, type KernelEffect, NOT_LOCAL } from './kernel-effect.ts'
import type { Neighbour, NeighbourState } from './neighbour-entry.ts'
import type { NetNs } from './netns.ts'
import { deviceConfMax, neighbourVar } from './sysctl.ts'
import type { Timer } from './timer.ts'
import type { TraceEvent } from './trace-event.ts'

/** NUD_VALID: the link-layer address may be used. */
export function isValidState(state: NeighbourState): boolean {
  return state !== 'INCOMPLETE' && state !== 'FAILED'
}

/** NUD_CONNECTED: it may be used without a doubt. */
function isConnected(state: NeighbourState): boolean {
  return state === 'PERMANENT' || state === 'NOARP' || state === 'REACHABLE'
}

/** Key in `NetNs.neighbours`: index of the device × 2³² + address. No device has index 0. */
function key(ns: NetNs, device: string, address: Address): number {
  return (ns.devices.get(device)?.ifindex ?? 0) * 0x100000000 + address
}

/** The entry for an address on a device. */
export function neighLookup(ns: NetNs, device: string, address: Address): Neighbour | null {
  return ns.neighbours.get(key(ns, device, address)) ?? null
}

function put(ns: NetNs, entry: Neighbour): Neighbour {
  ns.neighbours.set(key(ns, entry.device, entry.address), entry)
  return entry
}

/** `neigh_del_timer()`: its timer is stale. */
function stopped(entry: Neighbour): Neighbour {
  return { ...entry, generation: entry.generation + 1 }
}

/** Starts the entry's timer; earlier ones become stale. */
function arm(ns: NetNs, entry: Neighbour, afterMs: number): KernelEffect {
  const armed = put(ns, stopped(entry))
  const timer: Timer = { kind: 'neighbour', device: entry.device, address: entry.address, generation: armed.generation }
  return { kind: 'timer', afterMs, timer }
}

/** Each probe's timer runs a little late (the timer wheel rounds up to 32 ms at HZ=250), which decides who is first: the third failure or a SYN of the same second. */
const TIMER_SLACK_MS = 8

function retransMs(ns: NetNs, device: string): number {
  return Math.max(neighbourVar(ns, device, 'retrans_time_ms'), 10) + TIMER_SLACK_MS
}

function delayProbeMs(ns: NetNs, device: string): number {
  return neighbourVar(ns, device, 'delay_first_probe_time') * 1000
}

/** Kernel draws ½ … 1½ of base_reachable_time; here it is exactly that. */
function reachableMs(ns: NetNs, device: string): number {
  return neighbourVar(ns, device, 'base_reachable_time_ms')
}

/** A confirmation that counts for nothing. */
function longAgo(ns: NetNs, device: string): number {
  return ns.kernel.nowMs - 2 * reachableMs(ns, device)
}

type ResolveAction = Extract<TraceEvent, { at: 'neigh_resolve' }>['action']

function traceResolve(ns: NetNs, packet: Packet, entry: Neighbour, action: ResolveAction): void {
  const { device, address, state, lladdr } = entry
  ns.explain?.({ at: 'neigh_resolve', packet, device, address, state, lladdr, action })
}

/** `neigh_create()` with `arp_constructor()`: broadcast and multicast addresses need no ARP. */
function neighCreate(ns: NetNs, device: Device, address: Address): Neighbour {
  const type = inetAddrType(ns, address)
  const lladdr = type === 'BROADCAST' ? MAC_BROADCAST : type === 'MULTICAST' ? multicastMac(address) : null
  const now = ns.kernel.nowMs
  return {
    address,
    device: device.name,
    lladdr,
    state: lladdr === null ? 'FAILED' : 'NOARP',
    confirmedMs: longAgo(ns, device.name),
    updatedMs: now,
    usedMs: now,
    // Never the generation of an entry that was here before: its timers must stay stale.
    generation: ns.kernel.nextPacketId,
    probes: 0,
    headerCached: false,
    queue: [],
  }
}

/** Known: `lladdr` is the address to use. Unknown: the packet waits in `arp_queue`, or is gone. */
export interface Resolution {
  readonly lladdr: Mac | null
  readonly effects: KernelEffect[]
}

/** May a frame take the cached header (`neigh_hh_output()`), or does it go through `neigh_resolve_output()`? */
export function hasCachedHeader(ns: NetNs, device: string, address: Address): boolean {
  const entry = neighLookup(ns, device, address)
  return entry !== null && isConnected(entry.state) && entry.headerCached
}

/** `neigh_event_send()`: the link-layer address of `address`, or a request for it with the packet queued. */
export function neighResolve(ns: NetNs, device: Device, address: Address, packet: IpPacket): Resolution {
  const entry = neighLookup(ns, device.name, address) ?? put(ns, neighCreate(ns, device, address))
  const valid = isValidState(entry.state)
  entry.usedMs = ns.kernel.nowMs
  if (valid) {
    entry.headerCached = true
    traceResolve(ns, packet, entry, 'known')
    if (entry.state !== 'STALE') return { lladdr: entry.lladdr, effects: [] }
    const delayed: Neighbour = { ...entry, state: 'DELAY', updatedMs: ns.kernel.nowMs }
    return { lladdr: entry.lladdr, effects: [arm(ns, delayed, delayProbeMs(ns, device.name))] }
  }
  if (entry.state === 'INCOMPLETE') {
    put(ns, { ...entry, queue: enqueue(ns, entry, packet) })
    return { lladdr: null, effects: [] }
  }
  return { lladdr: null, effects: startAsking(ns, { ...entry, queue: [packet] }, packet) }
}

function startAsking(ns: NetNs, entry: Neighbour, about: Packet): KernelEffect[] {
  const asking: Neighbour = { ...entry, state: 'INCOMPLETE', updatedMs: ns.kernel.nowMs, probes: 1 }
  const timer = arm(ns, asking, retransMs(ns, entry.device))
  traceResolve(ns, about, asking, 'request')
  return [...arpSolicit(ns, asking), timer]
}

/** `neigh_event_send()` with nothing to send: asks for an address that is not known. `about`: the packet that made it worth knowing. */
export function neighSolicit(ns: NetNs, device: Device, address: Address, about: Packet): KernelEffect[] {
  const entry = neighLookup(ns, device.name, address) ?? put(ns, neighCreate(ns, device, address))
  return isValidState(entry.state) || entry.state === 'INCOMPLETE' ? [] : startAsking(ns, { ...entry, queue: [] }, about)
}

/** `arp_queue` holds unres_qlen_bytes; the oldest packet makes room. */
function enqueue(ns: NetNs, entry: Neighbour, packet: IpPacket): readonly IpPacket[] {
  const queue = [...entry.queue, packet]
  let bytes = queue.reduce((sum, queued) => sum + ipLength(queued), 0)
  while (queue.length > 1 && bytes > neighbourVar(ns, entry.device, 'unres_qlen_bytes')) {
    const oldest = queue.shift()
    if (!oldest) break
    bytes -= ipLength(oldest)
    drop(ns, oldest, 'NEIGH_QUEUEFULL', { by: decidedBy('neighbour', neighbourText(entry)) })
  }
  return queue
}

/** `arp_solicit()`: broadcast while unknown, unicast to the last known address while in PROBE. */
function arpSolicit(ns: NetNs, entry: Neighbour): KernelEffect[] {
  const device = ns.devices.get(entry.device)
  if (!device) return []
  const senderAddress = solicitSource(ns, device, entry)
  if (senderAddress === null) return []
  const targetMac = entry.state === 'PROBE' ? entry.lladdr : null
  const request = arpCreate(ns, device, { operation: 'request', senderAddress, targetAddress: entry.address, targetMac })
  return devQueueXmit(ns, device.name, request)
}

/** The address to ask with, by arp_announce: 0 the packet's own if it is local, 1 only one of the target's subnet, 2 the best primary. */
function solicitSource(ns: NetNs, device: Device, entry: Neighbour): Address | null {
  const waiting = entry.queue.at(-1)
  const announce = deviceConfMax(ns, device.name, 'arp_announce')
  const source = waiting?.network.source ?? null
  if (source !== null && announce < 2 && inetAddrType(ns, source) === 'LOCAL') {
    if (announce === 0 || inetAddrOnlink(device, entry.address, source)) return source
  }
  return inetSelectAddr(ns, device.name, entry.address, 'link')
}

/** `neigh_output()`: sends an IP packet to its next hop, once that one's MAC address is known. */
export function neighOutput(ns: NetNs, device: Device, nextHop: Address, packet: IpPacket): KernelEffect[] {
  const { lladdr, effects } = neighResolve(ns, device, nextHop, packet)
  if (lladdr === null) return effects
  return inTurn(effects, devQueueXmit(ns, device.name, addressed(packet, device, lladdr)))
}

function addressed(packet: IpPacket, device: Device, lladdr: Mac): IpPacket {
  return withEth(packet, { source: device.mac, destination: lladdr, etherType: ETHERTYPE_IPV4 })
}

/** What ARP learned: `override` allows another MAC address to replace a valid one. */
export interface NeighbourNews {
  readonly device: string
  readonly address: Address
  readonly lladdr: Mac
  readonly state: NeighbourState
  readonly override: boolean
  /** The message that told. */
  readonly packet: Packet
}

/** `neigh_update()`: learns, and sends what waited. `create`: also when nobody had asked. */
export function neighUpdate(ns: NetNs, news: NeighbourNews, create: boolean): KernelEffect[] {
  const device = ns.devices.get(news.device)
  const known = neighLookup(ns, news.device, news.address)
  if (!device || (!known && !create)) return []
  const old = known ?? neighCreate(ns, device, news.address)
  if (old.state === 'PERMANENT' || old.state === 'NOARP') return []
  const changed = old.lladdr !== news.lladdr
  const valid = isValidState(old.state)
  if (valid && changed && !news.override) return []
  const state = valid && !changed && news.state === 'STALE' ? old.state : news.state
  return update(ns, device, old, { lladdr: news.lladdr, state, confirms: isConnected(news.state), about: news.packet })
}

/** What is known of a neighbour now. `confirms`: it was heard from; `about`: the message that told, where one did. */
interface Known {
  readonly lladdr: Mac
  readonly state: NeighbourState
  readonly confirms: boolean
  readonly about: Packet | null
}

/** The end of `neigh_update()`: a valid state with its timer; what waited is sent. */
function update(ns: NetNs, device: Device, old: Neighbour, { lladdr, state, confirms, about }: Known): KernelEffect[] {
  const now = ns.kernel.nowMs
  const changed = old.lladdr !== lladdr
  const entry = put(ns, {
    ...(state === old.state ? old : stopped(old)),
    lladdr,
    state,
    confirmedMs: confirms ? now : changed ? longAgo(ns, device.name) : old.confirmedMs,
    updatedMs: state !== old.state || changed ? now : old.updatedMs,
    headerCached: old.headerCached || old.queue.length > 0,
    probes: state === old.state ? old.probes : 0,
    queue: [],
  })
  if (about !== null && (state !== old.state || changed)) traceResolve(ns, about, entry, old.state === 'INCOMPLETE' ? 'answer' : 'learn')
  if (state === old.state) return []
  const sent = old.queue.flatMap((waiting) => release(ns, device, waiting, lladdr))
  return [...firstTimer(ns, entry, old.queue.length > 0), ...sent]
}

/** `used`: packets waited for the address. The first use of one that is not certain (`neigh_resolve_output()`) makes it DELAY. */
function firstTimer(ns: NetNs, entry: Neighbour, used: boolean): KernelEffect[] {
  switch (entry.state) {
    case 'REACHABLE':
      return [arm(ns, entry, reachableMs(ns, entry.device))]
    case 'STALE':
      return used ? [arm(ns, changeState(ns, entry, 'DELAY'), delayProbeMs(ns, entry.device))] : []
    case 'DELAY':
    case 'PROBE':
      return [arm(ns, entry, 0)]
    default:
      return []
  }
}

/** A packet that waited goes on; a bridged one (DNATed by br_netfilter) back into its bridge with only its destination MAC new. */
function release(ns: NetNs, device: Device, packet: IpPacket, lladdr: Mac): KernelEffect[] {
  if (packet.physIn === null || !packet.eth) return devQueueXmit(ns, device.name, addressed(packet, device, lladdr))
  ns.trace?.({ at: 'dev_queue_xmit', packet: withEth(packet, { ...packet.eth, destination: lladdr }), device: device.name })
  return [{ kind: 'bridge-finish', bridge: device.name, packet: withEth(packet, { ...packet.eth, destination: lladdr }) }]
}

/** `neigh_timer_handler()`. */
export function neighTimer(ns: NetNs, timer: Extract<Timer, { kind: 'neighbour' }>): KernelEffect[] {
  const entry = neighLookup(ns, timer.device, timer.address)
  if (!entry || entry.generation !== timer.generation) return []
  switch (entry.state) {
    case 'REACHABLE':
      return reachableExpired(ns, entry)
    case 'DELAY': {
      const delay = delayProbeMs(ns, entry.device)
      if (ns.kernel.nowMs <= entry.confirmedMs + delay) {
        return [arm(ns, changeState(ns, entry, 'REACHABLE'), entry.confirmedMs + reachableMs(ns, entry.device) - ns.kernel.nowMs)]
      }
      return probe(ns, { ...changeState(ns, entry, 'PROBE'), probes: 0 })
    }
    case 'INCOMPLETE':
    case 'PROBE':
      return probe(ns, entry)
    default:
      return []
  }
}

function changeState(ns: NetNs, entry: Neighbour, state: NeighbourState): Neighbour {
  return put(ns, { ...entry, state, updatedMs: ns.kernel.nowMs })
}

function reachableExpired(ns: NetNs, entry: Neighbour): KernelEffect[] {
  const now = ns.kernel.nowMs
  const reachable = reachableMs(ns, entry.device)
  const delay = delayProbeMs(ns, entry.device)
  if (now < entry.confirmedMs + reachable) return [arm(ns, entry, entry.confirmedMs + reachable - now)]
  if (now <= entry.usedMs + delay) return [arm(ns, changeState(ns, entry, 'DELAY'), delay)]
  changeState(ns, entry, 'STALE')
  return []
}

/** Asks again, or gives up after ucast_solicit (PROBE) or mcast_solicit (INCOMPLETE) requests. */
function probe(ns: NetNs, entry: Neighbour): KernelEffect[] {
  const limit = neighbourVar(ns, entry.device, entry.state === 'PROBE' ? 'ucast_solicit' : 'mcast_solicit')
  if (entry.probes >= limit) return neighInvalidate(ns, entry)
  const asking = { ...entry, probes: entry.probes + 1 }
  const timer = arm(ns, asking, retransMs(ns, entry.device))
  const waiting = entry.queue[0]
  if (waiting) traceResolve(ns, waiting, asking, 'retry')
  return [...arpSolicit(ns, asking), timer]
}

/** `neigh_invalidate()` with `arp_error_report()`: what waited is lost, and its senders are told host unreachable. */
function neighInvalidate(ns: NetNs, entry: Neighbour): KernelEffect[] {
  const failed = put(ns, { ...stopped(entry), state: 'FAILED', updatedMs: ns.kernel.nowMs, queue: [] })
  return entry.queue.flatMap((packet): KernelEffect[] => {
    traceResolve(ns, packet, failed, 'fail')
    drop(ns, packet, 'NEIGH_FAILED', { by: decidedBy('neighbour', neighbourText(failed)) })
    // __icmp_send(): about no frame that was for another machine (PACKET_OTHERHOST).
    if (packet.physIn !== null && packet.eth?.destination !== ns.devices.get(entry.device)?.mac) return []
    return [icmpRequest(packet, NOT_LOCAL, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH)]
  })
}

/** `neigh_confirm()`: an upper layer heard from the next hop (`dst_confirm`). */
export function neighConfirm(ns: NetNs, device: string, address: Address): void {
  const entry = neighLookup(ns, device, address)
  if (entry && isValidState(entry.state)) entry.confirmedMs = ns.kernel.nowMs
}

/** As `ip neigh` prints it: "10.0.0.2 dev eth0 lladdr … REACHABLE". */
export function neighbourText(entry: Neighbour): string {
  const lladdr = entry.lladdr === null || !isValidState(entry.state) ? '' : ` lladdr ${entry.lladdr}`
  return `${formatAddress(entry.address)} dev ${entry.device}${lladdr} ${entry.state}`
}

/** `ip neigh add|replace|change`: a state set by hand. A valid one needs a link-layer address, given or known; without it null. */
export function neighSet(
  ns: NetNs,
  device: Device,
  address: Address,
  to: { readonly lladdr: Mac | null; readonly state: NeighbourState },
): KernelEffect[] | null {
  const old = neighLookup(ns, device.name, address) ?? neighCreate(ns, device, address)
  if (!isValidState(to.state)) {
    if (to.state === 'FAILED' && (old.state === 'INCOMPLETE' || old.state === 'PROBE')) return neighInvalidate(ns, old)
    put(ns, { ...stopped(old), state: to.state })
    return []
  }
  const lladdr = to.lladdr ?? (isValidState(old.state) ? old.lladdr : null)
  if (lladdr === null) return null
  return update(ns, device, old, { lladdr, state: to.state, confirms: isConnected(to.state), about: null })
}

/** `neigh_delete()`: what waits for an answer is told that there will be none. */
export function neighDelete(ns: NetNs, entry: Neighbour): KernelEffect[] {
  const effects = neighInvalidate(ns, entry)
  ns.neighbours.delete(key(ns, entry.device, entry.address))
  return effects
}

/** Is a packet of this socket still waiting in an `arp_queue` (`skb_still_in_host_queue`)? Then TCP does not retransmit. */
export function isQueued(ns: NetNs, matches: (packet: IpPacket) => boolean): boolean {
  for (const entry of ns.neighbours.values()) if (entry.queue.some(matches)) return true
  return false
}
