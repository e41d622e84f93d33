/**
 * A walk's records, made readable: several hundred kernel events become *moments* (one thing a person would point at,
 * with an icon and a place), and moments become *chapters* (one packet's journey: ARP, DNS query, SYN …). Pure.
 */
import type { Packet } from '../../engine/net/packet.ts'
import type { Topology } from '../../engine/simulation/topology.ts'
import type { TraceRecord } from '../../engine/simulation/trace.ts'
import { chapterName, isBroadcastCopy } from './packet-words.ts'
import { journeysOf, storyOf } from './story.ts'

export type StepIcon =
  | 'sent'
  | 'reply'
  | 'arp'
  | 'routed'
  | 'bridged'
  | 'rule'
  | 'rewritten'
  | 'conntrack'
  | 'wire'
  | 'wrapped'
  | 'unwrapped'
  | 'dropped'
  | 'unmodelled'
  | 'delivered'

/** One readable step. `n` is the record to show when the playhead is here; `first` and `last` are the outermost of its records. */
export interface Moment {
  readonly index: number
  readonly n: number
  readonly first: number
  readonly last: number
  /** `n` of all its records; between `first` and `last` there may be records of other packets. */
  readonly records: readonly number[]
  readonly icon: StepIcon
  /** Lane of the timeline: a namespace, or 'network/NAME' while on a segment. */
  readonly lane: string
  readonly where: string
  readonly packet: number
  /** It does not come from the walk's sender. */
  readonly reply: boolean
  /** Other packets that move at the same time: the copies of a flood. */
  readonly copies: readonly number[]
  readonly chapter: number
  readonly timeMs: number
}

/** One packet's journey with the ARP it waits for; or ARP that nobody waits for. */
export interface Chapter {
  readonly index: number
  readonly name: string
  readonly packet: number
  /** Indices of its first and last moment. */
  readonly first: number
  readonly last: number
  /** True for packets that do not come from the walk's sender. */
  readonly reply: boolean
}

export interface Frames {
  readonly moments: readonly Moment[]
  readonly chapters: readonly Chapter[]
  /** Record number of the first event of each packet, for asking who made it. */
  readonly origins: ReadonlyMap<number, string>
  /** Index of the moment that each record belongs to. */
  readonly momentOf: { readonly get: (n: number) => number | undefined }
  /** The records of each packet, in order. */
  readonly recordsOf: { readonly get: (packet: number) => readonly TraceRecord[] | undefined }
}

export const NO_FRAMES: Frames = { moments: [], chapters: [], origins: new Map(), momentOf: new Map(), recordsOf: new Map() }

interface Draft {
  records: TraceRecord[]
  /** Null while only events were seen that lead to another one. */
  icon: StepIcon | null
  key: TraceRecord
  lane: string
  hook: string | null
  copies: Set<number>
}

interface Context {
  readonly sender: string
  /** `${where} ${device}` → 'network/NAME' for every NIC. */
  readonly networks: ReadonlyMap<string, string>
}

/** Groups records into moments and chapters. `topology` says which devices are NICs on a segment. */
export function framesOf(records: readonly TraceRecord[], topology: Topology | null): Frames {
  const work = framesInPieces(records, topology)
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}

/** So many records are looked at in one piece of work: some milliseconds. */
const PIECE = 20_000

/** The same in pieces, for who must not hold up what else happens: 100,000 records take longer than a frame may. */
export function* framesInPieces(records: readonly TraceRecord[], topology: Topology | null): Generator<undefined, Frames> {
  const origins = new Map<number, string>()
  const journeys = journeysOf(records)
  yield
  for (const [packet, { records: own }] of journeys) origins.set(packet, own[0]?.where ?? '')
  const context: Context = { sender: records[0]?.where ?? '', networks: networksOf(topology) }
  const drafts: Draft[] = []
  const story = storyOf(records, journeys)
  for (const [index, record] of story.entries()) {
    if (index % PIECE === 0) yield
    const last = drafts.at(-1)
    if (last && isNextRule(last, record)) {
      last.records.push(record)
      last.key = record
    } else if (last && joins(last, record, context)) absorb(last, record, context)
    else {
      const draft: Draft = { records: [], icon: null, key: record, lane: record.where, hook: null, copies: new Set() }
      absorb(draft, record, context)
      drafts.push(draft)
    }
  }
  yield
  const recordsOf = { get: (packet: number) => journeys.get(packet)?.records }
  return { ...withChapters(drafts, origins, context.sender), recordsOf }
}

/** The index of the moment that holds record `n`; −1 before the first. */
export function momentAt(frames: Frames, n: number): number {
  return frames.momentOf.get(n) ?? -1
}

/** The moment shown, as far as it matters to what lies between two moments: past, in it, or still to come. */
export function nearMoments({ first, last }: { readonly first: number; readonly last: number }, shown: number): number {
  return Math.max(first - 1, Math.min(shown, last + 1))
}

/** Record number to show for a moment; −1 before the first, the last moment's beyond the end. */
export function frameOfMoment(frames: Frames, index: number): number {
  if (index < 0) return -1
  return frames.moments[Math.min(index, frames.moments.length - 1)]?.n ?? -1
}

/** One more rule that the same packet matches in the same hook: most of a long walk is this. */
function isNextRule(draft: Draft, { event, where }: TraceRecord): boolean {
  if (event.at !== 'ipt_rule' || draft.icon !== 'rule' || draft.hook !== event.hook) return false
  return event.packet === draft.key.event.packet && where === draft.key.where && draft.lane === where
}

function joins(draft: Draft, record: TraceRecord, context: Context): boolean {
  const { event, where } = record
  const packet = draft.key.event.packet
  if (isFloodCopy(draft, record)) return true
  if (event.packet.id !== packet.id) return false
  if (where !== draft.key.where || draft.lane.startsWith('network/') || wireOf(record, context)) return false
  if (isQuiet(record) || draft.icon === null) return true
  const icon = iconOf(record, context)
  if (icon === 'rule' || icon === 'conntrack') {
    const hook = hookOf(record)
    return (draft.icon === 'rule' || draft.icon === 'conntrack') && (hook === null || draft.hook === null || draft.hook === hook)
  }
  if (event.at === 'kfree_skb') return draft.icon === 'delivered'
  return icon === draft.icon && icon !== 'rewritten'
}

/** What a bridge or a switch made of one broadcast moves together, until one of the copies is answered. */
function isFloodCopy(draft: Draft, { event, where }: TraceRecord): boolean {
  const { packet } = draft.key.event
  if (!isBroadcastCopy(event.packet) || (event.packet.parent !== packet.id && event.packet.id !== packet.id)) return false
  if ((where === draft.key.where && event.packet.id === packet.id) || (event.at === 'neigh_resolve' && event.action !== 'known'))
    return false
  return draft.lane.startsWith('network/') || draft.records.some((one) => one.event.at === 'br_fdb' && one.event.decision === 'flood')
}

/** Events that lead to the next one or end the last: they take no mark of their own. */
function isQuiet({ event }: TraceRecord): boolean {
  if (event.at === 'neigh_resolve') return event.action === 'known'
  if (event.at === 'socket') return event.action === 'close'
  return event.at === 'ip_forward' || event.at === 'netif_receive_skb' || event.at === 'dev_queue_xmit'
}

function wireOf({ event, where }: TraceRecord, context: Context): string | null {
  return event.at === 'dev_queue_xmit' ? (context.networks.get(`${where} ${event.device}`) ?? null) : null
}

function hookOf({ event }: TraceRecord): string | null {
  return event.at === 'nf_hook' || event.at === 'ipt_rule' ? event.hook : null
}

function absorb(draft: Draft, record: TraceRecord, context: Context): void {
  draft.records.push(record)
  if (record.where !== draft.key.where || record.event.packet.id !== draft.key.event.packet.id) {
    draft.copies.add(record.event.packet.id)
    return
  }
  draft.hook = hookOf(record) ?? draft.hook
  const wire = wireOf(record, context)
  if (wire) {
    draft.icon = 'wire'
    draft.lane = wire
    draft.key = record
    return
  }
  if (isQuiet(record)) return
  const icon = iconOf(record, context)
  if (draft.icon === 'delivered' && icon === 'dropped') return
  if (draft.icon === 'rule' && (icon === 'conntrack' || record.event.at === 'nf_hook')) return
  draft.icon = icon
  draft.key = record
}

function iconOf({ event, where }: TraceRecord, context: Context): StepIcon {
  switch (event.at) {
    case 'netif_receive_skb':
    case 'br_fdb':
      return 'bridged'
    case 'nf_hook':
    case 'ct_lookup':
      return 'conntrack'
    case 'ipt_rule':
      return 'rule'
    case 'nat_manip':
      return 'rewritten'
    case 'ip_vs_schedule':
      return 'rule'
    case 'fib_lookup':
      return event.error === null ? 'routed' : 'dropped'
    case 'ip_forward':
      return 'routed'
    case 'neigh_resolve':
      return event.action === 'fail' ? 'dropped' : 'arp'
    case 'encap':
      return 'wrapped'
    case 'decap':
      return 'unwrapped'
    case 'dev_queue_xmit':
      return 'wire'
    case 'kfree_skb':
      return 'dropped'
    case 'unsupported':
      return 'unmodelled'
    case 'socket':
      if (event.action === 'send' || event.action === 'retransmit') return where === context.sender ? 'sent' : 'reply'
      return event.action === 'timeout' || event.action === 'error' || event.action === 'refused' ? 'dropped' : 'delivered'
  }
}

function withChapters(drafts: readonly Draft[], origins: ReadonlyMap<number, string>, sender: string): Omit<Frames, 'recordsOf'> {
  const isReply = ({ id, parent }: Packet) => (origins.get(parent ?? id) ?? origins.get(id)) !== sender
  const moments = drafts.map((draft, index) => momentOf(draft, index, isReply))
  const chapters: Chapter[] = []
  for (const moment of moments) {
    const packet = drafts[moment.index]?.key.event.packet
    const open = chapters.at(-1)
    const again = chapters.findLast((chapter) => chapter.packet === moment.packet)
    if (open && again) {
      // What stood between was told because this packet waited for it: it belongs to this packet's chapter.
      chapters.splice(again.index + 1)
      chapters[again.index] = { ...again, last: moment.index }
    } else if (open?.name === 'ARP' && packet?.network.kind === 'arp') chapters[open.index] = { ...open, last: moment.index }
    else if (packet) {
      const name = chapterName(packet, moment.reply)
      chapters.push({ index: chapters.length, name, packet: moment.packet, first: moment.index, last: moment.index, reply: moment.reply })
    }
  }
  const chapterAt = chapters.flatMap((chapter) => Array.from({ length: chapter.last - chapter.first + 1 }, () => chapter.index))
  const placed = moments.map((moment) => ({ ...moment, chapter: chapterAt[moment.index] ?? 0 }))
  return { moments: placed, chapters, origins, momentOf: indexOf(placed) }
}

/** Records are numbered without gaps. */
function indexOf(moments: readonly Moment[]): Frames['momentOf'] {
  const byRecord = new Int32Array(moments.reduce((count, { last }) => Math.max(count, last + 1), 0)).fill(-1)
  for (const { index, records } of moments) for (const n of records) byRecord[n] = index
  return {
    get: (n) => {
      const index = byRecord[n]
      return index === undefined || index < 0 ? undefined : index
    },
  }
}

function momentOf(draft: Draft, index: number, isReply: (packet: Packet) => boolean): Moment {
  const { packet } = draft.key.event
  const records: number[] = []
  let first = draft.key.n
  let last = draft.key.n
  for (const { n } of draft.records) {
    records.push(n)
    if (n < first) first = n
    if (n > last) last = n
  }
  return {
    index,
    n: draft.key.n,
    first,
    last,
    records,
    icon: draft.icon ?? (draft.key.event.at === 'dev_queue_xmit' ? 'wire' : 'bridged'),
    lane: draft.lane,
    where: draft.key.where,
    packet: packet.id,
    reply: isReply(packet),
    copies: [...draft.copies],
    chapter: 0,
    timeMs: draft.key.timeMs,
  }
}

function networksOf(topology: Topology | null): Map<string, string> {
  const networks = new Map<string, string>()
  for (const machine of topology?.machines ?? []) {
    for (const device of machine.devices)
      if (device.network !== null) networks.set(`${machine.ref} ${device.name}`, `network/${device.network}`)
  }
  return networks
}
