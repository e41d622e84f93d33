/** Not a test of its own: runs the tests that passed once more with each mutation that they reach, the quickest first, until one fails. */
import { it } from 'vitest'
import { type Passed, stateOfProcess, tell } from './runner.ts'

/** A test with a mutation may take this many times as long as without, and a while more, before it counts as endless. */
const SLOWER = 10
const GRACE_MS = 2000
/** A comparison with the kernel looks for the random choices that the kernel took, the longer the more differs. */
const KERNEL_GRACE_MS = 120_000

const state = stateOfProcess()

async function fails({ again }: Passed): Promise<boolean> {
  try {
    await again()
    return false
  } catch {
    return true
  }
}

async function failsWith(mutation: number, test: Passed): Promise<boolean> {
  state.active = mutation
  const graceMs = test.file.endsWith('kernel.test.ts') ? KERNEL_GRACE_MS : GRACE_MS
  state.endMs = performance.now() + graceMs + SLOWER * test.durationMs
  const caught = await fails(test)
  state.active = null
  state.endMs = Number.POSITIVE_INFINITY
  return caught
}

/** Caught is what makes a test fail, provided that it still passes without. */
async function run(mutation: number, tests: readonly Passed[]): Promise<void> {
  tell({ kind: 'trying', mutation })
  for (const test of tests) {
    if (!(await failsWith(mutation, test))) continue
    const isRepeatable = !(await fails(test))
    return tell({ kind: isRepeatable ? 'caught' : 'unrepeatable', mutation, by: test.by })
  }
  tell({ kind: 'survived', mutation })
}

/** Tests that share a state with others of their file can pass once only: then none of the file are run here. */
async function repeatableTests(): Promise<Passed[]> {
  const files = new Set<string>()
  for (const test of state.passed) if (await fails(test)) files.add(test.file)
  const wanted = new Set(state.mutations)
  for (const { file, reached } of state.passed) {
    if (files.has(file)) for (const mutation of reached) if (wanted.has(mutation)) tell({ kind: 'outside', mutation, file })
  }
  return state.passed.filter(({ file }) => !files.has(file))
}

it('runs the tests with each mutation', async () => {
  // What the tests reach from now on is no news.
  state.reached = new Set()
  const quickest = (await repeatableTests()).sort((a, b) => a.durationMs - b.durationMs)
  for (const mutation of state.mutations) {
    await run(
      mutation,
      quickest.filter(({ reached }) => reached.has(mutation)),
    )
  }
})
