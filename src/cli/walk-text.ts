/** A walk as text: what happened, in order, under the place and packet it happened to. */
import type { NarratorContext } from '../engine/narrator/context.ts'
import { narrate } from '../engine/narrator/narrate.ts'
import { summarize } from '../engine/narrator/summary.ts'
import { type Why, whyText } from '../engine/narrator/why.ts'
import type { Hop, Trace, TraceRecord, WalkOutcome } from '../engine/simulation/trace.ts'

/** Title, why it failed where it did, every event with its sentence, and the outcome. */
export function walkText(trace: Trace, context: NarratorContext, why: Why | null): string {
  const hopOf = new Map<number, Hop>(trace.hops.flatMap((hop) => hop.records.map((n) => [n, hop] as const)))
  const lines: string[] = [titleText(trace.outcome), ...(why === null ? [] : [whyText(why)]), '']
  let current: Hop | undefined
  for (const record of trace.records) {
    const hop = hopOf.get(record.n)
    if (hop !== current && hop !== undefined) lines.push(placeText(hop))
    current = hop
    lines.push(eventText(record, context))
  }
  lines.push('', ...outcomeLines(trace.outcome, context))
  return `${lines.join('\n')}\n`
}

function titleText({ walk, from, to }: WalkOutcome): string {
  const ends = `${from} → ${to}`
  return walk === ends ? ends : `${walk}: ${ends}`
}

function placeText({ where, packet, in: from, out }: Hop): string {
  const through = [from === null ? '' : `in ${from}`, out === null ? '' : `out ${out}`].filter((part) => part !== '').join(', ')
  return `${where}  packet ${packet}${through === '' ? '' : `  ${through}`}`
}

function eventText(record: TraceRecord, context: NarratorContext): string {
  return `  ${String(record.n).padStart(4)}  ${record.event.at.padEnd(17)} ${narrate(record, context)}`
}

/** "delivered: …" and what the other end saw; the kernel's word in brackets. */
export function outcomeLines(outcome: WalkOutcome, context: NarratorContext): readonly string[] {
  const { sentence, chip } = summarize(outcome, context)
  const facts = [
    ['by', outcome.by === null ? null : outcome.by.rule === null ? outcome.by.where : `${outcome.by.where}: ${outcome.by.rule}`],
    ['server', outcome.server],
    ['seen from', outcome.seenFrom],
    ['answered from', outcome.answeredFrom],
    ['status', outcome.status],
  ].flatMap(([name, value]) => (value === null ? [] : [`  ${name}: ${value}`]))
  const notes = (outcome.remarks ?? []).map((one) => `  note: ${one.sentence}${one.line === null ? '' : ` [line ${one.line}]`}`)
  return [`${outcome.outcome}: ${sentence}${chip === null ? '' : ` [${chip}]`}`, ...facts, ...notes]
}
