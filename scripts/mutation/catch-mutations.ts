/** Which mutations the tests catch. */
import type { Mutation } from './mutations.ts'
import type { Found } from './runner.ts'
import { type Numbered, switched, withEndingLoops, withForgettingCaches } from './switched.ts'
import type { Tree } from './tree.ts'

export interface Caught {
  /** By their place in the list, the test that failed. */
  readonly caughtBy: ReadonlyMap<number, string>
  /** Tests that fail without a mutation; they catch nothing. */
  readonly failed: readonly string[]
  /** Those not caught that need a process of their own, where there is no time for that. */
  readonly leftOut: ReadonlySet<number>
}

export interface CatchOptions {
  /** Folders of tests. */
  readonly tests: readonly string[]
  /** Leaves out what needs a process of its own. */
  readonly isQuick: boolean
}

/** What is to be done again with the mutation on from the start: test files that reach it while they load, `null` for all. */
type Alone = Map<number, Set<string> | null>

interface Findings {
  readonly caughtBy: Map<number, string>
  readonly failed: Set<string>
  readonly alone: Alone
}

/** Loops elsewhere in the engine can become endless too, and caches hide what is mutated. */
const ENGINE = ['src/engine']

/** First all in one process, each test with each mutation that it reaches; then those that act while something loads, each in a process of its own. */
export async function catchMutations(tree: Tree, mutations: readonly Mutation[], { tests, isQuick }: CatchOptions): Promise<Caught> {
  placeSwitches(tree, mutations)
  const findings: Findings = { caughtBy: new Map(), failed: new Set(), alone: new Map() }
  for (const [number, { atLoad }] of mutations.entries()) if (atLoad) findings.alone.set(number, null)
  await together(tree, mutations, tests, findings)
  for (const [number, files] of isQuick ? [] : findings.alone) {
    const { caughtBy, failed } = findings
    if (!caughtBy.has(number))
      await alone(tree, { number, mutated: mutations[number]?.file ?? '', paths: files ? [...files] : tests }, { caughtBy, failed })
  }
  const leftOut = [...findings.alone.keys()].filter((number) => isQuick && !findings.caughtBy.has(number))
  return { caughtBy: findings.caughtBy, failed: [...findings.failed], leftOut: new Set(leftOut) }
}

function placeSwitches(tree: Tree, mutations: readonly Mutation[]): void {
  for (const file of tree.list(ENGINE)) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue
    const text = tree.read(file)
    const here: Numbered[] = [...mutations.entries()].filter(([, mutation]) => mutation.file === file)
    const mutable = here.length > 0 ? switched(file, text, here) : text
    tree.write(file, withEndingLoops(file, withForgettingCaches(file, mutable)))
  }
}

/** Starts anew without the mutation that ended the process, until all are through. */
async function together(tree: Tree, mutations: readonly Mutation[], tests: readonly string[], findings: Findings): Promise<void> {
  for (;;) {
    const left = [...mutations.keys()].filter((number) => !findings.caughtBy.has(number) && findings.alone.get(number) !== null)
    const { ended, found } = await tree.test({ mutations: left, always: null }, { paths: [...tests, 'scripts/mutation/mutants.test.ts'] })
    if (found.length === 0) throw new Error('the tests do not run')
    for (const each of found) note(each, findings)
    const last = found.at(-1)
    if (last?.kind !== 'trying') {
      if (ended === 'killed') throw new Error('the tests did not end')
      return
    }
    findings.caughtBy.set(last.mutation, 'tests that do not end')
  }
}

function note(found: Found, { caughtBy, failed, alone }: Findings): void {
  if (found.kind === 'failed') failed.add(found.by)
  if (found.kind === 'caught') caughtBy.set(found.mutation, found.by)
  if (found.kind === 'unrepeatable') alone.set(found.mutation, null)
  if (found.kind === 'outside') {
    const files = alone.get(found.mutation)
    if (files === undefined) alone.set(found.mutation, new Set([found.file]))
    else files?.add(found.file)
  }
}

interface Single {
  readonly number: number
  readonly mutated: string
  readonly paths: readonly string[]
}

async function alone(
  tree: Tree,
  { number, mutated, paths }: Single,
  { caughtBy, failed }: Pick<Findings, 'caughtBy' | 'failed'>,
): Promise<void> {
  const { ended, found } = await tree.test({ mutations: [], always: number }, { paths, mutated, bail: true })
  const failures = found.flatMap((each) => (each.kind === 'failed' ? [each.by] : []))
  const first = failures.find((by) => !failed.has(by))
  if (first !== undefined) caughtBy.set(number, first)
  else if (ended !== 'passed' && failures.length === 0)
    caughtBy.set(number, ended === 'killed' ? 'tests that do not end' : 'tests that do not load')
}
