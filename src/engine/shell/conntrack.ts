/** `conntrack`: lists and deletes connections. Userspace: conntrack-tools 1.4.7, src/conntrack.c. */
import { type ConntrackEntry, conntrackEntries, nfCtDelete } from '../linux/netfilter/conntrack-table.ts'
import { formatConntrackEntry, saveConntrackEntry } from '../linux/netfilter/conntrack-text.ts'
import type { NetNs } from '../linux/netns.ts'
import { parseCidr } from '../net/cidr.ts'
import { type Command, type CommandResult, failed, printed } from './command.ts'
import { type Filter, type FilterReading, maskFilters, natFilter, valueFilter } from './conntrack-filter.ts'

const PROGRAM = 'conntrack v1.4.7 (conntrack-tools)'

function usageError(message: string): CommandResult {
  return failed(`${PROGRAM}: ${message}\nTry \`conntrack -h' or 'conntrack --help' for more information.`, 2)
}

/** Long names by short one; the first is how the tool calls the option in errors. */
const LONG: Readonly<Record<string, readonly string[]>> = {
  '-L': ['--list', '--dump'],
  '-D': ['--delete'],
  '-F': ['--flush'],
  '-C': ['--count'],
  '-V': ['--version'],
  '-h': ['--help'],
  '-s': ['--orig-src', '--src'],
  '-d': ['--orig-dst', '--dst'],
  '-r': ['--reply-src'],
  '-q': ['--reply-dst'],
  '-p': ['--protonum', '--proto'],
  '-f': ['--family'],
  '-m': ['--mark'],
  '-u': ['--status'],
  '-o': ['--output'],
  '-j': ['--any-nat'],
  '-n': ['--src-nat'],
  '-g': ['--dst-nat'],
  '-w': ['--zone'],
  '-t': ['--timeout'],
  '-z': ['--zero'],
  '-b': ['--buffer-size'],
}
const SHORT = new Map(Object.entries(LONG).flatMap(([short, names]) => names.map((name) => [name, short] as const)))
const COMMANDS = ['-L', '-D', '-F', '-C', '-V', '-h']
/** Real commands that nothing here would answer. */
const NOT_MODELLED: Readonly<Record<string, string>> = {
  ...{ '-E': '-E', '--event': '-E', '-G': '-G', '--get': '-G', '-I': '-I', '--create': '-I', '-A': '-A', '--add': '-A' },
  ...{ '-U': '-U', '--update': '-U' },
  ...{ '-S': '-S', '--stats': '-S', '-R': '-R', '--load-file': '-R' },
}
const TABLES = ['conntrack', 'expect', 'dying', 'unconfirmed']
const NAT_OPTIONS = ['-j', '-n', '-g']
const OUTPUTS = ['extended', 'id', 'save', 'ktimestamp', 'timestamp', 'labels']

interface Reading extends FilterReading {
  command: string | null
  table: string
  readonly outputs: Set<string>
  readonly filters: { readonly option: string; readonly holds: Filter }[]
  /** Values by option, as given. */
  readonly given: Map<string, string>
}

/** What the options ask for. With a mask, `-s` and `-d` are compared by it alone. */
function filtersOf(reading: Reading): readonly Filter[] {
  const masked = (option: string) =>
    (option === '-s' && reading.sourceMask !== null) || (option === '-d' && reading.destinationMask !== null)
  const plain = reading.filters.filter(({ option }) => !masked(option)).map(({ holds }) => holds)
  return [...plain, ...maskFilters(reading, reading.given)]
}

/** `-L conntrack`: the table, where one is named. */
function readCommand(reading: Reading, option: string, argv: readonly string[], at: number): number | CommandResult {
  if (reading.command !== null && reading.command !== option) return usageError('Invalid commands combination')
  reading.command = option
  const table = argv[at + 1]
  if (table === undefined || table.startsWith('-')) return at + 1
  if (!TABLES.includes(table)) return usageError(`unknown type \`${table}'`)
  reading.table = table
  return at + 2
}

function readOutput(reading: Reading, text: string): CommandResult | null {
  for (const word of text.split(',')) {
    if (word === 'xml') return usageError('-o xml is not modelled')
    if (!OUTPUTS.includes(word)) return usageError(`Bad parameter \`${text}'`)
    reading.outputs.add(word)
  }
  if (reading.outputs.has('save') && reading.outputs.size > 1) {
    return usageError('cannot combine save output with any other output type, use -o save only')
  }
  return null
}

/** `-n`, `-g` and `-j` may stand without an address. */
function readNat(reading: Reading, option: string, value: string | undefined): boolean | CommandResult {
  const given = value !== undefined && !value.startsWith('-')
  const network = given ? parseCidr(value) : null
  if (given && network === null) return usageError(`Invalid IP address \`${value}'`)
  reading.filters.push({ option, holds: natFilter(option, network) })
  return given
}

function readWord(reading: Reading, argv: readonly string[], at: number): number | CommandResult {
  const raw = argv[at] ?? ''
  const [, name = raw, attached] = /^(--[^=]*)=(.*)$/s.exec(raw) ?? []
  const option = SHORT.get(name) ?? name
  if (COMMANDS.includes(option)) return readCommand(reading, option, argv, at)
  const other = NOT_MODELLED[name]
  if (other) return usageError(`${other} is not modelled; -L, -D, -F and -C are`)
  if (option === '-z') return at + 1
  const value = attached ?? argv[at + 1]
  const next = attached === undefined ? at + 2 : at + 1
  if (NAT_OPTIONS.includes(option)) {
    const read = readNat(reading, option, value)
    return typeof read === 'boolean' ? (read ? next : at + 1) : read
  }
  if (option === '-o') return readOutput(reading, value ?? '') ?? next
  if (option === '-t' || option === '-b') {
    reading.given.set(option, value ?? '')
    return next
  }
  const filter = valueFilter(reading, option, value ?? '')
  if (filter === undefined) return usageError(raw.startsWith('-') ? `unknown option \`${raw}'` : `unknown argument \`${raw}'`)
  if (value === undefined) return usageError(`option \`${raw}' requires an argument`)
  if (typeof filter !== 'function') return usageError(filter.error)
  reading.given.set(option, value)
  reading.filters.push({ option, holds: filter })
  return next
}

function listed(ns: NetNs, entries: readonly ConntrackEntry[], outputs: ReadonlySet<string>): string {
  const now = ns.kernel.nowMs
  return entries
    .map((entry) => {
      if (outputs.has('save')) return `${saveConntrackEntry(entry, now)}\n`
      const front = outputs.has('extended') ? 'ipv4     2 ' : ''
      return `${front}${formatConntrackEntry(entry, now)}${outputs.has('id') ? ` id=${entry.id}` : ''}\n`
    })
    .join('')
}

/** "3 flow entries have been shown." */
function told(entries: readonly ConntrackEntry[], done: string): string {
  return `${PROGRAM}: ${entries.length} flow entries have been ${done}.\n`
}

/** Options that the command cannot have. */
function illegal(reading: Reading): CommandResult | null {
  const { command, given } = reading
  const [first] = given.keys()
  const name = (option: string) => LONG[option]?.[0] ?? option
  if (command === '-F' && first !== undefined) return usageError(`Illegal option \`${name(first)}' with this command`)
  if (given.has('-t')) return usageError("Illegal option `--timeout' with this command")
  return null
}

function run(reading: Reading, ns: NetNs): CommandResult {
  const wrong = illegal(reading)
  if (wrong) return wrong
  const all = reading.table === 'conntrack' ? conntrackEntries(ns) : []
  const filters = filtersOf(reading)
  const entries = all.filter((entry) => filters.every((filter) => filter(entry)))
  const table = ns.netfilter.ip.conntrack
  switch (reading.command) {
    case '-L':
      if (reading.table === 'expect') return { ...printed(''), stderr: `${PROGRAM}: 0 expectations have been shown.\n` }
      return { ...printed(listed(ns, entries, reading.outputs)), stderr: told(entries, 'shown') }
    case '-D':
      for (const entry of entries) nfCtDelete(table, entry)
      return {
        ...printed(listed(ns, entries, reading.outputs)),
        stderr: told(entries, 'deleted'),
        code: entries.length > 0 ? 0 : 1,
      }
    case '-F':
      for (const entry of conntrackEntries(ns)) nfCtDelete(table, entry)
      return { ...printed(''), stderr: `${PROGRAM}: connection tracking table has been emptied.\n` }
    case '-C':
      return printed(`${conntrackEntries(ns).length}\n`)
    case '-V':
      return printed(`${PROGRAM}\n`)
    default:
      return printed('Usage: conntrack -L|-D|-F|-C [conntrack] [options]\n')
  }
}

/** `conntrack -L|-D|-F|-C [options]`. */
export const conntrack: Command = (argv, context) => {
  const reading: Reading = {
    ...{ command: null, table: 'conntrack', protocol: null, sourceMask: null, destinationMask: null },
    ...{ outputs: new Set(), filters: [], given: new Map() },
  }
  for (let at = 1; at < argv.length; ) {
    const next = readWord(reading, argv, at)
    if (typeof next !== 'number') return next
    at = next
  }
  const { given, sourceMask, destinationMask } = reading
  if (sourceMask !== null && !given.has('-s')) return usageError("Can't use --mask-src without --src")
  if (destinationMask !== null && !given.has('-d')) return usageError("Can't use --mask-dst without --dst")
  return run(reading, context.netns)
}
