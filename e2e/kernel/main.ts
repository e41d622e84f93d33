/**
 * `npm run test:kernel -- [FILE…] [--seed N] [--count M] [--jobs J]`: scenarios in real network namespaces and in the simulator. Without files:
 * the gallery, those in ./scenarios, and generated ones. Exit 0: no difference.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { differences } from './compare.ts'
import { inParallel, whyNoKernel } from './kernel.ts'

const FOLDERS = ['src/scenarios', 'e2e/kernel/scenarios']
/** Labs that run at once: they mostly wait for timers. */
const JOBS = 8

function scenarioFiles(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => join(folder, file)),
  )
}

async function compareFiles(files: readonly string[], jobs: number): Promise<number> {
  let failed = 0
  await inParallel(files, jobs, async (file) => {
    const started = performance.now()
    const found = await differences(readFileSync(file, 'utf8')).catch((error: unknown) => [String(error)])
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(
      found.length === 0
        ? `ok    ${file} (${seconds} s)`
        : `DIFF  ${file} (${seconds} s)\n${found.map((line) => `      ${line}`).join('\n')}`,
    )
    if (found.length > 0) failed++
  })
  return failed
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string', default: '1' }, count: { type: 'string' }, jobs: { type: 'string', default: String(JOBS) } },
  })
  const why = whyNoKernel()
  if (why !== null) {
    console.log(`kernel comparison skipped: ${why}`)
    return 0
  }
  const jobs = Number(values.jobs)
  const files = positionals.length > 0 ? positionals : values.count === undefined ? scenarioFiles() : []
  const failed = await compareFiles(files, jobs)
  console.log(failed === 0 ? 'The simulator agrees with this kernel.' : `${failed} of ${files.length} differ.`)
  return failed === 0 ? 0 : 1
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
