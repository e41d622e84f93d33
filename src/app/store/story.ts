/**
 * The order in which a walk is told. Records come as the kernels produced them, several packets at once (the A and the AAAA
 * question, an ACK and the data behind it); told, each packet walks its whole way before the next one begins. What a packet has
 * to wait for (ARP) is told while it waits, and the copies of a flood right after it. Pure.
 */
import type { TraceRecord } from '../../engine/simulation/trace.ts'
import { isBroadcastCopy } from './packet-words.ts'

/** One packet's records, in order. */
export interface Journey {
  readonly records: TraceRecord[]
  /** How many of them have been told. */
  told: number
}

interface Telling {
  readonly journeys: ReadonlyMap<number, Journey>
  readonly story: TraceRecord[]
}

/** The records of each packet. */
export function journeysOf(records: readonly TraceRecord[]): Map<number, Journey> {
  const journeys = new Map<number, Journey>()
  let last: Journey | undefined
  for (const record of records) {
    const { id } = record.event.packet
    if (last?.records[0]?.event.packet.id !== id) last = journeys.get(id)
    if (last) last.records.push(record)
    else {
      last = { records: [record], told: 0 }
      journeys.set(id, last)
    }
  }
  return journeys
}

/** All records, each once, in the order they are told. */
export function storyOf(records: readonly TraceRecord[], journeys = journeysOf(records)): TraceRecord[] {
  const telling: Telling = { journeys, story: [] }
  for (const journey of journeys.values()) tellPacket(journey, telling)
  return telling.story
}

function tellPacket(journey: Journey, telling: Telling): void {
  const own = journey.records
  while (journey.told < own.length) {
    const record = own[journey.told]
    const before = own[journey.told - 1]
    if (!record) return
    if (before && waits(before)) tellArpBefore(record.n, telling)
    tell(record, journey, telling)
    if (floods(record)) tellCopies(record, own.find((later) => later.n > record.n && floods(later))?.n ?? Number.POSITIVE_INFINITY, telling)
  }
}

function tell(record: TraceRecord, journey: Journey, { story }: Telling): void {
  journey.told += 1
  story.push(record)
}

function waits({ event }: TraceRecord): boolean {
  return event.at === 'neigh_resolve' && (event.action === 'request' || event.action === 'retry') && event.packet.network.kind !== 'arp'
}

/** The exchanges that began before record `n`, whole. */
function tellArpBefore(n: number, telling: Telling): void {
  for (const journey of telling.journeys.values()) {
    const first = journey.records[journey.told]
    if (first && first.n < n && first.event.packet.network.kind === 'arp') tellPacket(journey, telling)
  }
}

function floods({ event }: TraceRecord): boolean {
  return (event.at === 'dev_queue_xmit' || (event.at === 'br_fdb' && event.decision === 'flood')) && isBroadcastCopy(event.packet)
}

/** What the copies made of a broadcast here (before it is flooded again, at `until`) do until one of them is noticed. */
function tellCopies({ event, n }: TraceRecord, until: number, telling: Telling): void {
  for (const journey of telling.journeys.values()) {
    const { records: own } = journey
    const first = own[0]
    if (!first || first.event.packet.parent !== event.packet.id || !isBroadcastCopy(first.event.packet)) continue
    if (first.n < n || first.n > until) continue
    for (let next = journey.told; next < own.length; next++) {
      const record = own[next]
      if (!record || record.event.at === 'neigh_resolve') break
      tell(record, journey, telling)
    }
  }
}
