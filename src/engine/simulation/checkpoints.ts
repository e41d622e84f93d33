/** Worlds at the steps of a scenario, kept so that a walk asked for again (or a state in its middle) need not replay everything. */
import type { Scenario } from '../kubernetes/scenario.ts'
import { buildWorld } from './build-world.ts'
import { cloneWorld } from './clone.ts'
import { runStep } from './steps.ts'
import type { World } from './world.ts'

/** Where in a scenario a world is wanted. `end`: after all Scripts but no Walk, where walks of the user's own begin. */
export type Moment = { readonly before: number } | 'built' | 'end'

const kept = new WeakMap<Scenario, Map<string, World>>()

/**
 * The world of a scenario at a moment, for the caller to go on with: every call gives one of its own. Null when the scenario has no
 * cluster. `seed` starts the random choices of everything that runs.
 */
export function worldAt(scenario: Scenario, moment: Moment, seed: number): World | null {
  const world = checkpoint(scenario, moment, seed)
  return world && cloneWorld(world)
}

/** The world as built, shared by all who ask: to be read, never changed. */
export function builtWorld(scenario: Scenario): World | null {
  return checkpoint(scenario, 'built', 0)
}

function checkpoint(scenario: Scenario, moment: Moment, seed: number): World | null {
  if (!scenario.cluster) return null
  const worlds = kept.get(scenario) ?? new Map<string, World>()
  kept.set(scenario, worlds)
  const key = `${seed} ${typeof moment === 'string' ? moment : moment.before}`
  const known = worlds.get(key)
  if (known) return known
  const world = replayTo(scenario, moment, seed)
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
