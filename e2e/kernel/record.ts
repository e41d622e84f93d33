/** What the kernel did in a scenario, kept in a file, so that the simulator can be compared with it again without a kernel. */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { parseScenario } from '../../src/engine/kubernetes/manifest.ts'
import { labOf } from './compare.ts'
import type { LabResult } from './kernel.ts'

export interface RecordedRun {
  /** The scenario. */
  readonly text: string
  /** SHA-256 of the script that the kernel ran. */
  readonly script: string
  readonly measured: LabResult
}

const END = '.json.gz'

export const hashOfScript = (script: string): string => createHash('sha256').update(script).digest('hex')

export function recordRun(folder: string, name: string, given: Pick<RecordedRun, 'text' | 'measured'>): void {
  mkdirSync(folder, { recursive: true })
  const run: RecordedRun = { ...given, script: hashOfScript(labOf(parseScenario(given.text))) }
  writeFileSync(join(folder, `${name.replaceAll('/', '-').replace(/\.yaml$/, '')}${END}`), gzipSync(JSON.stringify(run)))
}

/** The names of the runs that are recorded in a folder. */
export const recordedRuns = (folder: string): string[] =>
  readdirSync(folder).flatMap((file) => (file.endsWith(END) ? [file.slice(0, -END.length)] : []))

export const recordedRun = (folder: string, name: string): RecordedRun =>
  JSON.parse(gunzipSync(readFileSync(join(folder, `${name}${END}`))).toString('utf8'))
