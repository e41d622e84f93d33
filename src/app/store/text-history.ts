/** One undo history for typing and drawing: every change of the text goes through `edit`, and its inverse is kept here. Pure. */
import type { TextChange } from '../../engine/kubernetes/diagnostic.ts'
import type { Arrangement } from './arrangement.ts'

/** What takes a text back (or forward) by one step, and where the cursor belongs. */
export interface HistoryEntry {
  readonly changes: readonly TextChange[]
  /** Typing joins with typing; a gesture stands alone. */
  readonly typed: boolean
  /** A step that changed no text, but how the picture is arranged: as it was. */
  readonly arrangement?: Arrangement
}

export interface History {
  readonly past: readonly HistoryEntry[]
  readonly future: readonly HistoryEntry[]
}

export const NO_HISTORY: History = { past: [], future: [] }

/** Steps that are kept. */
const MOST = 1000

/** The changes that take back `changes`, which were made on `before`: ascending, not overlapping, like them. */
export function invert(before: string, changes: readonly TextChange[]): readonly TextChange[] {
  let shift = 0
  return changes.map(({ from, to, insert }) => {
    const start = from + shift
    shift += insert.length - (to - from)
    return { from: start, to: start + insert.length, insert: before.slice(from, to) }
  })
}

/** Adds a step. One more character typed right behind the last one belongs to the same step, up to the end of a word or line. */
export function remember(history: History, before: string, changes: readonly TextChange[], typed: boolean): History {
  const entry: HistoryEntry = { changes: invert(before, changes), typed }
  const last = history.past.at(-1)
  const joined = last && typed && last.typed && history.future.length === 0 ? join(last, entry, before) : null
  const past = joined ? [...history.past.slice(0, -1), joined] : [...history.past, entry]
  return { past: past.slice(-MOST), future: [] }
}

/** Adds a step that changes no text. */
export function rememberArrangement(history: History, arrangement: Arrangement): History {
  return { past: [...history.past, { changes: [], typed: false, arrangement }].slice(-MOST), future: [] }
}

/** Null when the two stand apart. Both take away what was typed, or both bring back what was erased. */
function join(last: HistoryEntry, next: HistoryEntry, between: string): HistoryEntry | null {
  const [a, b] = [last.changes[0], next.changes[0]]
  if (!a || !b || last.changes.length !== 1 || next.changes.length !== 1) return null
  if (a.from === a.to && b.from === b.to) return joinErased(a, b)
  if (a.insert !== '' || b.insert !== '' || a.to !== b.from) return null
  if (/\s$/.test(between.slice(a.from, a.to))) return null
  return { changes: [{ from: a.from, to: b.to, insert: '' }], typed: true }
}

/** Backspace erases leftwards, Delete stays where it is; a line end begins a new step. */
function joinErased(a: TextChange, b: TextChange): HistoryEntry | null {
  if (b.insert.includes('\n')) return null
  const insert = b.from + b.insert.length === a.from ? b.insert + a.insert : b.from === a.from ? a.insert + b.insert : null
  return insert === null ? null : { changes: [{ from: b.from, to: b.from, insert }], typed: true }
}

/** One step back or forward: what to do, and the history after it. */
export interface Step {
  readonly changes: readonly TextChange[]
  readonly arrangement?: Arrangement
  readonly history: History
}

/** What is there now, for the way back. */
export interface Now {
  readonly text: string
  readonly arrangement: Arrangement
}

/** One step back: the changes to make on the text, and the history after them. Null at the beginning. */
export function undo(history: History, now: Now): Step | null {
  const entry = history.past.at(-1)
  return entry ? { ...entry, history: { past: history.past.slice(0, -1), future: [...history.future, inverse(entry, now)] } } : null
}

/** One step forward again. Null when nothing was undone. */
export function redo(history: History, now: Now): Step | null {
  const entry = history.future.at(-1)
  return entry ? { ...entry, history: { past: [...history.past, inverse(entry, now)], future: history.future.slice(0, -1) } } : null
}

function inverse({ changes, arrangement }: HistoryEntry, now: Now): HistoryEntry {
  return arrangement ? { changes: [], typed: false, arrangement: now.arrangement } : { changes: invert(now.text, changes), typed: false }
}
