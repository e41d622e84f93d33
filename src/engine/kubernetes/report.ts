/** Where diagnostics are collected while a text is read: offsets become lines and columns, and the number is bounded. */
import type { Diagnostic, TextChange, TextRange } from './diagnostic.ts'

/** A stretch of the text, UTF-16 offsets. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** One problem before its place is turned into lines and columns. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly at: Span
  readonly fix?: { readonly title: string; readonly changes: readonly TextChange[] }
}

export interface Report {
  readonly text: string
  readonly diagnostics: readonly Diagnostic[]
  /** Errors that keep the cluster from being built (those of walks, scripts and lessons do not). */
  readonly fatal: boolean
  rangeOf(span: Span): TextRange
  error(problem: Problem): void
  /** An error in something that is not part of the cluster. */
  stepError(problem: Problem): void
  warning(problem: Problem): void
  info(problem: Problem): void
}

/** So many characters of a message at most: a name that it quotes may be a megabyte long. */
const LONGEST_MESSAGE = 400

/** A message on one line, what it quotes included, with its middle left out where it is too long to be read. */
function readable(text: string): string {
  const message = text.replace(/\s*[\r\n\u0085\u2028\u2029]+\s*/g, ' ')
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 100)} … ${message.slice(-100)}`
}

/** So many diagnostics at most: a text that is no YAML at all would make one for each of its lines. */
const MOST_DIAGNOSTICS = 500

/** Offsets at which lines start. Only \n ends a line, so that \r\n counts once. */
function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** Index of the last start ≤ offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

/** A report on `text`; everything it says lies inside the text. */
export function createReport(text: string): Report {
  const starts = lineStarts(text)
  const diagnostics: Diagnostic[] = []
  let fatal = false
  const rangeOf = (span: Span): TextRange => {
    const from = Math.max(0, Math.min(span.from, text.length))
    const to = Math.max(from, Math.min(span.to, text.length))
    const first = lineAt(starts, from)
    const last = lineAt(starts, to)
    return {
      from,
      to,
      line: first + 1,
      column: from - (starts[first] ?? 0) + 1,
      endLine: last + 1,
      endColumn: to - (starts[last] ?? 0) + 1,
    }
  }
  const said = new Set<string>()
  const add = (severity: Diagnostic['severity'], problem: Problem): void => {
    const key = `${problem.at.from} ${problem.at.to} ${problem.message}`
    if (said.has(key)) return
    said.add(key)
    if (diagnostics.length > MOST_DIAGNOSTICS) return
    const { code, message, at, fix } =
      diagnostics.length === MOST_DIAGNOSTICS
        ? {
            ...problem,
            code: 'too-many-problems',
            message: `More than ${MOST_DIAGNOSTICS} problems: the rest is not shown.`,
            fix: undefined,
          }
        : problem
    diagnostics.push({ code, severity, message: readable(message), range: rangeOf(at), ...(fix ? { fix } : {}) })
  }
  return {
    text,
    diagnostics,
    get fatal() {
      return fatal
    },
    rangeOf,
    error(problem) {
      fatal = true
      add('error', problem)
    },
    stepError: (problem) => add('error', problem),
    warning: (problem) => add('warning', problem),
    info: (problem) => add('info', problem),
  }
}
