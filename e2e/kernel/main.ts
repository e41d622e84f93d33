/**
 * `npm run test:kernel -- [FILE…] [--uml] [--seed N] [--count M] [--jobs J] [--save FOLDER]`: scenarios in real network namespaces and in the
 * simulator. Without files: the gallery and those in ./scenarios; with --count: generated ones only, with --uml those that
 * need IPVS and IPIP. --save keeps the text of those that differ. Exit 0: no difference.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { compareScenario, needsUml } from './compare.ts'
import { compareGenerated } from './generator/generated.ts'
import { ipvsLab, ipvsScenarioText } from './generator/ipvs.ts'
import { inParallel, whyNoKernel } from './kernel.ts'
import { complaints } from './proxy-texts.ts'
import { NoUml } from './uml.ts'

const GALLERY = 'src/scenarios'
const FOLDERS = [GALLERY, 'e2e/kernel/scenarios']
/** Labs that run at once: they mostly wait for timers. */
const JOBS = 8
/** User-Mode-Linux is so slow that a delayed ACK (40 ms) may go out before a server closes: what differs there must differ as often. */
const RUNS = 3
const GENERATED_JOBS = 12

interface Named {
  readonly name: string
  readonly text: string
}

const fromFile = (file: string): Named => ({ name: file, text: readFileSync(file, 'utf8') })

function scenarioFiles(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => join(folder, file)),
  )
}

function generatedForUml(seed: number, count: number): Named[] {
  const texts = fc.sample(ipvsLab, { seed, numRuns: count }).map(ipvsScenarioText)
  return texts.map((text, i) => ({ name: `uml-seed-${seed}-lab-${i + 1}`, text }))
}

/** What differs; or why there is no kernel for it. */
const attempt = (text: string): Promise<readonly string[] | NoUml> =>
  compareScenario(text).then(
    ({ differences }) => differences,
    (error: unknown) => (error instanceof NoUml ? error : [String(error)]),
  )

async function compareOne({ name, text }: Named): Promise<'ok' | 'differs' | 'skipped'> {
  const started = performance.now()
  let found = await attempt(text)
  let runs = 1
  for (; runs < RUNS && !(found instanceof NoUml) && found.length > 0 && needsUml(text); runs++) found = await attempt(text)
  if (found instanceof NoUml) {
    console.log(`skip  ${name}: ${found.message}`)
    return 'skipped'
  }
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s${runs > 1 ? `, run ${runs}` : ''}`
  if (found.length === 0) console.log(`ok    ${name} (${seconds})`)
  else console.log(`DIFF  ${name} (${seconds})\n${found.map((line) => `      ${line}`).join('\n')}`)
  return found.length === 0 ? 'ok' : 'differs'
}

/** How many differ. */
async function compareAll(all: readonly Named[], jobs: number, save: string | undefined): Promise<number> {
  const results = await inParallel(all, jobs, compareOne)
  const differing = all.filter((_, i) => results[i] === 'differs')
  if (save !== undefined && differing.length > 0) {
    mkdirSync(save, { recursive: true })
    for (const { name, text } of differing) writeFileSync(join(save, `${name.replaceAll('/', '-').replace(/\.yaml$/, '')}.yaml`), text)
  }
  return differing.length
}

/** Do the real tools take what kube-proxy writes? */
async function takeTexts(): Promise<boolean> {
  const texts = scenarioFiles()
    .filter((file) => file.startsWith(GALLERY))
    .map(fromFile)
  let fine = true
  for (const mode of ['iptables', 'ipvs'] as const) {
    const name = `what kube-proxy writes in mode ${mode} for the ${texts.length} scenarios of the gallery`
    const said = await complaints(texts, mode).catch((error: unknown) => (error instanceof NoUml ? error : String(error)))
    if (said instanceof NoUml) console.log(`skip  ${name}: ${said.message}`)
    else console.log(said === '' ? `ok    ${name}` : `DIFF  ${name}\n${said}`)
    fine &&= said instanceof NoUml || said === ''
  }
  return fine
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string' },
      jobs: { type: 'string' },
      uml: { type: 'boolean', default: false },
      save: { type: 'string' },
    },
  })
  const why = whyNoKernel()
  if (why !== null) {
    console.log(`kernel comparison skipped: ${why}`)
    return 0
  }
  const files = positionals.length > 0 || values.count !== undefined ? positionals : scenarioFiles()
  const seed = Number(values.seed)
  const made = values.uml && values.count !== undefined ? generatedForUml(seed, Number(values.count)) : []
  const all = [...files.map(fromFile), ...made]
  const failed = await compareAll(all, Number(values.jobs ?? JOBS), values.save)
  if (all.length > 0) console.log(failed === 0 ? 'The simulator agrees with this kernel.' : `${failed} of ${all.length} differ.`)
  const count = values.uml || positionals.length > 0 ? 0 : Number(values.count ?? 0)
  const differing = count === 0 ? 0 : await compareGenerated({ seed, count, jobs: Number(values.jobs ?? GENERATED_JOBS) })
  const taken = positionals.length > 0 || values.count !== undefined || (await takeTexts())
  return failed + differing === 0 && taken ? 0 : 1
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error(error)
    process.exitCode = 2
  },
)
