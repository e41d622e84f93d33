/** Every way that a walk can go where chance decides: which endpoint answers it, and how likely that is. */
import type { Scenario } from '../engine/kubernetes/scenario.ts'
import type { NarratorContext } from '../engine/narrator/context.ts'
import { summarize } from '../engine/narrator/summary.ts'
import type { TypedCommand } from '../engine/simulation/steps.ts'
import type { WalkOutcome } from '../engine/simulation/trace.ts'
import { branchesOf, type WalkRequest } from '../engine/simulation/walk.ts'
import { walkPath } from '../engine/simulation/walk-path.ts'

/** Ways listed at most, and records looked at for them at most: while it counts, the engine does nothing else. */
export const MOST_BRANCHES = 64
const MOST_RECORDS = 100_000

export interface BranchSummary {
  readonly probability: number
  /** What a walk is asked for with to go this way. */
  readonly taken: readonly number[]
  readonly outcome: WalkOutcome
  /** One sentence: what happened and why. */
  readonly summary: string
  /** Places from the sender to who accepted or where it ended, and back. */
  readonly path: readonly string[]
  readonly returnPath: readonly string[]
}

export interface BranchesAnswer {
  readonly branches: readonly BranchSummary[]
  /** How likely it is that the walk goes a way that is not listed, because there are too many. */
  readonly unlisted: number
}

/** Goes a walk every way it can go. */
export function branchesAnswer({
  scenario,
  request,
  seed,
  typed = [],
  context,
}: {
  readonly scenario: Scenario
  readonly request: WalkRequest
  readonly seed: number
  readonly typed?: readonly TypedCommand[]
  readonly context: NarratorContext
}): BranchesAnswer | { readonly problem: string } {
  const branches: BranchSummary[] = []
  let records = 0
  for (const branch of branchesOf(scenario, request, { seed, typed })) {
    if ('problem' in branch) return branch
    const { probability, taken, trace } = branch
    const { sentence } = summarize(trace.outcome, context)
    branches.push({ probability, taken, outcome: trace.outcome, summary: sentence, ...walkPath(trace) })
    records += trace.records.length
    if (branches.length === MOST_BRANCHES || records > MOST_RECORDS) break
  }
  const listed = branches.reduce((sum, { probability }) => sum + probability, 0)
  return { branches, unlisted: listed > 1 - 1e-9 ? 0 : 1 - listed }
}
