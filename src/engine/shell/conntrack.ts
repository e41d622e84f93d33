/** `conntrack`: lists and deletes connections. Userspace: conntrack-tools 1.4.7, src/conntrack.c. */
import { type ConntrackEntry, conntrackEntries, nfCtDelete } from '../linux/netfilter/conntrack-table.ts'
import { formatConntrackEntry } from '../linux/netfilter/conntrack-text.ts'
import { parseProtocol } from '../linux/netfilter/protocols.ts'
import type { NetNs } from '../linux/netns.ts'
import { type Cidr, cidrContains, parseCidr } from '../net/cidr.ts'
import { type Command, type CommandResult, failed, printed } from './command.ts'

const PROGRAM = 'conntrack v1.4.7 (conntrack-tools)'

/** A test on one entry; all given tests must hold. */
type Filter = (entry: ConntrackEntry) => boolean

function usageError(message: string): CommandResult {
  return failed(`${PROGRAM}: ${message}\nTry \`conntrack -h' or 'conntrack --help' for more information.`, 2)
}

/** Options that compare an address, and which address of an entry they mean. */
const ADDRESSES: Readonly<Record<string, (entry: ConntrackEntry) => number>> = {
  '-s': (entry) => entry.original.source,
  '-d': (entry) => entry.original.destination,
  '-r': (entry) => entry.reply.source,
  '-q': (entry) => entry.reply.destination,
}
/** Options that compare a port. */
const PORTS: Readonly<Record<string, (entry: ConntrackEntry) => number>> = {
  '--sport': (entry) => entry.original.sourcePort,
  '--orig-port-src': (entry) => entry.original.sourcePort,
  '--dport': (entry) => entry.original.destinationPort,
  '--orig-port-dst': (entry) => entry.original.destinationPort,
  '--reply-port-src': (entry) => entry.reply.sourcePort,
  '--reply-port-dst': (entry) => entry.reply.destinationPort,
}
const LONG: Readonly<Record<string, string>> = {
  '--list': '-L',
  '--dump': '-L',
  '--delete': '-D',
  '--flush': '-F',
  '--count': '-C',
  '--version': '-V',
  '--src': '-s',
  '--orig-src': '-s',
  '--dst': '-d',
  '--orig-dst': '-d',
  '--reply-src': '-r',
  '--reply-dst': '-q',
  '--proto': '-p',
  '--protonum': '-p',
  '--family': '-f',
  '--mark': '-m',
  '--status': '-u',
  '--output': '-o',
  '--any-nat': '-j',
  '--src-nat': '-n',
  '--dst-nat': '-g',
}
const COMMANDS = ['-L', '-D', '-F', '-C', '-V', '-E', '-G', '-I', '-U', '-S']

interface Reading {
  command: string | null
  extended: boolean
  protocolGiven: boolean
  readonly filters: Filter[]
}

/** The filter of one option that takes a value; a message when the value cannot be read, undefined when there is no such option. */
function valueFilter(reading: Reading, option: string, value: string): Filter | string | undefined {
  const address = ADDRESSES[option]
  const port = PORTS[option]
  if (address) {
    const network = parseCidr(value)
    return network ? (entry) => cidrContains(network, address(entry) as Cidr['address']) : `Invalid IP address \`${value}'`
  }
  if (port) {
    if (!reading.protocolGiven) return `unknown option \`${option}'`
    return /^\d+$/.test(value) ? (entry) => port(entry) === Number(value) : `Invalid port \`${value}'`
  }
  switch (option) {
    case '-p': {
      const protocol = parseProtocol(value)
      if (typeof protocol === 'string') return `\`${value}' unsupported protocol`
      reading.protocolGiven = true
      return (entry) => entry.original.protocol === protocol
    }
    case '--state':
      return (entry) => (entry.tcp?.state ?? entry.sctp) === value.toUpperCase()
    case '-m':
      return (entry) => entry.mark === Number(value)
    case '-u':
      return (entry) => value.split(',').every((word) => hasStatus(entry, word))
    case '-f':
      return value === 'ipv4' || value === 'ipv6' ? () => value === 'ipv4' : `Unknown protocol family \`${value}'`
    case '-o':
      reading.extended = value.split(',').includes('extended')
      return () => true
    default:
      return undefined
  }
}

function hasStatus(entry: ConntrackEntry, word: string): boolean {
  const names: Readonly<Record<string, boolean>> = {
    ASSURED: entry.assured,
    SEEN_REPLY: entry.seenReply,
    UNSET: !entry.seenReply,
    SRC_NAT: entry.nat.source,
    DST_NAT: entry.nat.destination,
  }
  return names[word.toUpperCase()] ?? false
}

const NAT_OPTIONS = ['-j', '-n', '-g']

/** `-n`, `-g`, `-j`: connections whose source, destination, either of them is translated, to the network where one is given. */
function natFilter(option: string, network: Cidr | null): Filter {
  const to = (address: number): boolean => network === null || cidrContains(network, address as Cidr['address'])
  return (entry) =>
    (option !== '-g' && entry.nat.source && to(entry.reply.destination)) ||
    (option !== '-n' && entry.nat.destination && to(entry.reply.source))
}

function readWord(reading: Reading, argv: readonly string[], at: number): number | CommandResult {
  const raw = argv[at] ?? ''
  const equals = raw.startsWith('--') ? raw.indexOf('=') : -1
  const name = equals < 0 ? raw : raw.slice(0, equals)
  const option = LONG[name] ?? name
  if (COMMANDS.includes(option)) {
    reading.command = option
    return argv[at + 1] === 'conntrack' ? at + 2 : at + 1
  }
  const value = equals < 0 ? argv[at + 1] : raw.slice(equals + 1)
  if (NAT_OPTIONS.includes(option)) {
    const given = equals >= 0 || (value !== undefined && !value.startsWith('-'))
    const network = given ? parseCidr(value ?? '') : null
    if (given && network === null) return usageError(`Invalid IP address \`${value}'`)
    reading.filters.push(natFilter(option, network))
    return given && equals < 0 ? at + 2 : at + 1
  }
  const filter = valueFilter(reading, option, value ?? '')
  if (filter === undefined) return usageError(raw.startsWith('-') ? `unknown option \`${raw}'` : `unknown argument \`${raw}'`)
  if (value === undefined) return usageError(`option \`${raw}' requires an argument`)
  if (typeof filter === 'string') return usageError(filter)
  reading.filters.push(filter)
  return equals < 0 ? at + 2 : at + 1
}

function listed(ns: NetNs, entries: readonly ConntrackEntry[], extended: boolean): string {
  return entries.map((entry) => `${extended ? 'ipv4     2 ' : ''}${formatConntrackEntry(entry, ns.kernel.nowMs)}\n`).join('')
}

function run(reading: Reading, ns: NetNs): CommandResult {
  const entries = conntrackEntries(ns).filter((entry) => reading.filters.every((filter) => filter(entry)))
  const table = ns.netfilter.ip.conntrack
  switch (reading.command) {
    case '-L':
      return { ...printed(listed(ns, entries, reading.extended)), stderr: `${PROGRAM}: ${entries.length} flow entries have been shown.\n` }
    case '-D':
      for (const entry of entries) nfCtDelete(table, entry)
      return {
        ...printed(listed(ns, entries, reading.extended)),
        stderr: `${PROGRAM}: ${entries.length} flow entries have been deleted.\n`,
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
      return usageError(`${reading.command ?? 'no command'} is not supported here; -L, -D, -F and -C are`)
  }
}

/** `conntrack -L|-D|-F|-C [options]`. */
export const conntrack: Command = (argv, context) => {
  const reading: Reading = { command: null, extended: false, protocolGiven: false, filters: [] }
  for (let at = 1; at < argv.length; ) {
    const next = readWord(reading, argv, at)
    if (typeof next !== 'number') return next
    at = next
  }
  return run(reading, context.netns)
}
