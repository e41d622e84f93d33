/** Timing: best of several runs for short pieces, median for long ones; one table for all. */

/** Milliseconds of one call. */
export function timeMs(work: () => unknown): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

/** Runs `work` `runs` times after one warm-up; returns the median in ms. */
export function medianMs(runs: number, work: () => unknown): number {
  work()
  const times = Array.from({ length: runs }, () => timeMs(work)).sort((a, b) => a - b)
  return times[Math.floor(times.length / 2)] ?? Number.NaN
}

/** The fastest of `runs` runs in ms, after one warm-up: for loops whose noise is only ever added. */
export function bestMs(runs: number, work: () => unknown): number {
  work()
  return Math.min(...Array.from({ length: runs }, () => timeMs(work)))
}

export interface Row {
  readonly what: string
  readonly ours: string
  readonly peer: string
  readonly bar: string
  /** Null: no bar, or its peer cannot run here. */
  readonly holds: boolean | null
}

/** Prints rows as they come, aligned for a terminal. */
export function printRow(row: Row): void {
  const verdict = row.holds === null ? '' : row.holds ? 'holds' : 'DOES NOT HOLD'
  console.log(`${row.what}\n    ours ${row.ours}   ${row.peer}   bar ${row.bar}   ${verdict}`)
}
