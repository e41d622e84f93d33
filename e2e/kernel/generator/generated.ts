/** Generated labs: sampled from a seed, compared, and where they differ made as small as a bounded time allows. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { type Comparison, compareScenario } from '../compare.ts'
import { inParallel, type LabResult } from '../kernel.ts'
import { IN_TIME, latenessText } from '../lateness.ts'
import { recordRun } from '../record.ts'
import type { Lateness } from '../simulate.ts'
import { type LabDraft, lab, scenarioText } from './lab.ts'
import { type Usage, usageOf, usageReport } from './usage.ts'

export interface GeneratedRun {
  readonly seed: number
  readonly count: number
  readonly jobs: number
  /** Where runs that agree are recorded. */
  readonly record: string | undefined
}

/** Labs that differ are made smaller for so long, ms, and no more than so many of them. */
const SHRINK_MS = 90_000
const MOST_SHRUNK = 3
/** Where labs that differ are kept, to be run again. */
const FOUND = 'dist/kernel-found'

/** What became of one lab. `unsteady`: it differed once and not when run again by itself. */
interface Outcome {
  readonly kind: 'ok' | 'unsteady' | 'differs'
  readonly usage: Usage
  readonly lateness: Lateness
  readonly lines: readonly string[]
  /** The kernel's run that agreed, or that the lines are about. */
  readonly measured: LabResult | null
}

const NO_USAGE: Usage = new Set()

async function compareDraft(draft: LabDraft): Promise<Comparison | string> {
  return compareScenario(scenarioText(draft)).catch((error: unknown) => String(error))
}

const linesOf = (result: Comparison | string): readonly string[] => (typeof result === 'string' ? [result] : result.differences)

/** Runs the lab; a difference counts when it is there again in a second run. */
async function outcomeOf(draft: LabDraft): Promise<Outcome> {
  const first = await compareDraft(draft)
  const usage = typeof first === 'string' ? NO_USAGE : usageOf(first.scenario, first.run)
  const lateness = typeof first === 'string' ? IN_TIME : first.run.lateness
  if (linesOf(first).length === 0)
    return { kind: 'ok', usage, lateness, lines: [], measured: typeof first === 'string' ? null : first.measured }
  const second = await compareDraft(draft)
  const [kind, told] = linesOf(second).length === 0 ? (['unsteady', first] as const) : (['differs', second] as const)
  return { kind, usage, lateness, lines: linesOf(told), measured: typeof told === 'string' ? null : told.measured }
}

const nameOf = ({ seed }: GeneratedRun, index: number): string => `seed-${seed}-lab-${index + 1}`

/** Keeps the lab, and what the kernel did in it. */
function save(name: string, draft: LabDraft, measured: LabResult | null): string {
  mkdirSync(FOUND, { recursive: true })
  const path = join(FOUND, `${name}.yaml`)
  writeFileSync(path, scenarioText(draft))
  if (measured !== null) writeFileSync(join(FOUND, `${name}.json`), JSON.stringify(measured))
  return path
}

/** The smallest lab found that still differs, with its differences. */
async function shrink(
  { seed }: GeneratedRun,
  index: number,
): Promise<{ readonly draft: LabDraft; readonly lines: readonly string[] } | null> {
  let smallest: { readonly draft: LabDraft; readonly lines: readonly string[] } | null = null
  const property = fc.asyncProperty(lab, async (draft) => {
    const lines = linesOf(await compareDraft(draft))
    if (lines.length > 0) smallest = { draft, lines }
    return lines.length === 0
  })
  await fc.check(property, { seed, path: String(index), unbiased: true, numRuns: 1, interruptAfterTimeLimit: SHRINK_MS })
  return smallest
}

function report(name: string, seconds: string, { kind, lines }: Pick<Outcome, 'kind' | 'lines'>): void {
  if (kind === 'ok') console.log(`ok    ${name} (${seconds} s)`)
  else console.log(`${kind === 'differs' ? 'DIFF ' : 'again'} ${name} (${seconds} s)\n${lines.map((line) => `      ${line}`).join('\n')}`)
}

/** Compares `count` labs; returns how many differ, or one where the labs use too little. */
export async function compareGenerated(run: GeneratedRun): Promise<number> {
  console.log(`seed ${run.seed}: ${run.count} generated labs`)
  const drafts = fc.sample(lab, { seed: run.seed, numRuns: run.count, unbiased: true })
  const outcomes = await inParallel(drafts, run.jobs, async (draft) => {
    const started = performance.now()
    const { measured, ...outcome } = await outcomeOf(draft)
    const name = nameOf(run, drafts.indexOf(draft))
    if (outcome.kind !== 'ok') save(name, draft, measured)
    else if (run.record !== undefined && measured !== null) recordRun(run.record, name, { text: scenarioText(draft), measured })
    report(name, ((performance.now() - started) / 1000).toFixed(1), outcome)
    return outcome
  })
  const differing = outcomes.flatMap(({ kind }, index) => (kind === 'differs' ? [index] : []))
  for (const index of differing.slice(0, MOST_SHRUNK)) await shrinkAndReport(run, index)
  const enough = reportUsage(
    outcomes.map(({ usage }) => usage),
    'here',
  )
  console.log(summary(run, outcomes))
  return differing.length > 0 ? differing.length : enough ? 0 : 1
}

/** Prints what the labs used; false: too few used something. */
export function reportUsage(usages: readonly Usage[], where: 'here' | 'uml'): boolean {
  const { lines, lacking } = usageReport(usages, where)
  console.log(`used in so many labs:\n${lines.map((line) => `  ${line}`).join('\n')}`)
  if (lacking.length > 0) console.log(`used in too few labs: ${lacking.join(', ')}`)
  return lacking.length === 0
}

/** What became of all, and how much of it the machine's lateness has to explain. */
function summary({ seed, count }: GeneratedRun, outcomes: readonly Pick<Outcome, 'kind' | 'lateness'>[]): string {
  const [differ, again] = (['differs', 'unsteady'] as const).map((kind) => outcomes.filter((outcome) => outcome.kind === kind).length)
  const labs = `${count - Number(differ)} agree with this kernel (${again} of them only when run again), ${differ} differ`
  return `seed ${seed}: ${count} generated labs: ${labs}. ${latenessText(outcomes.map(({ lateness }) => lateness))}`
}

async function shrinkAndReport(run: GeneratedRun, index: number): Promise<void> {
  const found = await shrink(run, index)
  if (found === null) {
    console.log(`${nameOf(run, index)} agreed when it was run once more`)
    return
  }
  const path = save(`${nameOf(run, index)}-minimal`, found.draft, null)
  console.log(`${nameOf(run, index)}, as small as it got: npm run test:kernel -- ${path}`)
  console.log(found.lines.map((line) => `      ${line}`).join('\n'))
}
