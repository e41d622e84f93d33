/** One walk in two worlds: its steps aligned, and where the two first part. Pure. */

import type { TraceEvent } from '../linux/trace-event.ts'
import type { Packet } from '../net/packet.ts'
import type { Trace, TraceRecord, WalkOutcome } from './trace.ts'

/** One step of both walks, or a step of one beside what the other did instead, or nothing. Numbers of records. */
export interface ComparedRow {
  readonly a: number | null
  readonly b: number | null
  /** Both did the same. */
  readonly same: boolean
}

export interface Comparison {
  /** In the order in which packets were sent, each packet's way whole. */
  readonly rows: readonly ComparedRow[]
  /** Index of the first row in which the two differ; null where every step is the same. */
  readonly first: number | null
  /** The steps are the same, and so is what the sender experienced. */
  readonly same: boolean
  /** Steps of the longer walk that were not looked at. */
  readonly unread: number
}

/** Steps of each walk that are aligned: the table of the alignment grows with their product. */
const MOST_STEPS = 2000

/**
 * Aligns two walks by the longest common subsequence of what their steps mean: the place, the kernel's function and what it decided.
 * Addresses, ports that were drawn, hashes in the names of chains and devices, and which of a workload's pods it was do not count.
 */
export function compareWalks(a: Trace, b: Trace): Comparison {
  const left = stepsOf(a)
  const right = stepsOf(b)
  const keys = new Map<string, number>()
  const number = (step: TraceRecord): number => {
    const key = meaningOf(step)
    const known = keys.get(key) ?? keys.size
    keys.set(key, known)
    return known
  }
  const both = { a: left.slice(0, MOST_STEPS).map(number), b: right.slice(0, MOST_STEPS).map(number) }
  const rows = rowsOf(align(both.a, both.b), both).map(({ a: i, b: j, same }) => ({
    a: i === null ? null : (left[i]?.n ?? null),
    b: j === null ? null : (right[j]?.n ?? null),
    same,
  }))
  const first = rows.findIndex((row) => !row.same)
  const unread = Math.max(0, Math.max(left.length, right.length) - MOST_STEPS)
  return { rows, first: first < 0 ? null : first, same: first < 0 && unread === 0 && sameEnd(a.outcome, b.outcome), unread }
}

/** Records in the order of the packets they are about. */
function stepsOf({ records }: Trace): readonly TraceRecord[] {
  const ofPacket = new Map<number, TraceRecord[]>()
  for (const record of records) {
    const own = ofPacket.get(record.event.packet.id)
    if (own) own.push(record)
    else ofPacket.set(record.event.packet.id, [record])
  }
  return [...ofPacket.values()].flat()
}

/** What the sender learns; who of several replicas answered does not count. */
function sameEnd(a: WalkOutcome, b: WalkOutcome): boolean {
  return (
    a.outcome === b.outcome &&
    a.reason === b.reason &&
    a.status === b.status &&
    a.masqueraded === b.masqueraded &&
    withoutGeneration(a.server ?? '') === withoutGeneration(b.server ?? '')
  )
}

/** 'pod/default/web-7d4b9c6f58-k2xvp' → 'pod/default/web': the letters are those of k8s.io/apimachinery/pkg/util/rand. */
function withoutGeneration(name: string): string {
  return name.replace(/-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}(?=$|:)/, '')
}

/** 'vethd77f30b2' → 'veth', 'KUBE-SEP-XZJV…' → 'KUBE-SEP'. */
function withoutHash(name: string): string {
  return name.replace(/^veth[0-9a-f]{8}$/, 'veth').replace(/\b(KUBE-[A-Z-]+?)-[A-Z2-7]{16}\b/g, '$1')
}

function meaningOf({ where, event }: TraceRecord): string {
  return [withoutGeneration(where), packetKind(event.packet), event.at, ...decisionOf(event)].join(' ')
}

function packetKind({ network, transport, parent }: Packet): string {
  if (network.kind === 'arp') return `arp ${network.operation}`
  if (transport === null) return `ip ${network.protocol}`
  if (transport.kind === 'icmp') return `icmp ${transport.type} ${transport.code}${parent === null ? '' : ' of'}`
  const port = transport.destinationPort < FIRST_DRAWN_PORT ? transport.destinationPort : ''
  if (transport.kind !== 'tcp') return `${transport.kind} ${port}`
  const { syn, ack, fin, rst, psh } = transport.flags
  return `tcp ${port} ${Number(syn)}${Number(ack)}${Number(fin)}${Number(rst)}${Number(psh)}`
}

/** Node ports and ports that kernels draw for clients lie above. */
const FIRST_DRAWN_PORT = 30_000

/** What was decided at a step. */
function decisionOf(event: TraceEvent): readonly (string | number | boolean | null)[] {
  switch (event.at) {
    case 'netif_receive_skb':
    case 'dev_queue_xmit':
    case 'encap':
    case 'decap':
      return [withoutHash(event.device)]
    case 'br_fdb':
      return [event.bridge, event.decision]
    case 'nf_hook':
      return [event.hook, event.table]
    case 'ipt_rule':
      return [event.hook, event.table, withoutHash(event.chain), verdictWords(event.verdict)]
    case 'fib_lookup':
      return event.result === null
        ? [event.error]
        : [event.result.route.type, event.result.route.destination.prefixLength, withoutHash(event.result.device)]
    case 'neigh_resolve':
      return [withoutHash(event.device), event.action]
    case 'ct_lookup':
      return [event.state, event.direction]
    case 'nat_manip':
      return [event.manip, event.reply]
    case 'ip_vs_schedule':
      return [event.how, event.server?.method ?? null]
    case 'ip_forward':
      return []
    case 'socket':
      return [event.action]
    case 'kfree_skb':
      return [event.reason, event.by?.kind ?? null]
    case 'unsupported':
      return [event.what]
  }
}

/** 'jump KUBE-SEP-XZJV…' → 'jump KUBE-SEP', 'DNAT 10.244.1.2:80' → 'DNAT'. */
function verdictWords(verdict: string): string {
  return /^(jump|goto) /.test(verdict) ? withoutHash(verdict) : verdict.replace(/ .*$/, '')
}

type Aligned = readonly (readonly [number, number])[]

/** The longest common subsequence, as pairs of indices. What both begin and end with is taken first: most walks differ in the middle only. */
function align(a: readonly number[], b: readonly number[]): Aligned {
  let from = 0
  while (from < a.length && from < b.length && a[from] === b[from]) from++
  let end = 0
  while (end < a.length - from && end < b.length - from && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const middle = longest(a.slice(from, a.length - end), b.slice(from, b.length - end))
  return [
    ...Array.from({ length: from }, (_, i) => [i, i] as const),
    ...middle.map(([i, j]) => [i + from, j + from] as const),
    ...Array.from({ length: end }, (_, i) => [a.length - end + i, b.length - end + i] as const),
  ]
}

function longest(a: readonly number[], b: readonly number[]): Aligned {
  const width = b.length + 1
  const lengths = new Uint16Array((a.length + 1) * width)
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const pairs: [number, number][] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++])
    else if (at(i + 1, j) >= at(i, j + 1)) i++
    else j++
  }
  return pairs
}

/** The pairs, and between them what only one of the two did, beside what the other did instead. */
function rowsOf(pairs: Aligned, { a, b }: { readonly a: readonly number[]; readonly b: readonly number[] }): ComparedRow[] {
  const rows: ComparedRow[] = []
  let [i, j] = [0, 0]
  for (const [nextI, nextJ] of [...pairs, [a.length, b.length] as const]) {
    for (; i < nextI || j < nextJ; ) rows.push({ a: i < nextI ? i++ : null, b: j < nextJ ? j++ : null, same: false })
    if (i < a.length && j < b.length) rows.push({ a: i++, b: j++, same: true })
  }
  return rows
}
