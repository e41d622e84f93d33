/** Another Walk of a scenario, taken for being shown beside one. */
import { walk } from '../engine/simulation/walk.ts'
import type { Walked } from './answers.ts'
import type { WalkAlongside } from './messages.ts'

/** Of a longer walk, the page would be busy for longer than anybody wants to wait for one more packet. */
const MOST_RECORDS = 20_000

/** The Walk `name` in the scenario of `beside`. */
export function alongsideAnswer({ scenario, seed }: Walked, name: string): WalkAlongside | { readonly problem: string } {
  const trace = walk(scenario, { name }, { seed })
  if ('problem' in trace) return trace
  const { records, outcome } = trace
  const problem = `${name} has ${records.length} events: a walk of more than ${MOST_RECORDS} is shown by itself only.`
  return records.length > MOST_RECORDS ? { problem } : { records, outcome }
}
