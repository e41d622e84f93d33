/** Folds the records of a walk into hops: a packet's stays in namespaces. */
import type { Hop, TraceRecord } from './trace.ts'

interface OpenHop {
  readonly where: string
  readonly packet: number
  readonly in: string | null
  out: string | null
  readonly records: number[]
}

/**
 * A hop begins where a packet is first seen, where a namespace receives it, and again where it is received after it was sent out
 * (loopback). What a sender's socket still says about a packet that has left belongs to the sender's hop. `in` is the first device
 * that received it, `out` the last that sent it. In order of first record.
 */
export function foldHops(records: readonly TraceRecord[]): Hop[] {
  const hops: OpenHop[] = []
  const ofPacket = new Map<number, OpenHop[]>()
  for (const { n, where, event } of records) {
    const own = ofPacket.get(event.packet.id) ?? []
    ofPacket.set(event.packet.id, own)
    let hop = event.at === 'netif_receive_skb' ? stillHere(own.at(-1), where) : own.findLast((one) => one.where === where)
    if (!hop) {
      hop = {
        where,
        packet: event.packet.id,
        in: event.at === 'netif_receive_skb' ? event.device : event.packet.iif,
        out: null,
        records: [],
      }
      hops.push(hop)
      own.push(hop)
    }
    if (event.at === 'dev_queue_xmit') hop.out = event.device
    hop.records.push(n)
  }
  return hops.map((hop, index) => ({ index, ...hop }))
}

/** A bridge hands a frame up by receiving it once more; after a transmission, receiving means a new stay. */
function stillHere(hop: OpenHop | undefined, where: string): OpenHop | undefined {
  return hop && hop.where === where && hop.out === null ? hop : undefined
}
