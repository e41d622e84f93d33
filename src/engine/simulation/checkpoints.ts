/** Worlds at the steps of a scenario, kept so that a walk asked for again (or a state in its middle) need not replay everything. */
import type { Scenario } from '../kubernetes/scenario.ts'
import { buildWorld } from './build-world.ts'
import { cloneWorld } from './clone.ts'
import { runStep } from './steps.ts'
import type { World } from './world.ts'

/** Where in a scenario a world is wanted. `end`: after all Scripts but no Walk, where walks of the user's own begin. */
export type Moment = { readonly before: number } | 'built' | 'end'

/** Worlds kept; null: asked for once, not kept, for most are asked for once only and a copy costs as much as it saves. */
const kept = new WeakMap<Scenario, Map<string, World | null>>()

/**
 * The world of a scenario at a moment, for the caller to go on with: every call gives one of its own. Null when the scenario has no
 * cluster. `seed` starts the random choices of everything that runs.
 */
export function worldAt(scenario: Scenario, moment: Moment, seed: number): World | null {
  const worlds = worldsOf(scenario)
  const key = keyOf(moment, seed)
  if (!worlds.has(key)) {
    worlds.set(key, null)
    return replayTo(scenario, moment, seed)
  }
  const world = checkpoint(scenario, moment, seed)
  return world && cloneWorld(world)
}

/** The world as built, shared by all who ask: to be read, never changed. */
export function builtWorld(scenario: Scenario): World | null {
  return checkpoint(scenario, 'built', 0)
}

function worldsOf(scenario: Scenario): Map<string, World | null> {
  const worlds = kept.get(scenario) ?? new Map<string, World | null>()
  kept.set(scenario, worlds)
  return worlds
}

const keyOf = (moment: Moment, seed: number): string => `${seed} ${typeof moment === 'string' ? moment : moment.before}`

function checkpoint(scenario: Scenario, moment: Moment, seed: number): World | null {
  const worlds = worldsOf(scenario)
  const key = keyOf(moment, seed)
  const world = worlds.get(key) ?? replayTo(scenario, moment, seed)
  if (world) worlds.set(key, world)
  return world
}

/** Makes a checkpoint from the nearest one before it. */
function replayTo(scenario: Scenario, moment: Moment, seed: number): World | null {
  if (!scenario.cluster) return null
  if (moment === 'built') return buildWorld(scenario.cluster, seed)
  const world = worldAt(scenario, moment === 'end' || moment.before === 0 ? 'built' : { before: moment.before - 1 }, seed)
  if (!world) return null
  if (moment !== 'end') {
    if (moment.before > 0) runStep(world, scenario, moment.before - 1)
    return world
  }
  for (const [index, step] of scenario.steps.entries())
    if (step.kind === 'script' && step.script.at === null) runStep(world, scenario, index)
  return world
}
