/**
 * Runs each test as it stands and then, in the same process, once more for each mutation that it reached and that no test has caught yet.
 * What it finds goes to `found.jsonl`, a line as soon as it is known: a mutation can end the process.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { type RunnerTestCase, type RunnerTestFile, TestRunner } from 'vitest'

/** What the process is to do, in `task.json`. */
export interface Task {
  /** Mutations to run tests with, one at a time. */
  readonly mutations: readonly number[]
  /** The one that is on while everything loads and runs, and then `mutations` is empty. */
  readonly always: number | null
}

/** One line of what it found. `outside` of a test, `mutation` was reached while `file` was loading, or by its hooks. */
export type Found =
  | { readonly kind: 'trying' | 'passed' | 'caught' | 'unrepeatable'; readonly mutation: number; readonly by: string }
  | { readonly kind: 'outside'; readonly mutation: number; readonly file: string }
  | { readonly kind: 'failed'; readonly file: string; readonly by: string }

interface State extends Task {
  readonly left: Set<number>
  readonly failed: Set<string>
  active: number | null
  /** Reached since the test began, or null outside of tests. */
  reached: Set<number> | null
  file: string
  endMs: number
  loops: number
}

/** A test with a mutation may take this many times as long as without, and a while more, before it counts as endless. */
const SLOWER = 10
const GRACE_MS = 2000
/** The most for one test where the mutation is always on. */
const ALONE_MS = 30_000

function tell(found: Found): void {
  appendFileSync('found.jsonl', `${JSON.stringify(found)}\n`)
}

/** One state for all test files of the process. */
function stateOfProcess(): State {
  const known = (globalThis as { mutationState?: State }).mutationState
  if (known) return known
  const task = JSON.parse(readFileSync('task.json', 'utf8')) as Task
  const state: State = {
    ...task,
    left: new Set(task.mutations),
    failed: new Set(),
    active: task.always,
    reached: null,
    file: '',
    endMs: Number.POSITIVE_INFINITY,
    loops: 0,
  }
  const outside = new Set<string>()
  const mutated = (mutation: number): boolean => {
    if (state.active !== null) return state.active === mutation
    if (state.reached) state.reached.add(mutation)
    else if (state.left.has(mutation) && !outside.has(`${mutation} ${state.file}`)) {
      outside.add(`${mutation} ${state.file}`)
      tell({ kind: 'outside', mutation, file: state.file })
    }
    return false
  }
  const looped = (): void => {
    state.loops += 1
    if (state.loops % 256 === 0 && performance.now() > state.endMs) throw new Error('an endless loop')
  }
  Object.assign(globalThis, { mutationState: state, mutated, looped })
  return state
}

export default class MutationRunner extends TestRunner {
  readonly state = stateOfProcess()

  override onCollectStart(file: RunnerTestFile): void {
    this.state.file = relative(process.cwd(), file.filepath)
    super.onCollectStart(file)
  }

  /** In place of the test's function: once as it is, and with each mutation. */
  async runTask(test: RunnerTestCase): Promise<void> {
    const { state } = this
    state.file = relative(process.cwd(), test.file.filepath)
    const by = `${state.file}: ${test.name}`
    const start = performance.now()
    if (state.active !== null) state.endMs = start + ALONE_MS
    state.reached = new Set()
    try {
      await this.once(test)
    } catch (error) {
      tell({ kind: 'failed', file: state.file, by })
      throw error
    }
    const { reached } = state
    const limitMs = GRACE_MS + SLOWER * (performance.now() - start)
    for (const mutation of reached) {
      if (state.active === null && state.left.has(mutation)) await this.mutant(test, mutation, limitMs, by)
    }
    state.reached = null
  }

  private async once(test: RunnerTestCase): Promise<void> {
    this.onBeforeTryTask(test)
    await TestRunner.getTestFn(test)()
    this.onAfterTryTask(test)
  }

  /** Caught is what makes the test fail, provided that it still passes without. */
  private async mutant(test: RunnerTestCase, mutation: number, limitMs: number, by: string): Promise<void> {
    const { state } = this
    tell({ kind: 'trying', mutation, by })
    state.active = mutation
    state.endMs = performance.now() + limitMs
    const caught = await this.fails(test)
    state.active = null
    state.endMs = Number.POSITIVE_INFINITY
    if (!caught) return tell({ kind: 'passed', mutation, by })
    const isRepeatable = !(await this.fails(test))
    state.left.delete(mutation)
    tell({ kind: isRepeatable ? 'caught' : 'unrepeatable', mutation, by })
  }

  private async fails(test: RunnerTestCase): Promise<boolean> {
    try {
      await this.once(test)
      return false
    } catch {
      return true
    }
  }
}
