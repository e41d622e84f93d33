/** The world as it was at one record of a walk: run again up to there, for the engine is deterministic. */

import type { Scenario } from '../kubernetes/scenario.ts'
import { watchNetNs } from '../linux/watch-netns.ts'
import { worldAt } from './checkpoints.ts'
import { typeCommand, walkInScenario } from './steps.ts'
import { findWalk, takeBranch, type WalkOptions, type WalkRequest } from './walk.ts'
import type { WalkProblem } from './walk-client.ts'
import { namespacesOf, type World } from './world.ts'

/** Thrown inside the trace callback to leave the world as it is; never seen by anyone else. */
class Stopped {}

/** A record of a walk. */
export interface RecordOfWalk {
  readonly request: WalkRequest
  /** −1: before the walk; past the last record: after it. */
  readonly n: number
  readonly options?: WalkOptions
}

/**
 * The world stopped exactly where it made record `n` (−1: before the walk; past the last record: after it). It can be read, not
 * run on: a datapath function was left in its middle.
 */
export function stateAt(scenario: Scenario, request: WalkRequest, n: number, options: WalkOptions = {}): World | WalkProblem {
  return stopped(scenario, { request, n, options }, 'at once')
}

/** The world when all that happened together with the record has happened: it can be run on. */
export function quietAfter(scenario: Scenario, record: RecordOfWalk): World | WalkProblem {
  return stopped(scenario, record, 'when quiet')
}

function stopped(scenario: Scenario, { request, n, options = {} }: RecordOfWalk, how: 'at once' | 'when quiet'): World | WalkProblem {
  const asked = findWalk(scenario, request)
  if ('problem' in asked) return asked
  const world = worldAt(scenario, asked.moment, options.seed ?? 0)
  if (!world) return { problem: 'no cluster can be built of this text' }
  const { maxEvents = null, typed = [] } = options
  if (n < 0) {
    for (const command of typed) if (command.timeMs === 0) typeCommand(world, command)
    return world
  }
  if (options.branch) takeBranch(world, options.branch)
  const stop = new Stopped()
  let reached = false
  try {
    const onRecord = (record: { readonly n: number }): void => {
      reached = record.n >= n
      if (reached && how === 'at once') throw stop
    }
    const onQuiet = (): void => {
      if (reached && how === 'when quiet') throw stop
    }
    const trace = walkInScenario(world, scenario, { spec: asked.spec, maxEvents, onRecord, onQuiet, typed })
    return 'problem' in trace ? trace : world
  } catch (error) {
    if (error !== stop) throw error
    for (const ns of namespacesOf(world)) watchNetNs(ns, undefined)
    return world
  }
}
