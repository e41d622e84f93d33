/** A copy of the tree in a temporary folder, where files can be broken and the unit tests run. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'

/** `by`: the first test that failed, or what else ended the run. `failed`: the test files with failures. */
export interface Run {
  readonly passed: boolean
  readonly failed: readonly string[]
  readonly by: string
}

export interface Tree {
  /** Every file below these folders. */
  list(folders: readonly string[]): string[]
  read(file: string): string
  write(file: string, text: string): void
  /** Runs these test files, or all under these folders, in one process until the first failure. */
  test(paths: readonly string[], timeoutMs: number): Promise<Run>
  /** Runs them with the set-up file; which mutations each test file reached. */
  reach(paths: readonly string[], timeoutMs: number): Promise<Run & { readonly reached: ReadonlyMap<string, ReadonlySet<number>> }>
  remove(): void
}

/** Copies the last commit; packages are links, the tests' caches are its own. */
export function copyTree(): Tree {
  const root = mkdtempSync(join(tmpdir(), 'packetwalk-mutation-'))
  execFileSync('sh', ['-c', 'git archive HEAD | tar -x -C "$1"', 'sh', root])
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
    test: (paths, timeoutMs) => runVitest(root, ['--bail=1', ...paths], timeoutMs),
    async reach(paths, timeoutMs) {
      const config = join(root, 'vitest.config.ts')
      const text = readFileSync(config, 'utf8')
      writeFileSync(config, text.replace('test: {', "test: { setupFiles: ['scripts/mutation/reached.ts'],"))
      const run = await runVitest(root, paths, timeoutMs)
      writeFileSync(config, text)
      return { ...run, reached: readReached(root) }
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

function readReached(root: string): Map<string, Set<number>> {
  const reached = new Map<string, Set<number>>()
  for (const line of readFileSync(join(root, 'reached.jsonl'), 'utf8').trim().split('\n')) {
    const read = JSON.parse(line) as { file: string; reached: number[] }
    reached.set(relative(root, read.file), new Set(read.reached))
  }
  return reached
}

/** Tests that only a busy machine fails get their time. */
const OPTIONS = ['--pool=threads', '--no-isolate', '--maxWorkers=1', '--testTimeout=300000', '--reporter=json', '--outputFile=results.json']

function runVitest(root: string, paths: readonly string[], timeoutMs: number): Promise<Run> {
  rmSync(join(root, 'results.json'), { force: true })
  return new Promise((done) => {
    const child = spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...paths, ...OPTIONS], {
      cwd: root,
      stdio: 'ignore',
    })
    // A mutation can make a loop endless.
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      done({ passed: false, failed: [], by: 'no end of the tests' })
    }, timeoutMs)
    child.on('exit', (code) => {
      clearTimeout(timer)
      done({ passed: code === 0, ...failuresOf(root) })
    })
  })
}

interface Results {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

function failuresOf(root: string): Pick<Run, 'failed' | 'by'> {
  const file = join(root, 'results.json')
  if (!existsSync(file)) return { failed: [], by: 'tests that do not start' }
  const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as Results
  const failed = testResults.filter(({ status }) => status === 'failed')
  const [first] = failed
  if (!first) return { failed: [], by: 'an error outside of tests' }
  const name = first.assertionResults.find(({ status }) => status === 'failed')?.fullName.trim()
  return { failed: failed.map((each) => relative(root, each.name)), by: `${relative(root, first.name)}: ${name ?? 'does not load'}` }
}
