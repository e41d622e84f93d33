/** Lines typed in a terminal at a moment of a walk. */
import { stateAt } from '../engine/simulation/replay.ts'
import { typeAt } from '../engine/simulation/terminal.ts'
import { captureWhileWalking, tcpdumpWords } from '../engine/simulation/terminal-capture.ts'
import type { TraceRecord } from '../engine/simulation/trace.ts'
import type { Walked } from './answers.ts'
import type { AnswerTo, Questions } from './messages.ts'
import { optionsOf } from './walk-options.ts'

/** What a line prints and changes; of tcpdump, what it will show of the whole walk. */
export function terminalAnswer(
  { n, where, line }: Questions['terminal']['ask'],
  walk: Walked,
): AnswerTo<'terminal'> | { readonly problem: string } {
  const { scenario, request, records } = walk
  const options = optionsOf(walk)
  const argv = tcpdumpWords(line)
  if (argv !== null) return captureWhileWalking(stateAt(scenario, request, -1, options), { on: where, argv }, records)
  return typeAt(scenario, { request, n, options, timeMs: timeOf(records, n), on: where, line })
}

function timeOf(records: readonly TraceRecord[], n: number): number {
  return n < 0 ? 0 : (records[Math.min(n, records.length - 1)]?.timeMs ?? 0)
}
