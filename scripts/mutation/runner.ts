/** Runs each test once, as it stands, and notes which mutations it reaches; `mutants.test.ts`, the last file, runs the tests again with each. */
import { appendFileSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { type RunnerTestCase, type RunnerTestFile, type RunnerTestSuite, TestRunner } from 'vitest'

/** What the process is to do, in `task.json`. */
export interface Task {
  /** Mutations to run tests with, one at a time. */
  readonly mutations: readonly number[]
  /** The one that is on while everything loads and runs, and then `mutations` is empty. */
  readonly always: number | null
}

/** One line of `found.jsonl`. `outside`: `mutation` was reached by `file`, but not in a test that can be run again: while loading, in hooks. */
export type Found =
  | { readonly kind: 'trying' | 'survived'; readonly mutation: number }
  | { readonly kind: 'caught' | 'unrepeatable'; readonly mutation: number; readonly by: string }
  | { readonly kind: 'outside'; readonly mutation: number; readonly file: string }
  | { readonly kind: 'failed'; readonly by: string }

/** A test that passes, with what it reached. */
export interface Passed {
  readonly file: string
  readonly by: string
  readonly durationMs: number
  readonly reached: ReadonlySet<number>
  readonly again: () => unknown
}

/** What all test files of the process have in common, in `globalThis.mutationState`. */
export interface State extends Task {
  active: number | null
  /** Reached since the test began, or null outside of tests. */
  reached: Set<number> | null
  file: string
  /** When a loop that still goes on is called endless. */
  endMs: number
  loops: number
  /** Empties every cache of the engine, so that a test computes anew what it and others have computed before. */
  forget(): void
  readonly passed: Passed[]
}

/** The most for one test where the mutation is always on. */
const ALONE_MS = 30_000

/** At once, for a mutation can end the process. */
export function tell(found: Found): void {
  appendFileSync('found.jsonl', `${JSON.stringify(found)}\n`)
}

/** The state, made by the first test file that asks, with the functions that the changed sources call. */
export function stateOfProcess(): State {
  const known = (globalThis as { mutationState?: State }).mutationState
  if (known) return known
  const task = JSON.parse(readFileSync('task.json', 'utf8')) as Task
  const caches: Map<unknown, unknown>[] = []
  const forget = (): void => {
    for (const cache of caches) cache.clear()
  }
  const state: State = {
    ...task,
    active: task.always,
    reached: null,
    file: '',
    endMs: Number.POSITIVE_INFINITY,
    loops: 0,
    forget,
    passed: [],
  }
  const outside = new Set<string>()
  const mutated = (mutation: number): boolean => {
    if (state.active !== null) return state.active === mutation
    const place = `${mutation} ${state.file}`
    if (state.reached) state.reached.add(mutation)
    else if (!outside.has(place)) {
      outside.add(place)
      tell({ kind: 'outside', mutation, file: state.file })
    }
    return false
  }
  const looped = (): void => {
    state.loops += 1
    if (state.loops % 256 === 0 && performance.now() > state.endMs) throw new Error('an endless loop')
  }
  const forgetful = (): Map<unknown, unknown> => {
    const cache = new Map<unknown, unknown>()
    caches.push(cache)
    return cache
  }
  Object.assign(globalThis, { mutationState: state, mutated, looped, forgetful })
  return state
}

/** The test as it is run the first time, after the hooks of its suites. */
function withHooks(test: RunnerTestCase): () => Promise<void> {
  const suites: RunnerTestSuite[] = []
  for (let suite = test.suite ?? test.file; ; suite = suite.suite ?? suite.file) {
    suites.unshift(suite)
    if (suite === test.file) break
  }
  return async () => {
    stateOfProcess().forget()
    for (const suite of suites) for (const hook of TestRunner.getSuiteHooks(suite).beforeEach) await hook(test.context, suite)
    await TestRunner.getTestFn(test)()
  }
}

export default class MutationRunner extends TestRunner {
  readonly state = stateOfProcess()

  override onCollectStart(file: RunnerTestFile): void {
    this.state.file = relative(process.cwd(), file.filepath)
    super.onCollectStart(file)
  }

  /** In place of the test's function. */
  async runTask(test: RunnerTestCase): Promise<void> {
    const { state } = this
    state.file = relative(process.cwd(), test.file.filepath)
    const by = `${state.file}: ${test.name}`
    const again = withHooks(test)
    const reached = new Set<number>()
    const start = performance.now()
    state.reached = reached
    state.forget()
    if (state.active !== null) state.endMs = start + ALONE_MS
    try {
      await TestRunner.getTestFn(test)()
      this.onAfterTryTask(test)
      state.passed.push({ file: state.file, by, durationMs: performance.now() - start, reached, again })
    } catch (error) {
      tell({ kind: 'failed', by })
      throw error
    } finally {
      state.reached = null
    }
  }
}
