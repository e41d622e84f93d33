/** Words and options of kubectl. */
import { type CommandResult, failed, type KubeApi, type ShellContext } from './command.ts'

export interface KubectlOptions {
  readonly verb: string
  readonly namespace: string
  readonly allNamespaces: boolean
  readonly output: string
  readonly selector: string | null
  readonly headers: boolean
  readonly showLabels: boolean
  /** Options without a value that were given, without dashes. */
  readonly flags: ReadonlySet<string>
  /** Options with a value, by their long names. */
  readonly values: ReadonlyMap<string, string>
  readonly words: readonly string[]
  /** How many words stand before `--`; null: there is none. */
  readonly commandAt: number | null
}

/** One verb: the words after it, the options, the API server, and where it is typed. */
export type KubectlCommand = (words: readonly string[], options: KubectlOptions, kube: KubeApi, context: ShellContext) => CommandResult

/** Short names of options that take a value. */
const SHORT: Readonly<Record<string, string>> = { n: 'namespace', o: 'output', l: 'selector', f: 'filename', p: 'patch', c: 'container' }
const WITH_VALUE = [
  ...Object.values(SHORT),
  'type',
  'replicas',
  'current-replicas',
  'grace-period',
  'subresource',
  'cascade',
  'timeout',
  'tail',
  'since',
]
const FLAGS = ['all-namespaces', 'no-headers', 'show-labels', 'force', 'now', 'wait', 'all', 'overwrite', 'ignore-not-found', 'server-side']
const SHORT_FLAGS: Readonly<Record<string, string>> = { A: 'all-namespaces' }
/** Those of `logs`, where the letters mean no values. */
const LOG_FLAGS: Readonly<Record<string, string>> = { ...SHORT_FLAGS, f: 'follow', p: 'previous' }
const EXEC_FLAGS: Readonly<Record<string, string>> = { i: 'stdin', t: 'tty', q: 'quiet' }

/**
 * Where the verb stands among the words after `kubectl` (cobra, stripFlags()): before it, an option without `=` takes the next word with it,
 * whatever it is. Where none stands, behind them all.
 */
export function verbAt(argv: readonly string[]): number {
  let at = 0
  for (let word = argv[0]; word !== undefined && /^-./.test(word); word = argv[at]) at += /^(?:--[^=]+|-[^-])$/.test(word) ? 2 : 1
  return at
}

/** The words after `kubectl`, as far as they are read. */
interface Reading {
  readonly verb: string
  readonly values: Map<string, string>
  readonly flags: Set<string>
  readonly words: string[]
  /** Those that follow. */
  readonly left: string[]
}

/** Reads the words after `kubectl` without the verb. */
export function readOptions(argv: readonly string[], verb: string): KubectlOptions | CommandResult {
  const reading: Reading = { verb, values: new Map(), flags: new Set(), words: [], left: [...argv] }
  const { values, flags, words, left } = reading
  let commandAt: number | null = null
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '--') {
      commandAt = words.length
      words.push(...left.splice(0))
    } else if (!word.startsWith('-') || word === '-') words.push(word)
    else {
      const problem = word.startsWith('--') ? readLong(reading, word) : readShort(reading, word.slice(1))
      if (problem !== null) return failed(`error: ${problem}\nSee 'kubectl ${verb} --help' for usage.`)
    }
  }
  return {
    verb,
    namespace: values.get('namespace') ?? 'default',
    allNamespaces: flags.has('all-namespaces'),
    output: values.get('output') ?? '',
    selector: values.get('selector') ?? null,
    headers: !flags.has('no-headers'),
    showLabels: flags.has('show-labels'),
    flags,
    values,
    words,
    commandAt,
  }
}

const shortFlagsOf = ({ verb }: Reading): Readonly<Record<string, string>> =>
  verb === 'logs' ? LOG_FLAGS : verb === 'exec' ? EXEC_FLAGS : SHORT_FLAGS

/** `--name`, `--name=value`, `--name value`; gives what is wrong with it. */
function readLong(reading: Reading, word: string): string | null {
  const [, name = '', given] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? []
  if (FLAGS.includes(name) || Object.values(shortFlagsOf(reading)).includes(name)) return setFlag(reading, name, given ?? 'true')
  if (!WITH_VALUE.includes(name)) return `unknown flag: --${name}`
  const value = given ?? reading.left.shift()
  if (value === undefined) return `flag needs an argument: ${word}`
  reading.values.set(name, value)
  return null
}

/** Letters behind one dash: flags, and at last one with a value. */
function readShort(reading: Reading, letters: string): string | null {
  const letter = letters.charAt(0)
  const behind = letters.slice(1)
  const flag = shortFlagsOf(reading)[letter]
  if (flag !== undefined) {
    if (behind.startsWith('=')) return setFlag(reading, flag, behind.slice(1))
    return setFlag(reading, flag, 'true') ?? (behind === '' ? null : readShort(reading, behind))
  }
  const name = SHORT[letter]
  if (name === undefined) return `unknown shorthand flag: '${letter}' in -${letters}`
  const value = behind === '' ? reading.left.shift() : behind.replace(/^=/, '')
  if (value === undefined) return `flag needs an argument: '${letter}' in -${letters}`
  reading.values.set(name, value)
  return null
}

/** Go: strconv.ParseBool(). */
function setFlag(reading: Reading, name: string, value: string): string | null {
  const { flags, values } = reading
  if (/^(?:1|t|T|TRUE|true|True)$/.test(value)) flags.add(name)
  else if (/^(?:0|f|F|FALSE|false|False)$/.test(value)) {
    flags.delete(name)
    values.set(name, 'false')
  } else {
    const short = Object.entries(shortFlagsOf(reading)).find(([, long]) => long === name)?.[0]
    const named = short === undefined ? `--${name}` : `-${short}, --${name}`
    return `invalid argument "${value}" for "${named}" flag: strconv.ParseBool: parsing "${value}": invalid syntax`
  }
  return null
}
