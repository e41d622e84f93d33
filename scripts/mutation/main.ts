/**
 * How many small faults the tests notice: places operator mutations in the simulated kernel and its shell, in a copy of the last commit, and
 * runs the tests that reach them, one mutation at a time. `npm run mutation -- --seed 1[,2…] --count 60 [--only PATH[,…]] [--kernel FOLDER] [--bar 57]`; with
 * `--quick`, for many mutations, it runs only the tests of the two folders, and none for what acts while modules load. `--kernel`: also the
 * comparison with the kernel's runs that `npm run test:kernel -- --record FOLDER` recorded.
 */
import { parseArgs } from 'node:util'
import { catchMutations } from './catch-mutations.ts'
import { type Mutation, mutationsOf, pickMutations } from './mutations.ts'
import { copyTree } from './tree.ts'

const MUTATED = ['src/engine/linux', 'src/engine/shell']
/** Tests that see them; the layers below and beside never import them. */
const TESTS = [...MUTATED, 'src/engine/simulation', 'src/engine/process', 'src/engine/narrator', 'src/scenarios', 'src/protocol', 'src/cli']
const NOT_PROGRAM = /\.(test|fixture)\.ts$|\/testdata\/|\/test-(lab|machine)\.ts$/

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '60' },
    only: { type: 'string', default: 'src/engine' },
    bar: { type: 'string' },
    kernel: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})

const only = values.only.split(',')

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

const tree = copyTree(values.kernel)
try {
  const files = tree
    .list(MUTATED)
    .filter((file) => file.endsWith('.ts') && !NOT_PROGRAM.test(file) && only.some((start) => file.startsWith(start)))
    .sort()
  const texts = new Map(files.map((file) => [file, tree.read(file)]))
  const all = files.flatMap((file) => mutationsOf(file, texts.get(file) ?? ''))
  const seeds = values.seed.split(',').map(Number)
  const bySeed = seeds.map((seed) => pickMutations(all, texts, { seed, count: Number(values.count) }))
  const picked = [...new Set(bySeed.flat())]
  console.log(`seed ${values.seed}: ${picked.length} of ${all.length} mutations in ${files.length} files`)
  const tests = [...(values.quick ? MUTATED : TESTS), ...(values.kernel === undefined ? [] : ['scripts/mutation/kernel.test.ts'])]
  const { caughtBy, failed, leftOut } = await catchMutations(tree, picked, { tests, isQuick: values.quick })
  for (const by of failed) console.log(`not counted, for it fails without a mutation: ${by}`)
  for (const [at, seed] of seeds.entries()) {
    const own = (bySeed[at] ?? []).map((mutation) => {
      const number = picked.indexOf(mutation)
      const by = caughtBy.get(number)
      return { mutation, by, fate: by === undefined ? (leftOut.has(number) ? 'left out' : 'SURVIVED') : 'caught' }
    })
    for (const [index, { mutation, by, fate }] of own.entries()) {
      const verdict = `${fate} ${mutation.kind} ${diff(texts.get(mutation.file) ?? '', mutation)}`
      console.log(`${index + 1}. ${verdict}${by === undefined ? '' : `\n  ${by}`}`)
    }
    const caught = own.filter(({ by }) => by !== undefined).length
    const left = own.filter(({ fate }) => fate === 'left out').length
    console.log(`\nseed ${seed}: ${caught} of ${own.length} caught${left > 0 ? `, ${left} left out` : ''}\n`)
    if (values.bar !== undefined && caught < Number(values.bar)) process.exitCode = 1
  }
} finally {
  tree.remove()
}
