/** Another Walk of a scenario, taken for being shown beside one. */
import { walk } from '../engine/simulation/walk.ts'
import type { Walked } from './answers.ts'
import type { Questions, WalkAlongside } from './messages.ts'
import { optionsOf } from './walk-options.ts'

/** Of a longer walk, the page would be busy for longer than anybody wants to wait for one more packet. */
const MOST_RECORDS = 20_000

/** A Walk in the scenario of another one; where that goes the first of the ways that chance can take, so does this. */
export function alongsideAnswer(
  { scenario, seed, branch }: Walked,
  { name, typed }: Pick<Questions['alongside']['ask'], 'name' | 'typed'>,
): WalkAlongside | { readonly problem: string } {
  const trace = walk(scenario, { name }, optionsOf({ seed, typed, branch: branch && [] }))
  if ('problem' in trace) return trace
  const { records, outcome } = trace
  const problem = `${name} has ${records.length} events: a walk of more than ${MOST_RECORDS} is shown by itself only.`
  return records.length > MOST_RECORDS ? { problem } : { records, outcome }
}
