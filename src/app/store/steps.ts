/** The walk as a person reads it: chapters (one packet's journey) of steps, each with its place and its sentence. Pure. */
import type { TraceRecord } from '../../engine/simulation/trace.ts'
import type { Chapter, Frames, Moment } from './frames.ts'
import type { WalkState } from './state.ts'

/** 'pod/default/webapp-7d4b9c6f58-k2xvp' → 'webapp-k2xvp', as short as it is clear; other namespaces stay: 'shop/web'. */
export function placeName(where: string): string {
  const [kind = where, ...rest] = where.split('/')
  const name = rest.at(-1) ?? kind
  const short = kind === 'pod' ? name.replace(/-[bcdfghjklmnpqrstvwxz2456789]{6,10}(-[bcdfghjklmnpqrstvwxz2456789]{5})$/, '$1') : name
  return rest.length === 2 && rest[0] !== 'default' ? `${rest[0]}/${short}` : short
}

/** Where inside a machine an event happens: a device, or a table at a hook. */
export function placeInside({ event }: TraceRecord): string {
  switch (event.at) {
    case 'netif_receive_skb':
    case 'dev_queue_xmit':
    case 'neigh_resolve':
    case 'encap':
    case 'decap':
      return event.device
    case 'br_fdb':
      return event.bridge
    case 'nf_hook':
    case 'ipt_rule':
      return `${event.table} ${event.hook}`
    case 'nat_manip':
      return event.rule
        ? `nat ${event.rule.chain.startsWith('KUBE') ? (event.manip === 'destination' ? 'PREROUTING' : 'POSTROUTING') : event.rule.chain}`
        : 'conntrack'
    case 'ct_lookup':
      return 'conntrack'
    case 'ip_vs_schedule':
      return 'ipvs'
    case 'fib_lookup':
      return 'routing'
    case 'ip_forward':
      return 'forward'
    case 'socket':
      return 'socket'
    case 'kfree_skb':
      return event.by?.rule ? `${event.by.rule.table} ${event.by.rule.chain}` : event.reason
    case 'unsupported':
      return 'not modelled'
  }
}

/** What several chapters are about together: looking up the name, connecting … */
export interface Phase {
  readonly name: string
  readonly chapters: readonly Chapter[]
}

/** Chapters whose purpose their own name does not tell (ARP, ACK) belong to the phase around them. */
export function phasesOf(chapters: readonly Chapter[]): readonly Phase[] {
  const phases: { name: string; chapters: Chapter[] }[] = []
  for (const chapter of chapters) {
    const purpose = purposeOf(chapter.name)
    const last = phases.at(-1)
    if (last && (purpose === null || last.name === purpose)) last.chapters.push(chapter)
    else if (last && last.name === '') {
      last.name = purpose ?? ''
      last.chapters.push(chapter)
    } else phases.push({ name: purpose ?? '', chapters: [chapter] })
  }
  return phases.map((phase) => ({ name: phase.name || 'Neighbours', chapters: phase.chapters }))
}

const PURPOSES: readonly (readonly [RegExp, string])[] = [
  [/^DNS/, 'Name resolution'],
  [/^(SYN|INIT|COOKIE)/, 'Connection'],
  [/^(request|reply|DATA|SACK)$/, 'Request and reply'],
  [/^(question|answer)$/, 'Question and answer'],
  [/^(FIN|SHUTDOWN)/, 'Close'],
  [/^(ping|pong)$/, 'Ping'],
  [/^(ARP|ACK)$/, ''],
]

function purposeOf(chapter: string): string | null {
  const known = PURPOSES.find(([pattern]) => pattern.test(chapter))
  return known ? known[1] || null : chapter
}

/** A sentence for a step: of the record that stands for it. */
export function stepSentence(walk: WalkState, moment: Moment): string {
  return walk.sentences[moment.n] ?? ''
}

/** The record that ended the walk badly: the first drop at the place that `outcome.by` names, else the last drop, else the last record. */
export function decidingRecord({ outcome, records }: Pick<WalkState, 'outcome' | 'records'>): TraceRecord | null {
  if (outcome === null || outcome.outcome === 'delivered') return null
  const drops = records.filter(isEnd)
  const named = outcome.by === null ? undefined : drops.find((record) => record.where === outcome.by?.where)
  return named ?? drops.at(-1) ?? records.findLast(({ event }) => event.at === 'socket') ?? records.at(-1) ?? null
}

/** The chapter and the number in it of the moment that is shown. */
export function positionOf(frames: Frames, shown: number): { readonly chapter: string; readonly step: number; readonly of: number } | null {
  const moment = frames.moments[shown]
  const chapter = moment && frames.chapters[moment.chapter]
  return moment && chapter ? { chapter: chapter.name, step: moment.index - chapter.first + 1, of: chapter.last - chapter.first + 1 } : null
}

/** Frames for others on the wire are thrown away all the time; that ends no walk. */
function isEnd({ event }: TraceRecord): boolean {
  return event.at === 'unsupported' || (event.at === 'kfree_skb' && event.reason !== 'OTHERHOST')
}
