/** Entry of the command line: finds the command, loads only its file, gives it real streams, turns its answer into the exit code. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { version } from '../../package.json'
import { type CliCommand, FINE, NO, type Streams, USAGE, UsageError } from './command.ts'

const COMMANDS: Readonly<Record<string, () => Promise<CliCommand>>> = {
  check: async () => (await import('./check.ts')).check,
  walk: async () => (await import('./walk.ts')).walkCommand,
  reach: async () => (await import('./reach.ts')).reachCommand,
  compare: async () => (await import('./compare.ts')).compare,
  exec: async () => (await import('./exec.ts')).execCommand,
  test: async () => (await import('./test.ts')).test,
  build: async () => (await import('./build.ts')).build,
  lab: async () => (await import('./lab.ts')).lab,
  rules: async () => (await import('./rules.ts')).rules,
  share: async () => (await import('./share.ts')).share,
  batch: async () => (await import('./batch.ts')).batch,
}

const streams: Streams = {
  read: (file) => (file === '-' ? whole(process.stdin) : readFile(file, 'utf8').catch(cannot('read', file))),
  lines: () => linesOf(process.stdin),
  write: (file, bytes) => writeFile(file, bytes).catch(cannot('write', file)),
  isDirectory: (path) =>
    stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    ),
  makeDirectory: async (path) => {
    await mkdir(path, { recursive: true }).catch(cannot('write', path))
  },
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
}

function cannot(what: 'read' | 'write', file: string): (error: unknown) => never {
  return (error) => {
    const code = error instanceof Error && 'code' in error ? error.code : null
    throw new UsageError(
      `cannot ${what} ${file}: ${code === 'ENOENT' ? (what === 'read' ? 'no such file' : 'no such directory') : code === 'EISDIR' ? 'it is a directory' : code === 'ENOTDIR' ? 'not a directory' : String(code ?? error)}`,
    )
  }
}

async function whole(input: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of input) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

/** Splits at line feeds only: JSON may hold the other characters that count as line ends elsewhere. */
async function* linesOf(input: NodeJS.ReadStream): AsyncGenerator<string> {
  input.setEncoding('utf8')
  let rest = ''
  for await (const chunk of input) {
    const parts = `${rest}${chunk}`.split('\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
  if (rest !== '') yield rest
}

async function overview(): Promise<string> {
  const lines = await Promise.all(Object.entries(COMMANDS).map(async ([name, load]) => `  ${name.padEnd(7)} ${(await load()).summary}`))
  return `packetwalk ${version}: watch a packet walk through Kubernetes, hop by hop.

Usage: packetwalk COMMAND … (FILE may be - for the standard input)

${lines.join('\n')}

packetwalk COMMAND --help explains one of them.
Exit codes: 0 fine; 1 the answer is no (a failed expectation, an error in the input); 2 usage.
`
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv[0] === 'help' ? [argv[1] ?? '--help', '--help'] : argv
  if (name === '--version' || name === '-V') {
    streams.out(`${version}\n`)
    return FINE
  }
  if (name === undefined || name === '--help' || name === '-h') {
    ;(name === undefined ? streams.err : streams.out)(await overview())
    return name === undefined ? USAGE : FINE
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (load === undefined) {
    streams.err(`packetwalk: there is no command "${name}". The commands: ${Object.keys(COMMANDS).join(', ')}.\n`)
    return USAGE
  }
  return runCommand(name, await load(), rest)
}

async function runCommand(name: string, command: CliCommand, argv: readonly string[]): Promise<number> {
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  if (own.includes('--help') || own.includes('-h')) {
    streams.out(command.help)
    return FINE
  }
  if (own.includes('--version')) {
    streams.out(`${version}\n`)
    return FINE
  }
  try {
    return await command.run(argv, streams)
  } catch (error) {
    const parseArgs = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
    if (!(error instanceof UsageError) && !parseArgs) throw error
    streams.err(`packetwalk ${name}: ${error.message}\nTry: packetwalk ${name} --help\n`)
    return USAGE
  }
}

process.stdout.on('error', (error) => {
  // The reader has gone (`| head`): nobody is left to answer.
  if ('code' in error && error.code === 'EPIPE') process.exit(FINE)
  throw error
})
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    streams.err(`packetwalk: this is a mistake in Packetwalk, please report it.\n${error instanceof Error ? error.stack : String(error)}\n`)
    process.exitCode = NO
  },
)
