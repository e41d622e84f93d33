/** What one sender reaches of several targets, one walk after the other in one world: a row of the matrix of who reaches whom. */
import type { Scenario } from '../kubernetes/scenario.ts'
import { worldAt } from './checkpoints.ts'
import { runWalk } from './run-walk.ts'
import type { WalkOutcome } from './trace.ts'

/** How one of the walks ended; a target that cannot be walked to says why. */
export type ReachCell = Pick<WalkOutcome, 'outcome' | 'reason' | 'by' | 'server'> | { readonly problem: string }

/** One cell for each target, as a Walk's `from` and `to` name them. Scripts have run, Walks have not; null: there is no cluster. */
export function reachFrom(scenario: Scenario, from: string, targets: readonly string[]): readonly ReachCell[] | null {
  const world = worldAt(scenario, 'end', 0)
  if (world === null) return null
  return targets.map((to) => {
    const spec = { name: 'reach', from, to, expect: null, http: null, range: null }
    const trace = runWalk(world, { spec, maxEvents: null, onRecord: null, scripts: [] })
    if ('problem' in trace) return trace
    const { outcome, reason, by, server } = trace.outcome
    return { outcome, reason, by, server }
  })
}
