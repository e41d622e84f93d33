/** Types a command at the built command line, as a user does. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const ENTRY = resolve('dist/node/cli/packetwalk.js')

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

/** Runs `packetwalk WORDS…` with an input. */
export function packetwalk(words: readonly string[], input = ''): Ran {
  if (!existsSync(ENTRY)) throw new Error('dist/node/cli/packetwalk.js is not built: npm run build:cli')
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, [ENTRY, ...words], {
    input,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  return { code: status, stdout, stderr, ms: performance.now() - started }
}

/** A file with this text, in a directory of its own. */
export function file(text: string, name = 'lab.yaml'): string {
  const path = join(mkdtempSync(join(tmpdir(), 'packetwalk-')), name)
  writeFileSync(path, text)
  return path
}
