/** Two walks side by side in words: each step's sentence, and how each ended. */
import { type Comparison, compareWalks } from '../simulation/compare.ts'
import type { Trace, WalkOutcome } from '../simulation/trace.ts'
import type { NarratorContext } from './context.ts'
import { narrate } from './narrate.ts'
import { packetWords } from './packet-words.ts'
import { summarize } from './summary.ts'

export interface ToldStep {
  /** Number of its record. */
  readonly n: number
  /** 'pod/default/web-1', 'node/worker-1'. */
  readonly where: string
  /** The packet in a word or two. */
  readonly packet: string
  readonly sentence: string
}

export interface ToldRow {
  readonly a: ToldStep | null
  readonly b: ToldStep | null
  readonly same: boolean
}

export interface ToldEnd {
  readonly outcome: WalkOutcome
  /** One sentence: what happened and why. */
  readonly summary: string
}

export interface ToldComparison extends Omit<Comparison, 'rows'> {
  readonly rows: readonly ToldRow[]
  readonly a: ToldEnd
  readonly b: ToldEnd
}

interface Side {
  readonly trace: Trace
  readonly context: NarratorContext
}

/** Compares two walks and tells each step in the words of its own world. */
export function tellComparison(a: Side, b: Side): ToldComparison {
  const { rows, ...comparison } = compareWalks(a.trace, b.trace)
  return {
    ...comparison,
    rows: rows.map((row) => ({ a: stepOf(a, row.a), b: stepOf(b, row.b), same: row.same })),
    a: endOf(a),
    b: endOf(b),
  }
}

function stepOf({ trace, context }: Side, n: number | null): ToldStep | null {
  const record = n === null ? undefined : trace.records[n]
  if (record === undefined) return null
  return { n: record.n, where: record.where, packet: packetWords(record.event.packet), sentence: narrate(record, context) }
}

function endOf({ trace, context }: Side): ToldEnd {
  return { outcome: trace.outcome, summary: summarize(trace.outcome, context).sentence }
}
