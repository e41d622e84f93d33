/** Invariants of every trace, after Batfish's Trace.validateHops: what must hold whatever the packet meets. */

import type { TraceEvent } from '../linux/trace-event.ts'
import type { Packet } from '../net/packet.ts'
import type { Hop, Trace, TraceRecord } from './trace.ts'
import type { World } from './world.ts'

/** Takes a trace and the world it happened in; returns what is wrong with it, a sentence each. */
export function checkTrace(trace: Trace, world: Pick<World, 'kernel' | 'segments'>): string[] {
  return [
    ...checkNumbers(trace.records),
    ...checkLinks(trace, world),
    ...checkEnds(trace),
    ...checkRewrites(trace),
    ...checkDrops(trace.records),
  ]
}

/** Numbers count up by one and time never runs backwards. */
function checkNumbers(records: readonly TraceRecord[]): string[] {
  return records.flatMap((record, index) => {
    const before = records[index - 1]
    const errors: string[] = []
    if (record.n !== index) errors.push(`record ${index} is numbered ${record.n}`)
    if (before && record.timeMs < before.timeMs) errors.push(`record ${index}: time runs backwards`)
    return errors
  })
}

function hopsOf(trace: Trace): Map<number, Hop[]> {
  const byPacket = new Map<number, Hop[]>()
  for (const hop of trace.hops) byPacket.set(hop.packet, [...(byPacket.get(hop.packet) ?? []), hop])
  return byPacket
}

/** The hops of a packet join by a link: what leaves by a device arrives at the other end of its cable. */
function checkLinks(trace: Trace, world: Pick<World, 'kernel' | 'segments'>): string[] {
  const errors: string[] = []
  for (const [packet, hops] of hopsOf(trace)) {
    for (const [index, hop] of hops.entries()) {
      const next = hops[index + 1]
      if (!next) continue
      if (hop.out === null) errors.push(`packet ${packet} is at ${next.where} but never left ${hop.where}`)
      else if (next.in === null) errors.push(`packet ${packet} is at ${next.where} but was never received there`)
      else if (!joined(world, { where: hop.where, device: hop.out }, { where: next.where, device: next.in })) {
        errors.push(`packet ${packet} left ${hop.where} by ${hop.out} and arrived at ${next.where} on ${next.in}: no cable joins them`)
      }
    }
  }
  return errors
}

interface CableEnd {
  readonly where: string
  readonly device: string
}

function joined(world: Pick<World, 'kernel' | 'segments'>, from: CableEnd, to: CableEnd): boolean {
  const device = world.kernel.namespaces?.get(from.where)?.devices.get(from.device)
  if (!device) return false
  if (device.kind === 'loopback') return from.where === to.where && from.device === to.device
  if (device.kind === 'veth') return device.peer.netns === to.where && device.peer.device === to.device
  if (device.kind !== 'physical') return false
  return world.segments.get(device.network)?.plugs.some((plug) => plug.netns === to.where && plug.device === to.device) ?? false
}

/**
 * Each packet ends once: nothing happens to it after it died, what left a namespace arrived somewhere or was said to be lost, and what
 * arrived was taken by someone, sent on, or died there.
 */
function checkEnds(trace: Trace): string[] {
  const ended = new Map<number, number>()
  const errors: string[] = []
  for (const { n, event } of trace.records) {
    const { id } = event.packet
    const end = ended.get(id)
    if (end !== undefined && event.at !== 'socket')
      errors.push(`packet ${id} ended at record ${end} but is seen in record ${n} (${event.at})`)
    if (event.at === 'kfree_skb') ended.set(id, n)
  }
  if (trace.outcome.outcome === 'unsupported') return errors
  for (const [packet, hops] of hopsOf(trace)) {
    const last = hops.at(-1)
    if (last && last.out !== null && !ended.has(packet) && !readByProgram(trace, last))
      errors.push(`packet ${packet} left ${last.where} by ${last.out} and never arrived`)
    if (last && last.out === null && !ended.has(packet) && !isTaken(trace, last))
      errors.push(`packet ${packet} vanished in ${last.where} after record ${last.records.at(-1)}`)
  }
  return errors
}

/** The packet reached a socket or the kernel itself; arp_process() takes every ARP packet. */
function isTaken(trace: Trace, hop: Hop): boolean {
  return hop.records.some((n) => {
    const event = trace.records[n]?.event
    if (event?.packet.network.kind === 'arp') return true
    return event?.at === 'socket' && event.action !== 'send' && event.action !== 'retransmit'
  })
}

/** A packet sent to a TUN device ends with the program that reads it. */
function readByProgram(trace: Trace, hop: Hop): boolean {
  const event = trace.records[hop.records.at(-1) ?? -1]?.event
  return event?.at === 'socket' && event.action === 'receive'
}

/** Between two records of a packet, its addresses and ports change only by an event that says so. Sockets speak of it as they sent it. */
function checkRewrites(trace: Trace): string[] {
  const last = new Map<number, string>()
  const errors: string[] = []
  for (const { n, event } of trace.records) {
    if (event.at === 'socket') continue
    const { id } = event.packet
    const before = last.get(id)
    const known = 'before' in event ? flowText(event.before) : flowText(event.packet)
    if (before !== undefined && before !== known)
      errors.push(`record ${n} (${event.at}): packet ${id} was ${before} and is ${known}, but no event says so`)
    last.set(id, flowText(event.packet))
  }
  return errors
}

function flowText(packet: Packet): string {
  const { network, transport } = packet
  if (network.kind === 'arp') return `arp ${network.operation} ${network.senderAddress} ${network.targetAddress}`
  const ports = transport && 'sourcePort' in transport ? `${transport.sourcePort} ${transport.destinationPort}` : ''
  return `${network.source} ${network.destination} ${ports} ttl ${network.ttl}`
}

/** A drop has a reason; NOT_SPECIFIED, where the kernel gives none, a detail or who decided it. */
function checkDrops(records: readonly TraceRecord[]): string[] {
  return records.flatMap((record) => {
    const event: TraceEvent = record.event
    if (event.at !== 'kfree_skb' || event.reason !== 'NOT_SPECIFIED' || event.detail !== null || event.by !== null) return []
    return [`record ${record.n}: dropped for no reason`]
  })
}
