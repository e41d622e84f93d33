/** Where playing halts: breakpoints on places and rules, watchpoints on what changes. Pure. */
import type { Packet } from '../../engine/net/packet.ts'
import type { TraceRecord } from '../../engine/simulation/trace.ts'
import { layersOf } from './layers.ts'
import { placeName } from './steps.ts'

/** Fields that can be watched, as the packet's layers name them. */
export type WatchedField = 'source' | 'destination' | 'ports' | 'ttl' | 'mark'

/** `where`: a namespace. Rules count from 1, as `iptables -L --line-numbers` does. */
export type Stop =
  | { readonly kind: 'rewrite' | 'drop' | 'wrap' | 'machine' }
  | { readonly kind: 'field'; readonly field: WatchedField }
  | { readonly kind: 'namespace'; readonly where: string }
  | { readonly kind: 'device'; readonly where: string; readonly device: string }
  | { readonly kind: 'hook'; readonly where: string; readonly hook: string }
  | { readonly kind: 'chain'; readonly where: string; readonly table: string; readonly chain: string }
  | { readonly kind: 'rule'; readonly where: string; readonly table: string; readonly chain: string; readonly index: number }
  | { readonly kind: 'event'; readonly where: string; readonly at: string }

/** The stops that are always offered: they need no place. */
export const WATCHES: readonly Stop[] = [
  { kind: 'rewrite' },
  { kind: 'drop' },
  { kind: 'wrap' },
  { kind: 'machine' },
  { kind: 'field', field: 'source' },
  { kind: 'field', field: 'destination' },
  { kind: 'field', field: 'ports' },
  { kind: 'field', field: 'ttl' },
  { kind: 'field', field: 'mark' },
]

/** A stop as one word of a link; `stopOf` reads it. No part of a stop can hold a bar. */
export function stopKey(stop: Stop): string {
  switch (stop.kind) {
    case 'field':
      return `field|${stop.field}`
    case 'namespace':
      return `namespace|${stop.where}`
    case 'device':
      return `device|${stop.where}|${stop.device}`
    case 'hook':
      return `hook|${stop.where}|${stop.hook}`
    case 'chain':
      return `chain|${stop.where}|${stop.table}|${stop.chain}`
    case 'rule':
      return `rule|${stop.where}|${stop.table}|${stop.chain}|${stop.index}`
    case 'event':
      return `event|${stop.where}|${stop.at}`
    default:
      return stop.kind
  }
}

/** The stop that a key names; null for one that this version does not know. */
export function stopOf(key: string): Stop | null {
  const [kind, where = '', second = '', third = '', fourth = ''] = key.split('|')
  const watch = WATCHES.find((one) => stopKey(one) === key)
  if (watch) return watch
  if (where === '') return null
  if (kind === 'namespace') return { kind, where }
  if (second === '') return null
  if (kind === 'device') return { kind, where, device: second }
  if (kind === 'hook') return { kind, where, hook: second }
  if (kind === 'event') return { kind, where, at: second }
  if (third === '') return null
  if (kind === 'chain') return { kind, where, table: second, chain: third }
  const index = Number.parseInt(fourth, 10)
  return kind === 'rule' && index > 0 ? { kind, where, table: second, chain: third, index } : null
}

const FIELD_WORDS: Readonly<Record<WatchedField, string>> = {
  source: 'the source changes',
  destination: 'the destination changes',
  ports: 'a port changes',
  ttl: 'the ttl changes',
  mark: 'the mark changes',
}

/** What a stop waits for, in words: "next NAT", "KUBE-SERVICES rule 4 on worker-1". */
export function stopWords(stop: Stop): string {
  switch (stop.kind) {
    case 'rewrite':
      return 'next NAT'
    case 'drop':
      return 'any drop'
    case 'wrap':
      return 'encapsulation'
    case 'machine':
      return 'next machine'
    case 'field':
      return FIELD_WORDS[stop.field]
    case 'namespace':
      return `arrival at ${placeName(stop.where)}`
    case 'device':
      return `${stop.device} on ${placeName(stop.where)}`
    case 'hook':
      return `${stop.hook} on ${placeName(stop.where)}`
    case 'chain':
      return `${stop.table} ${stop.chain} on ${placeName(stop.where)}`
    case 'rule':
      return `${stop.chain} rule ${stop.index} on ${placeName(stop.where)}`
    case 'event':
      return `${stop.at} on ${placeName(stop.where)}`
  }
}

export interface Hit {
  /** The record at which playing halts. */
  readonly n: number
  readonly stop: Stop
}

/** The records at which these stops halt, in the order of the walk; one hit a record. */
export function hitsOf(stops: readonly Stop[], records: readonly TraceRecord[]): readonly Hit[] {
  if (stops.length === 0) return []
  const last = new Map<number, TraceRecord>()
  const hits: Hit[] = []
  for (const record of records) {
    const before = last.get(record.event.packet.id) ?? null
    const stop = stops.find((one) => halts(one, record, before))
    if (stop) hits.push({ n: record.n, stop })
    last.set(record.event.packet.id, record)
  }
  return hits
}

/** `before`: the packet's last record. */
function halts(stop: Stop, record: TraceRecord, before: TraceRecord | null): boolean {
  const { event, where } = record
  if ('where' in stop && stop.where !== where) return false
  switch (stop.kind) {
    case 'rewrite':
      return event.at === 'nat_manip'
    case 'drop':
      return (event.at === 'kfree_skb' && event.reason !== 'OTHERHOST') || event.at === 'unsupported'
    case 'wrap':
      return event.at === 'encap'
    case 'machine':
      return before !== null && before.where !== where
    case 'field':
      return fieldChanges(stop.field, event.packet, 'before' in event ? event.before : (before?.event.packet ?? null))
    case 'namespace':
      return before?.where !== where
    case 'device':
      return 'device' in event ? event.device === stop.device : event.at === 'br_fdb' && event.bridge === stop.device
    case 'hook':
      return event.at === 'nf_hook' ? event.hook === stop.hook : enters(event, before, stop.hook)
    case 'chain':
      return event.at === 'ipt_rule'
        ? event.table === stop.table && /^(?:jump|goto) (.+)$/.exec(event.verdict)?.[1] === stop.chain
        : event.at === 'nf_hook' && event.table === stop.table && event.hook === stop.chain
    case 'rule':
      return event.at === 'ipt_rule' && event.table === stop.table && event.chain === stop.chain && event.rule?.index === stop.index
    case 'event':
      return event.at === stop.at
  }
}

/** A hook whose tables say nothing is seen by the packet's first record in it. */
function enters(event: TraceRecord['event'], before: TraceRecord | null, hook: string): boolean {
  if (event.at !== 'ipt_rule' || event.hook !== hook) return false
  const last = before?.event
  return !(last && (last.at === 'nf_hook' || last.at === 'ipt_rule') && last.hook === hook)
}

function fieldChanges(field: WatchedField, packet: Packet, before: Packet | null): boolean {
  if (before === null || before === packet) return false
  if (field === 'mark') return packet.mark !== before.mark
  // Wrapping adds a header; it changes no field of the packet inside.
  return layersOf(packet, before).some(
    ({ title, fields }) => title !== 'Ethernet' && fields.some((one) => one.name === field && one.before !== null),
  )
}

/** The stop that "stop here" sets at a record: as narrow as what happens there. */
export function stopAtRecord({ event, where }: TraceRecord): Stop {
  switch (event.at) {
    case 'ipt_rule':
      return event.rule
        ? { kind: 'rule', where, table: event.table, chain: event.chain, index: event.rule.index }
        : { kind: 'chain', where, table: event.table, chain: event.chain }
    case 'nf_hook':
      return { kind: 'hook', where, hook: event.hook }
    case 'netif_receive_skb':
    case 'dev_queue_xmit':
    case 'encap':
    case 'decap':
      return { kind: 'device', where, device: event.device }
    case 'br_fdb':
      return { kind: 'device', where, device: event.bridge }
    default:
      return { kind: 'event', where, at: event.at }
  }
}

/** Adds a stop to a list, or takes it out. */
export function toggled(stops: readonly Stop[], stop: Stop): readonly Stop[] {
  const key = stopKey(stop)
  const others = stops.filter((one) => stopKey(one) !== key)
  return others.length < stops.length ? others : [...stops, stop]
}
