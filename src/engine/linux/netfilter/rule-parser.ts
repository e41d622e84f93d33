/** Reads the rule part of an iptables command, option by option. Userspace: iptables/xshared.c, do_parse(). */
import { type Ipv4, ipv4, ipv4Mask } from '../../net/ipv4.ts'
import type { Origin } from '../origin.ts'
import { parseDottedAddress, parseHostAddress } from './host-address.ts'
import { type IptablesError, isIptablesError, parameterError } from './iptables-error.ts'
import { MATCHES } from './matches/list.ts'
import type { Match, MatchExtension } from './matches/match.ts'
import type { TcpMatch } from './matches/tcp.ts'
import type { UdpMatch } from './matches/udp.ts'
import { type GivenOption, type OptionSpec, parseUnsigned } from './option.ts'
import { parseProtocol, protocolName } from './protocols.ts'
import type { Rule } from './rule.ts'
import { TARGETS } from './targets/list.ts'
import type { Target, TargetExtension } from './targets/target.ts'

/** An extension that was named, with the options given to it so far. `text` collects those of unmodelled ones as they stand. */
interface Pending {
  readonly extension: MatchExtension<Match> | TargetExtension<Target>
  readonly given: GivenOption[]
  text: string
}

interface Network {
  readonly address: Ipv4
  readonly mask: Ipv4
}

/** A rule that is being read. */
export interface RuleParser {
  sources: readonly Network[] | null
  destinations: readonly Network[] | null
  protocol: number | null
  in: string | null
  out: string | null
  fragment: boolean | null
  /** Options that stood behind a `!`. */
  readonly inverted: Set<string>
  readonly matches: Pending[]
  target: Pending | null
  jump: { readonly chain: string; readonly goto: boolean } | null
  counters: { readonly packets: number; readonly bytes: number } | null
  /** The extension named last: options that are not known belong to it if it is not modelled. */
  last: Pending | null
}

/** A rule of which nothing has been read. */
export function createRuleParser(): RuleParser {
  return {
    ...{ sources: null, destinations: null, protocol: null, in: null, out: null, fragment: null },
    ...{ inverted: new Set(), matches: [], target: null, jump: null, counters: null, last: null },
  }
}

/** Long and short spellings of the options of every rule, and how many values they take. */
const RULE_OPTIONS: Readonly<Record<string, string>> = {
  '-s': '-s',
  '--source': '-s',
  '--src': '-s',
  '-d': '-d',
  '--destination': '-d',
  '--dst': '-d',
  '-i': '-i',
  '--in-interface': '-i',
  '-o': '-o',
  '--out-interface': '-o',
  '-p': '-p',
  '--protocol': '-p',
  '--proto': '-p',
  '-j': '-j',
  '--jump': '-j',
  '-g': '-g',
  '--goto': '-g',
  '-m': '-m',
  '--match': '-m',
  '-f': '-f',
  '--fragments': '-f',
  '-c': '-c',
  '--set-counters': '-c',
}
const INVERTIBLE = ['-s', '-d', '-i', '-o', '-p', '-f']

/** parse_ipmask(): four bytes, or the number of bits. */
function parseMask(text: string): Ipv4 | null {
  const dotted = text.split('.').length === 4 ? parseDottedAddress(text) : null
  const bits = parseUnsigned(text, 32)
  return dotted ?? (bits === null ? null : ipv4Mask(bits))
}

/** Reads "ADDRESS[/MASK][,…]". */
function parseNetworks(text: string): readonly Network[] | IptablesError {
  const networks: Network[] = []
  for (const part of text.split(',')) {
    const slash = part.indexOf('/')
    const maskText = slash < 0 ? '32' : part.slice(slash + 1)
    const mask = parseMask(maskText)
    if (mask === null) return parameterError(`invalid mask \`${maskText}' specified`)
    // Where no bit counts, the name does not either.
    const name = slash < 0 ? part : part.slice(0, slash)
    const address = mask === 0 ? ipv4(0) : parseHostAddress(name)
    if (address === null) return parameterError(`host/network \`${name}' not found`)
    networks.push({ address: ipv4(address & mask), mask })
  }
  return networks
}

/** `-j TARGET` or `-j CHAIN`. */
function setTarget(parser: RuleParser, name: string, goto: boolean): IptablesError | null {
  if (parser.target || parser.jump) return parameterError('multiple -j flags not allowed')
  const extension = goto ? undefined : TARGETS.get(name)
  if (!extension) {
    if (name === '') return parameterError('Invalid target name (too short)')
    if (name.length > 28) return parameterError(`Invalid target name \`${name}' (28 chars max)`)
    if (/\s/.test(name)) return parameterError(`Invalid target name \`${name}'`)
    parser.jump = { chain: name, goto }
    return null
  }
  parser.target = { extension, given: [], text: '' }
  parser.last = parser.target
  return null
}

/** `-m MATCH`. */
function addMatch(parser: RuleParser, name: string): IptablesError | null {
  const extension = MATCHES.get(name)
  if (!extension) return parameterError(`Couldn't load match \`${name}':No such file or directory\n`)
  const pending = { extension, given: [], text: '' }
  parser.matches.push(pending)
  parser.last = pending
  return null
}

/** Tokens of a command line with a reading position. */
export interface Tokens {
  readonly words: string[]
  at: number
}

/** The next word as the value of `option`. */
function takeValue(tokens: Tokens, option: string): string | IptablesError {
  const value = tokens.words[tokens.at]
  if (value === undefined) return parameterError(`option "${option}" requires an argument`)
  tokens.at++
  return value
}

function setOnce(parser: RuleParser, option: string, value: string): IptablesError | null {
  const again = parameterError(`multiple ${option} flags not allowed`)
  switch (option) {
    case '-s':
    case '-d': {
      const networks = parseNetworks(value)
      if (isIptablesError(networks)) return networks
      if (option === '-s' ? parser.sources : parser.destinations) return again
      if (option === '-s') parser.sources = networks
      else parser.destinations = networks
      if (networks.length > 1 && parser.inverted.has(option)) {
        return parameterError('! not allowed with multiple source or destination IP addresses')
      }
      return null
    }
    case '-i':
    case '-o':
      if (value === '') return parameterError('Empty interface is likely to be undesired')
      if (value.length > 15) return parameterError(`interface name \`${value}' must be shorter than IFNAMSIZ (15)`)
      if ((option === '-i' ? parser.in : parser.out) !== null) return again
      if (option === '-i') parser.in = value
      else parser.out = value
      return null
    default: {
      const protocol = parseProtocol(value.toLowerCase())
      if (parser.protocol !== null) return again
      if (typeof protocol === 'string') return parameterError(protocol)
      if (protocol === 0 && parser.inverted.has('-p')) return parameterError('rule would never match protocol')
      parser.protocol = protocol
      return null
    }
  }
}

function takeCounters(parser: RuleParser, tokens: Tokens): IptablesError | null {
  const [packets, bytes] = [tokens.words[tokens.at], tokens.words[tokens.at + 1]]
  if (packets === undefined || bytes === undefined || /^[-!]/.test(bytes)) return parameterError('-c requires packet and byte counter')
  if (!/^[+]?\d/.test(packets)) return parameterError('-c packet counter not numeric')
  if (!/^[+]?\d/.test(bytes)) return parameterError('-c byte counter not numeric')
  tokens.at += 2
  parser.counters = { packets: Number.parseInt(packets, 10), bytes: Number.parseInt(bytes, 10) }
  return null
}

/** Reads one of the options every rule may have. Undefined: it is none of them. */
function parseRuleOption(parser: RuleParser, tokens: Tokens, word: string, inverted: boolean): IptablesError | null | undefined {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1
  const option = RULE_OPTIONS[equals < 0 ? word : word.slice(0, equals)]
  if (option === undefined) return undefined
  if (inverted && !INVERTIBLE.includes(option)) return parameterError(`cannot have ! before ${option}`)
  if (inverted) parser.inverted.add(option)
  if (option === '-c') return takeCounters(parser, tokens)
  if (option === '-f') {
    parser.fragment = !inverted
    return null
  }
  // xshared.c, do_parse(): but for -m and -g, the value is the word before the next one, whichever that is.
  const value = equals < 0 ? takeValue(tokens, option) : word.slice(option === '-m' || option === '-g' ? equals + 1 : 0)
  if (typeof value !== 'string') return value
  if (option === '-j' || option === '-g') return setTarget(parser, value, option === '-g')
  return option === '-m' ? addMatch(parser, value) : setOnce(parser, option, value)
}

function findSpec(options: readonly OptionSpec[], name: string): OptionSpec | undefined {
  const exact = options.find((spec) => spec.name === name || spec.aliases?.includes(name))
  if (exact) return exact
  const begins = options.filter((spec) => spec.name.startsWith(name) || spec.aliases?.some((alias) => alias.startsWith(name)))
  return begins.length === 1 ? begins[0] : undefined
}

/** The extension that has an option of that name: the one named last first. A protocol's own match is loaded when it is needed. */
function findOption(parser: RuleParser, name: string): { pending: Pending; spec: OptionSpec } | null {
  for (const pending of [...(parser.target ? [parser.target] : []), ...parser.matches.toReversed()]) {
    const spec = findSpec(pending.extension.options, name)
    if (spec) return { pending, spec }
  }
  const implied = parser.protocol === null ? undefined : MATCHES.get(protocolName(parser.protocol))
  if (!implied || parser.matches.some((pending) => pending.extension === implied)) return null
  const spec = findSpec(implied.options, name)
  if (!spec) return null
  const pending: Pending = { extension: implied, given: [], text: '' }
  parser.matches.push(pending)
  return { pending, spec }
}

function isUnmodelled(pending: Pending | null): pending is Pending {
  return pending?.extension.keepsText === true
}

/** An option of an extension that is not modelled, with its values: kept as text. */
function keepText(pending: Pending, tokens: Tokens, word: string, inverted: boolean): null {
  pending.text += ` ${inverted ? '! ' : ''}${word}`
  for (let next = tokens.words[tokens.at]; next !== undefined && next !== '!' && !next.startsWith('-'); next = tokens.words[tokens.at]) {
    pending.text += ` ${/[\s"\\]/.test(next) ? `"${next.replace(/["\\]/g, '\\$&')}"` : next}`
    tokens.at++
  }
  return null
}

/** Reads one option of a match or target. */
function parseExtensionOption(parser: RuleParser, tokens: Tokens, word: string, inverted: boolean): IptablesError | null {
  const equals = word.indexOf('=')
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals)
  const found = word.startsWith('--') ? findOption(parser, name) : null
  if (!found) {
    if (isUnmodelled(parser.last)) return keepText(parser.last, tokens, word, inverted)
    return parameterError(`unknown option "${word}"`)
  }
  const { pending, spec } = found
  const extension = pending.extension.name
  if (inverted && !spec.invertible) {
    return parameterError(spec.notInverted ?? `${extension}: option "--${spec.name}" cannot be inverted.\n`)
  }
  const again = pending.given.findIndex((option) => option.name === spec.name)
  if (again >= 0 && !spec.repeatable) {
    return parameterError(spec.onlyOnce ?? `${extension}: option "--${spec.name}" can only be used once.\n`)
  }
  const values: string[] = equals < 0 ? [] : [word.slice(equals + 1)]
  while (values.length < spec.values) {
    const value = takeValue(tokens, word)
    if (typeof value !== 'string') return values.length === 1 ? parameterError(`--${spec.name} requires two args.`) : value
    values.push(value)
  }
  if (again >= 0) pending.given.splice(again, 1)
  pending.given.push({ name: spec.name, not: inverted, values })
  return null
}

/** Reads one option of a rule, from the word at the reading position (which may be `!`). */
export function parseRuleWord(parser: RuleParser, tokens: Tokens): IptablesError | null {
  const first = tokens.words[tokens.at++] ?? ''
  const inverted = first === '!'
  const word = inverted ? (tokens.words[tokens.at++] ?? '') : first
  if (inverted && word === '!') return parameterError('multiple consecutive ! not allowed')
  if (inverted && word === '') return parameterError('nothing appropriate following !')
  if (!word.startsWith('-')) return parameterError(`Bad argument \`${word}'`)
  const ruleOption = parseRuleOption(parser, tokens, word, inverted)
  return ruleOption === undefined ? parseExtensionOption(parser, tokens, word, inverted) : ruleOption
}

/** `xtables_options_fcheck()`: what options demand of each other; null when all is well. */
function checkOptions(name: string, options: readonly OptionSpec[], given: readonly GivenOption[]): string | null {
  const has = (option: string) => given.some((each) => each.name === option)
  for (const spec of options) {
    if (!has(spec.name) && spec.mandatory) return `${name}: option "--${spec.name}" must be specified\n`
    if (!has(spec.name)) continue
    const other = spec.excludes?.find(has)
    if (other) return `${name}: option "--${spec.name}" cannot be used together with "--${other}".\n`
    if (spec.also && !has(spec.also)) return `${name}: option "--${spec.name}" also requires "--${spec.also}".\n`
  }
  return null
}

/** The data of one extension from its options. */
function finishExtension<T>(pending: Pending, protocol: number): T | IptablesError {
  const { extension, given, text } = pending
  const missing = extension.finalCheck?.(given)
  if (missing) return parameterError(missing)
  const conflict = checkOptions(extension.name, extension.options, given)
  if (conflict) return parameterError(conflict)
  const data = extension.parse(given, protocol)
  if (typeof data === 'string') return parameterError(data)
  return (text === '' ? data : { ...data, text }) as T
}

const ANYWHERE: readonly Network[] = [{ address: ipv4(0), mask: ipv4(0) }]

/** See `Rule.port`. Comments do not count. */
function exactPort(matches: readonly Match[]): number {
  const first = matches.find((match) => match.name !== 'comment')
  if (first?.name !== 'tcp' && first?.name !== 'udp') return -1
  const { destination, destinationNot } = first as TcpMatch | UdpMatch
  return destination.min === destination.max && !destinationNot ? (first.name === 'tcp' ? 6 : 17) * 65536 + destination.min : -1
}

/** The rules that were read: one, or one for each pair of addresses. */
export function finishRules(parser: RuleParser, origin: Origin | null): readonly Rule[] | IptablesError {
  const protocol = parser.inverted.has('-p') ? 0 : (parser.protocol ?? 0)
  const rules: Rule[] = []
  for (const source of parser.sources ?? ANYWHERE) {
    for (const destination of parser.destinations ?? ANYWHERE) {
      const matches: Match[] = []
      for (const pending of parser.matches) {
        const match = finishExtension<Match>(pending, protocol)
        if (isIptablesError(match)) return match
        const requires = MATCHES.get(match.name)?.requires
        if (requires && requires.protocol !== protocol) return parameterError(requires.error)
        matches.push(match)
      }
      const target = parser.jump ? { name: 'jump', ...parser.jump } : parser.target && finishExtension<Target>(parser.target, protocol)
      if (isIptablesError(target)) return target
      const { inverted } = parser
      rules.push({
        source: source.address,
        sourceMask: source.mask,
        sourceNot: inverted.has('-s'),
        destination: destination.address,
        destinationMask: destination.mask,
        destinationNot: inverted.has('-d'),
        in: parser.in === '+' ? null : parser.in,
        inNot: inverted.has('-i'),
        out: parser.out === '+' ? null : parser.out,
        outNot: inverted.has('-o'),
        protocol: parser.protocol ?? 0,
        protocolNot: inverted.has('-p'),
        fragment: parser.fragment,
        matches,
        port: parser.inverted.has('-p') ? -1 : exactPort(matches),
        target,
        origin,
        ...(parser.counters ?? { packets: 0, bytes: 0 }),
      })
    }
  }
  return rules
}
