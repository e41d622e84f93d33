/** A walk beside the same walk in another world. */
import type { Instead } from '../engine/kubernetes/build-cluster.ts'
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import type { Scenario } from '../engine/kubernetes/scenario.ts'
import { type ToldComparison, tellComparison } from '../engine/narrator/compared.ts'
import { type NarratorContext, narratorContext } from '../engine/narrator/context.ts'
import { builtWorld } from '../engine/simulation/checkpoints.ts'
import { walkInBoth } from '../engine/simulation/compare-worlds.ts'
import { topologyOf } from '../engine/simulation/topology-of.ts'
import type { WalkRequest } from '../engine/simulation/walk.ts'
import { type AskedOptions, optionsOf } from './walk-options.ts'

/** The other world: the same text under another setting, or another text. */
export type OtherWorld = { readonly instead: Instead } | { readonly text: string }

interface Compared extends AskedOptions {
  readonly request: WalkRequest
  readonly scenario: Scenario
  readonly context: NarratorContext
}

export function compareAnswer(walk: Compared, other: OtherWorld): ToldComparison | { readonly problem: string } {
  const { scenario, request, context } = walk
  const second = 'text' in other ? parseScenario(other.text) : parseScenario(scenario.text, other.instead)
  const world = builtWorld(second)
  if (world === null) return { problem: 'The other text has errors: nothing can walk in it.' }
  const traces = walkInBoth({ a: scenario, b: second }, request, optionsOf(walk))
  if ('problem' in traces) return { problem: traces.side === 'b' ? `In the other text: ${traces.problem}` : traces.problem }
  return tellComparison({ trace: traces.a, context }, { trace: traces.b, context: narratorContext(topologyOf(world, world.cluster)) })
}
