/**
 * The matrix of who reaches whom: pods by the workload that owns them, Services by their ports, the outside. One walk for each pair of
 * members, all in one world. A generator, so that whoever asks can show how far it is and stop it by asking no further.
 */
import type { Remark } from '../kubernetes/network-policies.ts'
import type { Scenario } from '../kubernetes/scenario.ts'
import { worldAt } from './checkpoints.ts'
import { type ReachEnd, reachWalk } from './reach.ts'
import { type ReachGoal, type ReachGroup, type ReachPair, reachPlan, walksOf } from './reach-plan.ts'
import type { WalkProblem } from './walk-client.ts'
import type { World } from './world.ts'

/** Whether the members of a row reach a column. */
export interface MatrixCell {
  /** `mixed`: some do, some do not; where none does, how the first ended. */
  readonly outcome: ReachEnd['outcome'] | 'mixed'
  /** Walks that were delivered, of those that were walked. */
  readonly reached: number
  readonly of: number
  /** Of the first walk that failed. */
  readonly reason: string | null
  readonly by: ReachEnd['by']
  /** The walk to look at: the first that failed, else the first. */
  readonly walk: ReachPair
  /** What is said beside its walks, each once. */
  readonly remarks?: readonly Remark[]
}

export interface ReachMatrix {
  readonly senders: readonly ReachGroup[]
  readonly goals: readonly ReachGoal[]
  /** By sender, then by goal; null where a member would only reach itself. */
  readonly cells: readonly (readonly (MatrixCell | null)[])[]
  /** Only the first members of each group were walked, for there would have been too many walks. */
  readonly sampled: boolean
}

export interface ReachProgress {
  readonly done: number
  readonly total: number
}

/** So many walks at most, unless even two members of each group make more. */
const MOST_WALKS = 20_000
const SAMPLE = 2

/** Makes the matrix, a cell a step. Scripts have run, Walks have not. What every cluster brings itself is left out. */
export function* reachMatrix(
  scenario: Scenario,
  options: { readonly seed?: number } = {},
): Generator<ReachProgress, ReachMatrix | WalkProblem> {
  const world = worldAt(scenario, 'end', options.seed ?? 0)
  if (!world) return { problem: 'no cluster can be built of this text' }
  const question = { to: 'all', among: 'workloads', probes: null } as const
  const all = reachPlan(world.cluster, question)
  const sampled = walksOf(all) > MOST_WALKS
  const plan = sampled ? reachPlan(world.cluster, question, SAMPLE) : all
  const total = walksOf(plan)
  let done = 0
  const cells: (MatrixCell | null)[][] = []
  for (const pairs of plan.pairs) {
    const row: (MatrixCell | null)[] = []
    cells.push(row)
    for (const walks of pairs) {
      row.push(walkAll(world, walks))
      done += walks.length
      yield { done, total }
    }
  }
  return { senders: plan.senders, goals: plan.goals, cells, sampled }
}

function walkAll(world: World, walks: readonly ReachPair[]): MatrixCell | null {
  const ends = walks.map((walk) => ({ walk, ...reachWalk(world, walk) }))
  const failed = ends.filter(({ outcome }) => outcome !== 'delivered')
  const shown = failed[0] ?? ends[0]
  if (shown === undefined) return null
  const reached = ends.length - failed.length
  const { reason, by, walk } = shown
  const said = new Map(ends.flatMap(({ remarks = [] }) => remarks.map((one) => [one.sentence, one] as const)))
  const outcome = reached > 0 && failed.length > 0 ? 'mixed' : shown.outcome
  return { outcome, reached, of: ends.length, reason, by, walk, ...(said.size === 0 ? {} : { remarks: [...said.values()] }) }
}
