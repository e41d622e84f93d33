/**
 * The order in which a walk is told. Records come as the kernels produced them, several packets at once (the A and the AAAA
 * question, an ACK and the data behind it); told, each packet walks its whole way before the next one begins. What a packet has
 * to wait for (ARP) is told while it waits, and the copies of a flood right after it. Pure.
 */
import type { TraceRecord } from '../../engine/simulation/trace.ts'
import { isBroadcastCopy } from './packet-words.ts'

interface Telling {
  /** Records of each packet, in order. */
  readonly byPacket: ReadonlyMap<number, readonly TraceRecord[]>
  /** How many records of each packet have been told. */
  readonly told: Map<number, number>
  readonly story: TraceRecord[]
}

/** All records, each once, in the order they are told. */
export function storyOf(records: readonly TraceRecord[]): TraceRecord[] {
  const byPacket = new Map<number, TraceRecord[]>()
  for (const record of records) {
    const { id } = record.event.packet
    const own = byPacket.get(id)
    if (own) own.push(record)
    else byPacket.set(id, [record])
  }
  const telling: Telling = { byPacket, told: new Map(), story: [] }
  for (const { event } of records) tellPacket(event.packet.id, telling)
  return telling.story
}

function tellPacket(id: number, telling: Telling): void {
  const own = telling.byPacket.get(id) ?? []
  for (let next = telling.told.get(id) ?? 0; next < own.length; next = telling.told.get(id) ?? next + 1) {
    const record = own[next]
    const before = own[next - 1]
    if (!record) return
    if (before && waits(before)) tellArpBefore(record.n, telling)
    tell(record, telling)
    if (floods(record)) tellCopies(record, own.find((later) => later.n > record.n && floods(later))?.n ?? Number.POSITIVE_INFINITY, telling)
  }
}

function tell(record: TraceRecord, { told, story }: Telling): void {
  const { id } = record.event.packet
  told.set(id, (told.get(id) ?? 0) + 1)
  story.push(record)
}

function waits({ event }: TraceRecord): boolean {
  return event.at === 'neigh_resolve' && (event.action === 'request' || event.action === 'retry') && event.packet.network.kind !== 'arp'
}

/** The exchanges that began before record `n`, whole. */
function tellArpBefore(n: number, telling: Telling): void {
  for (const [id, own] of telling.byPacket) {
    const first = own[telling.told.get(id) ?? 0]
    if (first && first.n < n && first.event.packet.network.kind === 'arp') tellPacket(id, telling)
  }
}

function floods({ event }: TraceRecord): boolean {
  return isBroadcastCopy(event.packet) && (event.at === 'dev_queue_xmit' || (event.at === 'br_fdb' && event.decision === 'flood'))
}

/** What the copies made of a broadcast here (before it is flooded again, at `until`) do until one of them is noticed. */
function tellCopies({ event, n }: TraceRecord, until: number, telling: Telling): void {
  for (const [id, own] of telling.byPacket) {
    const first = own[0]
    if (!first || first.event.packet.parent !== event.packet.id || !isBroadcastCopy(first.event.packet)) continue
    if (first.n < n || first.n > until) continue
    for (let next = telling.told.get(id) ?? 0; next < own.length; next++) {
      const record = own[next]
      if (!record || record.event.at === 'neigh_resolve') break
      tell(record, telling)
    }
  }
}
