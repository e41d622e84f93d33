/**
 * How many small faults the unit tests notice: places operator mutations in the simulated kernel and its shell, one at a time, in a copy of the
 * tree, and runs the tests that reach them. `npm run mutation -- --seed 1 --count 60 [--only PATH] [--bar 57]`
 */
import { parseArgs } from 'node:util'
import { instrumented, type Mutation, mutationsOf, pickMutations } from './mutations.ts'
import { copyTree, type Run, type Tree } from './tree.ts'

const MUTATED = ['src/engine/linux', 'src/engine/shell']
/** Tests that see them; the layers below and beside never import them. */
const TESTS = [...MUTATED, 'src/engine/simulation', 'src/engine/process', 'src/engine/narrator']
const NOT_PROGRAM = /\.(test|fixture)\.ts$|\/testdata\/|\/test-(lab|machine)\.ts$/
/** No test failed, or none was run. */
const UNTOUCHED: Run = { passed: true, failed: [], by: '' }
const HOUR_MS = 3_600_000

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '60' },
    only: { type: 'string', default: 'src/engine' },
    bar: { type: 'string' },
  },
})

/** The line of the mutation before and after, as a diff. */
function diff(text: string, { file, start, end, replacement }: Mutation): string {
  const from = text.lastIndexOf('\n', start - 1) + 1
  const to = text.indexOf('\n', end)
  const number = text.slice(0, start).split('\n').length
  const before = text.slice(from, to)
  const after = text.slice(from, start) + replacement + text.slice(end, to)
  const mark = (sign: string, lines: string): string => lines.replace(/^/gm, sign)
  return `${file}:${number}\n${mark('  - ', before)}\n${mark('  + ', after)}`
}

/** Runs the tests that reach the mutation, those of its own folder first; one that no test reaches survives unasked. */
async function run(tree: Tree, mutation: Mutation, testFiles: readonly string[], timeoutMs: number): Promise<Run> {
  if (testFiles.length === 0) return UNTOUCHED
  const text = tree.read(mutation.file)
  tree.write(mutation.file, text.slice(0, mutation.start) + mutation.replacement + text.slice(mutation.end))
  const isNear = (file: string): boolean => MUTATED.some((folder) => file.startsWith(folder))
  let result = UNTOUCHED
  for (const group of [testFiles.filter(isNear), testFiles.filter((file) => !isNear(file))]) {
    if (result.passed && group.length > 0) result = await tree.test(group, timeoutMs)
  }
  tree.write(mutation.file, text)
  return result
}

/** All tests once, unchanged but for calls that tell which test file reaches which mutation. */
async function reach(tree: Tree, mutations: readonly Mutation[]) {
  const texts = new Map(mutations.map(({ file }) => [file, tree.read(file)]))
  for (const [file, text] of texts) {
    const here = [...mutations.entries()].filter(([, mutation]) => mutation.file === file)
    tree.write(file, instrumented(text, here))
  }
  const start = performance.now()
  const result = await tree.reach(TESTS, HOUR_MS)
  for (const [file, text] of texts) tree.write(file, text)
  return { ...result, durationMs: performance.now() - start }
}

const tree = copyTree()
const files = tree
  .list(MUTATED)
  .filter((file) => file.endsWith('.ts') && !NOT_PROGRAM.test(file) && file.startsWith(values.only))
  .sort()
const all = files.flatMap((file) => mutationsOf(file, tree.read(file)))
const picked = pickMutations(all, Number(values.seed), Number(values.count))
console.log(`seed ${values.seed}: ${picked.length} of ${all.length} mutations in ${files.length} files`)
const survivors: string[] = []
try {
  const unchanged = await reach(tree, picked)
  if (unchanged.reached.size === 0) throw new Error(`the tests do not run: ${unchanged.by}`)
  for (const file of unchanged.failed) console.log(`left out, for it fails without a mutation: ${file}`)
  for (const [index, mutation] of picked.entries()) {
    const testFiles = [...unchanged.reached]
      .filter(([file, reached]) => !unchanged.failed.includes(file) && (mutation.atLoad || reached.has(index)))
      .map(([file]) => file)
    // What takes five times as long as all tests together has an endless loop.
    const { passed, by } = await run(tree, mutation, testFiles, 5 * unchanged.durationMs)
    const change = diff(tree.read(mutation.file), mutation)
    console.log(`${index + 1}. ${passed ? 'SURVIVED' : 'caught'} ${mutation.kind} ${change}${passed ? '' : `\n  ${by}`}`)
    if (passed) survivors.push(change)
  }
} finally {
  tree.remove()
}
console.log(`\nseed ${values.seed}: ${picked.length - survivors.length} of ${picked.length} caught`)
for (const survivor of survivors) console.log(`survived: ${survivor}`)
if (values.bar !== undefined && picked.length - survivors.length < Number(values.bar)) process.exitCode = 1
