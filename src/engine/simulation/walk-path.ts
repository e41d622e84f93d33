/** The way of a walk as places: where its packets went, and by which places the answer came back. */
import type { Hop, Trace } from './trace.ts'

export interface WalkPath {
  /** From the sender to who accepted, or to where the packet died. */
  readonly path: readonly string[]
  /** From there back to the sender; empty when no answer arrived. */
  readonly returnPath: readonly string[]
}

const NOWHERE: WalkPath = { path: [], returnPath: [] }

/** Reads the ways there and back off a trace: those of the packet that opened the connection and of the first answer to it. */
export function walkPath(trace: Trace): WalkPath {
  const sender = trace.records[0]?.where
  const ways = waysOf(trace)
  const there = ways.find((way) => way.places[0] === sender && isOpening(trace, way))
  if (sender === undefined || there === undefined) return NOWHERE
  const end = there.places.at(-1)
  const since = ways.indexOf(there)
  const back = ways.find((way, i) => i > since && way.places[0] === end && way.places.at(-1) === sender && way.kind !== 'arp')
  return { path: there.places, returnPath: back?.places ?? [] }
}

interface Way {
  readonly packet: number
  readonly kind: 'arp' | 'icmp' | 'tcp' | 'udp' | 'sctp' | 'other'
  /** Of the packet as it was seen last. */
  readonly port: number | null
  readonly places: readonly string[]
}

/** One way for each packet, in the order in which they were sent. */
function waysOf(trace: Trace): Way[] {
  const hops = new Map<number, Hop[]>()
  for (const hop of trace.hops) hops.set(hop.packet, [...(hops.get(hop.packet) ?? []), hop])
  return [...hops].map(([packet, own]) => {
    const last = trace.records[own.at(-1)?.records.at(-1) ?? -1]?.event.packet
    const transport = last?.transport ?? null
    const places = own.map((hop) => hop.where).filter((where, i, all) => where !== all[i - 1])
    const port = transport === null || transport.kind === 'icmp' ? null : transport.destinationPort
    return { packet, kind: last?.network.kind === 'arp' ? 'arp' : (transport?.kind ?? 'other'), port, places }
  })
}

/** Is it the packet that the walk is about? Questions to DNS come before it, unless they are all there is. */
function isOpening(trace: Trace, way: Way): boolean {
  const { server, by, to, outcome } = trace.outcome
  if (way.kind === 'arp') return false
  if (server !== null) {
    const port = /:(\d+)$/.exec(server)?.[1]
    return port === undefined ? way.places.at(-1) === server : way.port === Number(port)
  }
  if (by !== null && way.places.includes(by.where)) return true
  return by === null && (way.port !== 53 || outcome === 'unresolved' || /^dns |:53\b/.test(to))
}
