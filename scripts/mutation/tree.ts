/** A copy of the last commit in a temporary folder, where files can be broken and the unit tests run. */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Found, Task } from './runner.ts'

/** Where the kernel's recorded runs stand in the copy. */
export const RECORDED = 'recorded'

/** How the process ended, and what it found until then. */
export interface Run {
  readonly ended: 'passed' | 'failed' | 'killed'
  readonly found: readonly Found[]
}

export interface RunOptions {
  /** Test files, or folders of them; nearest to `mutated` first. */
  readonly paths: readonly string[]
  readonly mutated?: string
  /** Ends with the first test that fails. */
  readonly bail?: boolean
}

export interface Tree {
  /** Every file below these folders. */
  list(folders: readonly string[]): string[]
  read(file: string): string
  write(file: string, text: string): void
  /** Runs tests in one process. */
  test(task: Task, options: RunOptions): Promise<Run>
  remove(): void
}

/** Packages are links, the tests' caches are its own. `recorded`: a folder of the kernel's runs. */
export function copyTree(recorded: string | undefined): Tree {
  const root = mkdtempSync(join(tmpdir(), 'packetwalk-mutation-'))
  execFileSync('sh', ['-c', 'git archive HEAD | tar -x -C "$1"', 'sh', root])
  cpSync('scripts/mutation', join(root, 'scripts/mutation'), { recursive: true })
  cpSync('e2e/kernel', join(root, 'e2e/kernel'), { recursive: true })
  if (recorded !== undefined) cpSync(recorded, join(root, RECORDED), { recursive: true })
  mkdirSync(join(root, 'node_modules'))
  for (const entry of readdirSync('node_modules')) {
    if (!entry.startsWith('.')) symlinkSync(resolve('node_modules', entry), join(root, 'node_modules', entry))
  }
  return {
    list: (folders) =>
      folders.flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
      ),
    read: (file) => readFileSync(join(root, file), 'utf8'),
    write: (file, text) => writeFileSync(join(root, file), text),
    test(task, options) {
      writeFileSync(join(root, 'task.json'), JSON.stringify(task))
      rmSync(join(root, 'found.jsonl'), { force: true })
      return runVitest(root, options)
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

function foundIn(root: string): Found[] {
  const file = join(root, 'found.jsonl')
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Found)
}

/**
 * The longest that may pass without a word in `found.jsonl` while a mutation is tried: it can make a loop endless that the runner does not see.
 * Before the first, all tests run, on a loaded machine for long.
 */
const SILENCE_MS = 300_000
const MOST_MS = 7_200_000

function runVitest(root: string, { paths, mutated, bail = false }: RunOptions): Promise<Run> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const options = ['--config=scripts/mutation/vitest.config.ts', '--reporter=dot', ...(bail ? ['--bail=1'] : [])]
  return new Promise((done) => {
    const child = spawn(process.execPath, [vitest, 'run', ...options, ...paths], {
      cwd: root,
      stdio: 'ignore',
      env: { ...process.env, ...(mutated === undefined ? {} : { MUTATED: mutated }) },
    })
    const isAlone = mutated !== undefined
    let [words, sinceMs] = [0, performance.now()]
    const listening = setInterval(() => {
      const found = foundIn(root)
      if (found.length !== words) [words, sinceMs] = [found.length, performance.now()]
      const longest = isAlone || found.some(({ kind }) => kind === 'trying') ? SILENCE_MS : MOST_MS
      if (performance.now() - sinceMs > longest) child.kill('SIGKILL')
    }, 5000)
    child.on('close', (code) => {
      clearInterval(listening)
      done({ ended: code === 0 ? 'passed' : code === null ? 'killed' : 'failed', found: foundIn(root) })
    })
  })
}
