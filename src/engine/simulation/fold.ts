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
 * A hop begins where a packet is first seen in a namespace, and again where it is received after it was sent out of one (a veth pair
 * inside one namespace, loopback). `in` is the first device that received it, `out` the last that sent it. In order of first record.
 */
export function foldHops(records: readonly TraceRecord[]): Hop[] {
  const hops: OpenHop[] = []
  const current = new Map<number, OpenHop>()
  for (const { n, where, event } of records) {
    const packet = event.packet.id
    let hop = current.get(packet)
    if (!hop || hop.where !== where || (event.at === 'netif_receive_skb' && hop.out !== null)) {
      hop = { where, packet, in: event.at === 'netif_receive_skb' ? event.device : event.packet.iif, out: null, records: [] }
      hops.push(hop)
      current.set(packet, hop)
    }
    if (event.at === 'dev_queue_xmit') hop.out = event.device
    hop.records.push(n)
  }
  return hops.map((hop, index) => ({ index, ...hop }))
}
