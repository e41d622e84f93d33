/** A row of the matrix of who reaches whom. */
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import type { Scenario } from '../engine/kubernetes/scenario.ts'
import { type ReachCell, reachFrom } from '../engine/simulation/reach-from.ts'

export interface ReachAnswer {
  /** In the order of the targets. */
  readonly cells: readonly ReachCell[]
}

/** What one sender reaches. `known`: scenarios that have been read already. */
export function reachAnswer(
  { text, from, targets }: { readonly text: string; readonly from: string; readonly targets: readonly string[] },
  known: readonly Scenario[],
): ReachAnswer | { readonly problem: string } {
  const cells = reachFrom(known.find((one) => one.text === text) ?? parseScenario(text), from, targets)
  return cells === null ? { problem: 'No cluster can be built of this text.' } : { cells }
}
