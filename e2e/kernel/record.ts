/** What the kernel did in a scenario, kept in a file, so that the simulator can be compared with it again without a kernel. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { LabResult } from './kernel.ts'

export interface RecordedRun {
  /** The scenario. */
  readonly text: string
  readonly measured: LabResult
}

const END = '.json.gz'

export function recordRun(folder: string, name: string, run: RecordedRun): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name.replaceAll('/', '-').replace(/\.yaml$/, '')}${END}`), gzipSync(JSON.stringify(run)))
}

/** The names of the runs that are recorded in a folder. */
export const recordedRuns = (folder: string): string[] =>
  readdirSync(folder).flatMap((file) => (file.endsWith(END) ? [file.slice(0, -END.length)] : []))

export const recordedRun = (folder: string, name: string): RecordedRun =>
  JSON.parse(gunzipSync(readFileSync(join(folder, `${name}${END}`))).toString('utf8'))
