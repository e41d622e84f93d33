/** Who can open a connection to whom: a walk for each probe and each ordered pair, in one world, unwatched as far as possible. */
import type { Remark } from '../kubernetes/network-policies.ts'
import type { Scenario } from '../kubernetes/scenario.ts'
import { worldAt } from './checkpoints.ts'
import { type Probe, type ReachPair, reachPlan } from './reach-plan.ts'
import { runWalk } from './run-walk.ts'
import type { Outcome, WalkOutcome } from './trace.ts'
import type { WalkProblem } from './walk-client.ts'
import type { World } from './world.ts'

/** How the walk between two ended; `problem`: it cannot begin, `reason` says why. */
export interface ReachEnd {
  readonly outcome: Outcome | 'problem'
  readonly by: WalkOutcome['by']
  readonly reason: string | null
  readonly server: string | null
  /** What is said beside it, as by a walk: NetworkPolicies that select its ends and are not enforced. */
  readonly remarks?: readonly Remark[]
}

export interface ReachRow extends Probe, Pick<ReachEnd, 'outcome' | 'by' | 'reason' | 'remarks'> {
  readonly from: string
  readonly to: string
}

export interface ReachOptions {
  /** To every other pod and Host (with the probes), or to every port of every Service. */
  readonly to: 'pods' | 'services'
  readonly probes: readonly Probe[]
  readonly seed?: number
}

/** One row for each probe and each ordered pair of different pods and Hosts, or for each sender and Service port. Scripts have run, Walks have not. */
export function reach(scenario: Scenario, options: ReachOptions): ReachRow[] | WalkProblem {
  const world = worldAt(scenario, 'end', options.seed ?? 0)
  if (!world) return { problem: 'no cluster can be built of this text' }
  const { goals, pairs } = reachPlan(world.cluster, { to: options.to, among: 'every-pod', probes: options.probes })
  return pairs.flatMap((row) =>
    goals.flatMap(({ ref, protocol, port }, i) =>
      (row[i] ?? []).map((pair) => {
        const { server: _, ...end } = reachWalk(world, pair)
        return { from: pair.from, to: ref, protocol, port, ...end }
      }),
    ),
  )
}

/** What one sender reaches of several targets, as a Walk's `from` and `to` name them, one end for each; null: there is no cluster. */
export function reachFrom(scenario: Scenario, from: string, targets: readonly string[]): readonly ReachEnd[] | null {
  const world = worldAt(scenario, 'end', 0)
  return world && targets.map((to) => reachWalk(world, { from, to }))
}

/** Walks from one to the other; the world goes on to its end. */
export function reachWalk(world: World, { from, to }: ReachPair): ReachEnd {
  const spec = { name: 'reach', from, to, expect: null, http: null, range: null }
  const trace = runWalk(world, { spec, maxEvents: null, onRecord: null, record: 'outcome', scripts: [] })
  if ('problem' in trace) return { outcome: 'problem', by: null, reason: trace.problem, server: null }
  const { outcome, by, reason, server, remarks } = trace.outcome
  return { outcome, by, reason, server, ...(remarks === undefined ? {} : { remarks }) }
}
