/** Walks of a scenario: one, all of them in order, or one along every branch its random choices could take. */
import type { Scenario, WalkSpec } from '../kubernetes/scenario.ts'
import { type Moment, worldAt } from './checkpoints.ts'
import { nextBranch, probabilityOf } from './chooser.ts'
import type { WalkRun } from './run-walk.ts'
import { runStep, type ScenarioWalk, type TypedCommand, walkInScenario } from './steps.ts'
import type { Trace } from './trace.ts'
import type { WalkProblem } from './walk-client.ts'
import type { World } from './world.ts'

/** A Walk document by its name, or a walk of the user's own: it begins after all Scripts of the text, and none of its Walks. */
export type WalkRequest = { readonly name: string } | { readonly from: string; readonly to: string; readonly http?: WalkSpec['http'] }

export interface WalkOptions {
  /** Starts the random choices; default 0. */
  readonly seed?: number
  /** Bound on the events of the walk; beyond it the outcome is `unsupported` and says so. */
  readonly maxEvents?: number
  /** 'outcome': the trace holds only what tells how the walk ends, and is made faster. */
  readonly record?: WalkRun['record']
  /** Goes this way: the answers of its random choices (`Branch.taken`), then the first that can happen. Absent: drawn from the seed. */
  readonly branch?: readonly number[]
  /** Commands typed in a terminal while it walks, besides the Scripts of the text. */
  readonly typed?: readonly TypedCommand[]
}

/** One way a walk can go, and how likely it is. */
export interface Branch {
  readonly probability: number
  /** Answers of its random choices: what `WalkOptions.branch` takes to go this way again. */
  readonly taken: readonly number[]
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
  if (options.branch) takeBranch(world, options.branch)
  return walkInScenario(world, scenario, { spec: asked.spec, ...watchedBy(options) })
}

const watchedBy = ({ maxEvents, record, typed = [] }: WalkOptions): Omit<ScenarioWalk, 'spec'> => ({
  maxEvents: maxEvents ?? null,
  record,
  typed,
  onRecord: null,
})

/** Runs every Walk of the text in document order in one world, Scripts between them; problems stand in the place of their walks. */
export function walkAll(scenario: Scenario, options: WalkOptions = {}): (Trace | WalkProblem)[] {
  const world = worldAt(scenario, 'built', options.seed ?? 0)
  if (!world) return [NO_CLUSTER]
  const results: (Trace | WalkProblem)[] = []
  for (const [index, step] of scenario.steps.entries()) {
    if (step.kind === 'script') runStep(world, scenario, index)
    else results.push(walkInScenario(world, scenario, { spec: step.walk, ...watchedBy({ ...options, typed: [] }) }))
  }
  return results
}

/** Runs a walk once for each way its random choices can go, each in a world of its own. Probabilities sum to 1. */
export function walkAllBranches(scenario: Scenario, request: WalkRequest, options: WalkOptions = {}): Branch[] | WalkProblem {
  const branches: Branch[] = []
  for (const branch of branchesOf(scenario, request, options)) {
    if ('problem' in branch) return branch
    if (branches.length === MAX_BRANCHES) return { problem: `the walk has more than ${MAX_BRANCHES} branches` }
    branches.push(branch)
  }
  return branches
}

/** The same one by one, for those who have other things to do in between; a problem ends it. */
export function* branchesOf(scenario: Scenario, request: WalkRequest, options: WalkOptions = {}): Generator<Branch | WalkProblem, void> {
  const asked = findWalk(scenario, request)
  if ('problem' in asked) return yield asked
  for (let forced: readonly number[] | null = []; forced !== null; ) {
    const world = worldAt(scenario, asked.moment, options.seed ?? 0)
    if (!world) return yield NO_CLUSTER
    takeBranch(world, forced)
    const trace = walkInScenario(world, scenario, { spec: asked.spec, ...watchedBy(options) })
    if ('problem' in trace) return yield trace
    const { made } = world.chooser
    yield { probability: probabilityOf(made), taken: made.map(({ taken }) => taken), trace }
    forced = nextBranch(made)
  }
}

/** Lets the random choices of a world go one way: the answers given, then the first that can happen. */
export function takeBranch(world: World, answers: readonly number[]): void {
  Object.assign(world.chooser, { forced: [...answers], rest: 'first', made: [] })
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
