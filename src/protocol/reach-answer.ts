/** The matrix of who reaches whom: what is asked, and one row of answers at a time. */
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import type { Scenario } from '../engine/kubernetes/scenario.ts'
import { worldAt } from '../engine/simulation/checkpoints.ts'
import { type ReachEnd, reachFrom } from '../engine/simulation/reach.ts'
import { type ReachPlan, type ReachQuestion, reachPlan } from '../engine/simulation/reach-plan.ts'

export interface ReachAnswer {
  /** In the order of the targets. */
  readonly ends: readonly ReachEnd[]
}

interface Refusal {
  readonly problem: string
}

/** So many pods, and two of each workload stand for the others: nobody reads more, and two may stand on different nodes. */
const MOST_PODS = 20
const SAMPLE = 2
const NO_CLUSTER = { problem: 'No cluster can be built of this text.' } as const

/** Who walks to whom, each pod for itself. `known`: scenarios that have been read already. */
export function reachPlanAnswer(
  { text, to }: { readonly text: string; readonly to: ReachQuestion['to'] },
  known: readonly Scenario[],
): ReachPlan | Refusal {
  const world = worldAt(scenarioOf(text, known), 'end', 0)
  if (world === null) return NO_CLUSTER
  const question = { to, among: 'pods', probes: null } as const
  const pods = world.cluster.pods.filter(({ meta }) => meta.range !== null)
  return reachPlan(world.cluster, question, pods.length > MOST_PODS ? SAMPLE : Number.POSITIVE_INFINITY)
}

/** What one sender reaches of the targets that the plan gives it. */
export function reachAnswer(
  { text, from, targets }: { readonly text: string; readonly from: string; readonly targets: readonly string[] },
  known: readonly Scenario[],
): ReachAnswer | Refusal {
  const ends = reachFrom(scenarioOf(text, known), from, targets)
  return ends === null ? NO_CLUSTER : { ends }
}

const scenarioOf = (text: string, known: readonly Scenario[]): Scenario => known.find((one) => one.text === text) ?? parseScenario(text)
