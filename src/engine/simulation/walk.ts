/** Walks of a scenario: one, all of them in order, or one along every branch its random choices could take. */
import type { Scenario, WalkSpec } from '../kubernetes/scenario.ts'
import { type Moment, worldAt } from './checkpoints.ts'
import { nextBranch, probabilityOf } from './chooser.ts'
import { runStep, walkInScenario } from './steps.ts'
import type { Trace } from './trace.ts'
import type { WalkProblem } from './walk-client.ts'

/** A Walk document by its name, or a walk of the user's own: it begins after all Scripts of the text, and none of its Walks. */
export type WalkRequest = { readonly name: string } | { readonly from: string; readonly to: string; readonly http?: WalkSpec['http'] }

export interface WalkOptions {
  /** Starts the random choices; default 0. */
  readonly seed?: number
  /** Bound on the events of the walk; beyond it the outcome is `unsupported` and says so. */
  readonly maxEvents?: number
}

/** One way a walk can go, and how likely it is. */
export interface Branch {
  readonly probability: number
  readonly trace: Trace
}

/** Ways a walk can go that "all branches" lists at most. */
const MAX_BRANCHES = 1024

/** Runs a walk; what stands above it in the text has been run before it. */
export function walk(scenario: Scenario, request: WalkRequest, options: WalkOptions = {}): Trace | WalkProblem {
  const asked = findWalk(scenario, request)
  if ('problem' in asked) return asked
  const world = worldAt(scenario, asked.moment, options.seed ?? 0)
  if (!world) return NO_CLUSTER
  return walkInScenario(world, scenario, { spec: asked.spec, maxEvents: options.maxEvents ?? null, onRecord: null })
}

/** Runs every Walk of the text in document order in one world, Scripts between them; problems stand in the place of their walks. */
export function walkAll(scenario: Scenario, options: WalkOptions = {}): (Trace | WalkProblem)[] {
  const world = worldAt(scenario, 'built', options.seed ?? 0)
  if (!world) return [NO_CLUSTER]
  const results: (Trace | WalkProblem)[] = []
  for (const [index, step] of scenario.steps.entries()) {
    if (step.kind === 'script') runStep(world, scenario, index)
    else results.push(walkInScenario(world, scenario, { spec: step.walk, maxEvents: options.maxEvents ?? null, onRecord: null }))
  }
  return results
}

/** Runs a walk once for each way its random choices can go, each in a world of its own. Probabilities sum to 1. */
export function walkAllBranches(scenario: Scenario, request: WalkRequest, options: WalkOptions = {}): Branch[] | WalkProblem {
  const asked = findWalk(scenario, request)
  if ('problem' in asked) return asked
  const branches: Branch[] = []
  for (let forced: number[] | null = []; forced !== null; ) {
    if (branches.length === MAX_BRANCHES) return { problem: `the walk has more than ${MAX_BRANCHES} branches` }
    const world = worldAt(scenario, asked.moment, options.seed ?? 0)
    if (!world) return NO_CLUSTER
    Object.assign(world.chooser, { forced: [...forced], rest: 'first', made: [] })
    const trace = walkInScenario(world, scenario, { spec: asked.spec, maxEvents: options.maxEvents ?? null, onRecord: null })
    if ('problem' in trace) return trace
    branches.push({ probability: probabilityOf(world.chooser.made), trace })
    forced = nextBranch(world.chooser.made)
  }
  return branches
}

const NO_CLUSTER: WalkProblem = { problem: 'no cluster can be built of this text' }

/** The walk that is meant, and the moment of the scenario at which it begins. */
export function findWalk(scenario: Scenario, request: WalkRequest): { readonly spec: WalkSpec; readonly moment: Moment } | WalkProblem {
  if (!('name' in request)) {
    const { from, to, http } = request
    return { spec: { name: `${from} → ${to}`, from, to, expect: null, http: http ?? null, range: null }, moment: 'end' }
  }
  const index = scenario.steps.findIndex((step) => step.kind === 'walk' && step.walk.name === request.name)
  const step = scenario.steps[index]
  if (step?.kind !== 'walk') return { problem: `no Walk is called "${request.name}"` }
  return { spec: step.walk, moment: { before: index } }
}
