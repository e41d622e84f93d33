/**
 * `npm run test:kernel -- [FILE…] [--uml] [--seed N] [--count M] [--jobs J] [--save FOLDER] [--record FOLDER]`: scenarios in real network
 * namespaces and in the simulator. Without files: the gallery, those in ./scenarios and 100 generated ones; with --count: generated ones only,
 * with --uml those that need IPVS and IPIP. --save keeps the text of those that differ, --record what the kernel did in those that agree.
 * Exit 0: no difference.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { compareScenario, needsUml } from './compare.ts'
import { compareGenerated, reportUsage } from './generator/generated.ts'
import { ipvsLab, ipvsScenarioText } from './generator/ipvs.ts'
import { type Usage, usageOf } from './generator/usage.ts'
import { inParallel, type LabResult, whyNoKernel } from './kernel.ts'
import { IN_TIME, latenessText } from './lateness.ts'
import { complaints } from './proxy-texts.ts'
import { recordRun } from './record.ts'
import type { Lateness } from './simulate.ts'
import { NotHere } from './uml.ts'

const GALLERY = 'src/scenarios'
const FOLDERS = [GALLERY, 'e2e/kernel/scenarios']
/** Labs that run at once: they mostly wait for timers. */
const JOBS = 8
/** A machine under load answers late, and User-Mode-Linux often: what differs must differ as often. The last line counts those that needed it. */
const RUNS = { here: 2, uml: 3 }
/** Lines of a difference that is looked at again. */
const SHOWN_AGAIN = 3
const GENERATED_JOBS = 12
/** Generated labs of a run without files: always the same, for a difference is to be a change's. */
const USUAL_LABS = { seed: 29, count: 100 }

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

interface Attempt {
  readonly differences: readonly string[]
  /** How long the kernel took, s. */
  readonly seconds: number
  readonly measured: LabResult | null
  readonly usage: Usage
  readonly lateness: Lateness
}

/** What differs; or why there is no kernel for it. */
const attempt = (text: string): Promise<Attempt | NotHere> =>
  compareScenario(text).then(
    ({ differences, measured, scenario, run }) => ({
      differences,
      seconds: measured.seconds,
      measured,
      usage: usageOf(scenario, run),
      lateness: run.lateness,
    }),
    (error: unknown) =>
      error instanceof NotHere
        ? error
        : { differences: [String(error)], seconds: 0, measured: null, usage: new Set<string>(), lateness: IN_TIME },
  )

type Verdict = 'ok' | 'ok when run again' | 'differs' | 'skipped'

interface Asked {
  /** Runs at most. */
  readonly most: number
  /** Where runs that agree are recorded. */
  readonly record: string | undefined
  /** Gets what each used. */
  readonly usages: Usage[]
  /** Gets what ran late in each. */
  readonly latenesses: Lateness[]
}

async function compareOne({ name, text }: Named, { most, record, usages, latenesses }: Asked): Promise<Verdict> {
  let found = await attempt(text)
  let runs = 1
  for (; runs < most && !(found instanceof NotHere) && found.differences.length > 0; runs++) {
    console.log(`again ${name}: ${found.differences.slice(0, SHOWN_AGAIN).join('\n      ')}`)
    found = await attempt(text)
  }
  if (found instanceof NotHere) {
    console.log(`skip  ${name}: ${found.message}`)
    return 'skipped'
  }
  const { differences, measured, usage, lateness } = found
  usages.push(usage)
  latenesses.push(lateness)
  if (record !== undefined && measured !== null && differences.length === 0) recordRun(record, name, { text, measured })
  const took = `${found.seconds.toFixed(1)} s${runs > 1 ? `, run ${runs}` : ''}`
  if (differences.length === 0) console.log(`ok    ${name} (${took})`)
  else console.log(`DIFF  ${name} (${took})\n${differences.map((line) => `      ${line}`).join('\n')}`)
  return differences.length > 0 ? 'differs' : runs > 1 ? 'ok when run again' : 'ok'
}

/** What became of all, in one line. */
function summary(verdicts: readonly Verdict[]): string {
  const count = (verdict: Verdict): number => verdicts.filter((one) => one === verdict).length
  const [agree, again, differ, skipped] = [count('ok'), count('ok when run again'), count('differs'), count('skipped')]
  const parts = [
    ...(agree + again > 0 ? [`${agree + again} agree with this kernel${again > 0 ? ` (${again} of them only when run again)` : ''}`] : []),
    ...(differ > 0 ? [`${differ} differ`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ]
  return `${verdicts.length} scenarios: ${parts.join(', ')}.`
}

/** How many differ. Those for User-Mode-Linux are all asked for at once: they share guests. */
async function compareAll(
  all: readonly Named[],
  { jobs, save, record, usages }: Omit<Asked, 'most' | 'latenesses'> & { readonly jobs: number; readonly save: string | undefined },
): Promise<number> {
  const elsewhere = all.filter(({ text }) => needsUml(text))
  const here = all.filter((one) => !elsewhere.includes(one))
  const latenesses: Lateness[] = []
  const verdicts = await Promise.all([
    inParallel(here, jobs, (one) => compareOne(one, { most: RUNS.here, record, usages, latenesses })),
    inParallel(elsewhere, elsewhere.length, (one) => compareOne(one, { most: RUNS.uml, record, usages, latenesses })),
  ]).then((both) => both.flat())
  const differing = [...here, ...elsewhere].filter((_, i) => verdicts[i] === 'differs')
  if (save !== undefined && differing.length > 0) {
    mkdirSync(save, { recursive: true })
    for (const { name, text } of differing) writeFileSync(join(save, `${name.replaceAll('/', '-').replace(/\.yaml$/, '')}.yaml`), text)
  }
  if (all.length > 0) console.log(`${summary(verdicts)} ${latenessText(latenesses)}`)
  return differing.length
}

/** Do the real tools take what kube-proxy writes? */
async function takeTexts(mode: 'iptables' | 'ipvs'): Promise<boolean> {
  const texts = scenarioFiles()
    .filter((file) => file.startsWith(GALLERY))
    .map(fromFile)
  const name = `what kube-proxy writes in mode ${mode} for the ${texts.length} scenarios of the gallery`
  const said = await complaints(texts, mode).catch((error: unknown) => (error instanceof NotHere ? error : String(error)))
  if (said instanceof NotHere) console.log(`skip  ${name}: ${said.message}`)
  else console.log(said === '' ? `ok    ${name}` : `DIFF  ${name}\n${said}`)
  return said instanceof NotHere || said === ''
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: String(USUAL_LABS.seed) },
      count: { type: 'string' },
      jobs: { type: 'string' },
      uml: { type: 'boolean', default: false },
      save: { type: 'string' },
      record: { type: 'string' },
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
  const usages: Usage[] = []
  const everything = positionals.length === 0 && values.count === undefined
  const [failed, ...taken] = await Promise.all([
    compareAll(all, { jobs: Number(values.jobs ?? JOBS), save: values.save, record: values.record, usages }),
    ...(everything ? [takeTexts('iptables'), takeTexts('ipvs')] : []),
  ])
  const enough = made.length === 0 || reportUsage(usages, 'uml')
  const count = values.uml || positionals.length > 0 ? 0 : Number(values.count ?? USUAL_LABS.count)
  const generated = { seed, count, jobs: Number(values.jobs ?? GENERATED_JOBS), record: values.record }
  const differing = count === 0 ? 0 : await compareGenerated(generated)
  return failed + differing === 0 && enough && !taken.includes(false) ? 0 : 1
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
