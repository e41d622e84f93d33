/**
 * How many small faults the unit tests notice: places operator mutations in the simulated kernel and its shell, one at a time, in a copy of the
 * tree, and runs the tests of both, then those of the whole engine and of the gallery. `npm run mutation -- --seed 1 --count 60 [--only PATH] [--bar 57]`
 */
import { parseArgs } from 'node:util'
import { type Mutation, mutationsOf, pickMutations } from './mutations.ts'
import { copyTree, type Run, type Tree } from './tree.ts'

const MUTATED = ['src/engine/linux', 'src/engine/shell']
/** What can see them besides their own tests; the layers above never import them. */
const REST = ['src/engine/simulation', 'src/engine/process', 'src/engine/narrator', 'src/scenarios']
const NOT_PROGRAM = /\.(test|fixture)\.ts$|\/testdata\/|\/test-(lab|machine)\.ts$/
/** Longer than any run of the tests; what is not done by then hangs. */
const TIMEOUT_MS = 240_000

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

async function run(tree: Tree, mutation: Mutation): Promise<Run> {
  const text = tree.read(mutation.file)
  tree.write(mutation.file, text.slice(0, mutation.start) + mutation.replacement + text.slice(mutation.end))
  const near = await tree.test(MUTATED, [], TIMEOUT_MS)
  const result = near.passed ? await tree.test(REST, MUTATED, TIMEOUT_MS) : near
  tree.write(mutation.file, text)
  return result
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
  const unchanged = await tree.test([...MUTATED, ...REST], [], TIMEOUT_MS)
  if (!unchanged.passed) throw new Error(`the tests fail without a mutation: ${unchanged.by}`)
  for (const [index, mutation] of picked.entries()) {
    const { passed, by } = await run(tree, mutation)
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
