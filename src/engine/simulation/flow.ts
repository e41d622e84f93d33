/** Which packets of a trace belong to one connection: what its client sent, what was answered, and what was made because of those. */

import type { TraceEvent } from '../linux/trace-event.ts'
import type { Address } from '../net/address.ts'
import type { Packet } from '../net/packet.ts'
import type { Connection, Contact } from './process.ts'
import type { TraceRecord } from './trace.ts'

export interface Flow {
  /** Packet ids. */
  readonly packets: ReadonlySet<number>
  /** Those that something answered: a RST, an ICMP error, a reply. Their end was no silent one. */
  readonly answered: ReadonlySet<number>
  /** Who was seen, by place. */
  readonly arrivals: ReadonlyMap<string, readonly Arrival[]>
}

/** Packets between two ends that were seen at a place, and the last of them. */
interface Arrival {
  readonly ends: Ends
  packet: number
}

export type Death = TraceRecord & { readonly event: Extract<TraceEvent, { at: 'kfree_skb' }> }

export const NO_FLOW: Flow = { packets: new Set(), answered: new Set(), arrivals: new Map() }

/** Follows a connection that a process in namespace `client` made through the records since `sinceMs`. */
export function followConnection(
  records: readonly TraceRecord[],
  connection: Connection,
  since: { readonly client: string; readonly sinceMs: number },
): Flow {
  const packets = new Set<number>()
  const answered = new Set<number>()
  const arrivals = new Map<string, Arrival[]>()
  let before: TraceRecord | null = null
  for (const record of records) {
    const { event, where, timeMs } = record
    if (timeMs < since.sinceMs) continue
    const { packet } = event
    if (before !== null && saysTheSame(before, record)) continue
    before = record
    if (!packets.has(packet.id)) {
      const cause = causeOf(packet, arrivals.get(where), packets)
      if (cause === null && !(where === since.client && isSentBy(connection, packet))) continue
      packets.add(packet.id)
      if (cause !== null && isAnswer(packet, cause)) answered.add(cause.id)
    }
    arrive(arrivals, where, packet)
  }
  return { packets, answered, arrivals }
}

function arrive(arrivals: Map<string, Arrival[]>, where: string, packet: Packet): void {
  const ends = endsOf(packet)
  if (ends === null) return
  const here = arrivals.get(where)
  if (here === undefined) {
    arrivals.set(where, [{ ends, packet: packet.id }])
    return
  }
  for (const known of here) {
    if (!sameEnds(known.ends, ends)) continue
    known.packet = packet.id
    return
  }
  here.push({ ends, packet: packet.id })
}

/** Of the same headers at the same place there is nothing new to learn. */
function saysTheSame(before: TraceRecord, { where, event: { packet } }: TraceRecord): boolean {
  const known = before.event.packet
  return before.where === where && known.id === packet.id && known.network === packet.network && known.transport === packet.transport
}

/** Did this contact come about by this flow? */
export function isContactOf(flow: Flow, contact: Contact): boolean {
  const { address, port } = contact.from
  const here = flow.arrivals.get(contact.netns) ?? []
  return here.some(
    ({ ends }) =>
      ends.protocol === contact.protocol && ends.from === address && ends.fromPort === port && ends.toPort === contact.localPort,
  )
}

/** The packets of a flow that died, in order; those that a bridge flooded to the wrong place do not count. */
export function deathsOf(records: readonly TraceRecord[], flow: Flow): Death[] {
  return records.filter(
    (record): record is Death =>
      record.event.at === 'kfree_skb' && record.event.reason !== 'OTHERHOST' && flow.packets.has(record.event.packet.id),
  )
}

interface Cause {
  readonly id: number
  readonly by: 'parent' | 'reply'
}

/** `here`: what of the flow was seen where the packet is. */
function causeOf(packet: Packet, here: readonly Arrival[] | undefined, packets: ReadonlySet<number>): Cause | null {
  const ends = endsOf(packet)
  const asked = ends && here?.find((arrival) => isAnswerTo(ends, arrival.ends))
  if (asked) return { id: asked.packet, by: 'reply' }
  return packet.parent !== null && packets.has(packet.parent) ? { id: packet.parent, by: 'parent' } : null
}

/** A copy of a flooded frame or a fragment answers nothing; an ICMP error does. */
function isAnswer(packet: Packet, cause: Cause): boolean {
  return cause.by === 'reply' || (packet.transport?.kind === 'icmp' && packet.transport.quoted !== null)
}

function isSentBy(connection: Connection, packet: Packet): boolean {
  const { network, transport } = packet
  if (network.kind !== 'ip' || transport?.kind !== connection.protocol || network.destination !== connection.address) return false
  return transport.kind === 'icmp' ? transport.type === 8 : transport.destinationPort === connection.port
}

interface Ends {
  readonly protocol: NonNullable<Packet['transport']>['kind']
  readonly from: Address
  readonly fromPort: number
  readonly to: Address
  readonly toPort: number
}

const sameEnds = (a: Ends, b: Ends): boolean =>
  a.from === b.from && a.fromPort === b.fromPort && a.to === b.to && a.toPort === b.toPort && a.protocol === b.protocol
const isAnswerTo = (a: Ends, b: Ends): boolean =>
  a.from === b.to && a.fromPort === b.toPort && a.to === b.from && a.toPort === b.fromPort && a.protocol === b.protocol

/** The two ends of a packet: address and port, or address and echo identifier. Null for what has none. */
function endsOf({ network, transport }: Packet): Ends | null {
  if (network.kind !== 'ip' || !transport || (transport.kind === 'icmp' && transport.quoted !== null)) return null
  const fromPort = transport.kind === 'icmp' ? transport.id : transport.sourcePort
  const toPort = transport.kind === 'icmp' ? transport.id : transport.destinationPort
  return { protocol: transport.kind, from: network.source, fromPort, to: network.destination, toPort }
}
