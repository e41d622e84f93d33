/** Reads an iptables command line. Userspace: iptables/xshared.c, do_parse(). */
import type { Origin } from '../origin.ts'
import { type IptablesError, isIptablesError, parameterError } from './iptables-error.ts'
import type { Rule, Table } from './rule.ts'
import { createRuleParser, finishRules, parseRuleWord, type RuleParser, type Tokens } from './rule-parser.ts'
import { TARGETS } from './targets/list.ts'

/** `-A`, `-D` … by letter, as `iptables` has them. */
export type CommandLetter = 'A' | 'C' | 'D' | 'E' | 'F' | 'I' | 'L' | 'N' | 'P' | 'R' | 'S' | 'V' | 'X' | 'Z' | 'h'

export interface IptablesCommand {
  readonly letter: CommandLetter
  readonly table: string
  /** Null: all chains (-L, -S, -F, -X, -Z). */
  readonly chain: string | null
  /** 1-based; null where none was given. */
  readonly number: number | null
  /** `-P` policy or `-E` new name. */
  readonly argument: string | null
  /** Several when -s or -d lists several addresses. */
  readonly rules: readonly Rule[]
  readonly numeric: boolean
  readonly verbose: boolean
  readonly exact: boolean
  readonly lineNumbers: boolean
  /** `-L -Z`: list, then reset the counters. */
  readonly zero: boolean
}

const LONG_COMMANDS: Readonly<Record<string, CommandLetter>> = {
  '--append': 'A',
  '--check': 'C',
  '--delete': 'D',
  '--rename-chain': 'E',
  '--flush': 'F',
  '--insert': 'I',
  '--list': 'L',
  '--new-chain': 'N',
  '--policy': 'P',
  '--replace': 'R',
  '--list-rules': 'S',
  '--version': 'V',
  '--delete-chain': 'X',
  '--zero': 'Z',
  '--help': 'h',
}
const LETTERS = 'ACDEFILNPRSVXZh'
/** Commands whose chain may be left out. */
const CHAIN_OPTIONAL = 'FLSXZ'
const CHAIN_NAME_LENGTH = 28

/** A command that is being read. */
interface Reading {
  letter: CommandLetter | null
  table: string
  chain: string | null
  number: number | null
  argument: string | null
  readonly flags: Set<string>
}

/** The tables that exist. */
export function isTable(name: string): name is Table {
  return name === 'filter' || name === 'nat' || name === 'mangle' || name === 'raw' || name === 'security'
}

/** Splits bundled short options (`-nvL` → `-n -v -L`) and the attached table (`-tnat` → `-t nat`), as getopt does. Options of the rule do not take attached values. */
function unbundle(word: string): readonly string[] {
  if (!/^-[A-Za-z]./.test(word) || /^-[sdiopjgmcf]/.test(word)) return [word]
  const words: string[] = []
  for (let rest = word.slice(1); rest !== ''; ) {
    const letter = rest.charAt(0)
    words.push(`-${letter}`)
    rest = rest.slice(1)
    if (rest !== '' && 'tACDEINPR'.includes(letter)) {
      words.push(rest)
      rest = ''
    }
  }
  return words
}

/** The next word, if it can be a value (xs_has_arg()): not an option. */
function optionalValue(tokens: Tokens): string | null {
  const word = tokens.words[tokens.at]
  if (word === undefined || word.startsWith('-') || word.startsWith('!')) return null
  tokens.at++
  return word
}

function parseNumber(text: string): number | IptablesError {
  return /^\d+$/.test(text) && Number(text) > 0 ? Number(text) : parameterError(`Invalid rule number \`${text}'`)
}

function checkLength(chain: string): IptablesError | null {
  return chain.length > CHAIN_NAME_LENGTH ? parameterError(`chain name \`${chain}' too long (must be under 29 chars)`) : null
}

/** xshared.c, assert_valid_chain_name(): may a new chain be called so? */
export function checkChainName(chain: string): IptablesError | null {
  if (/^[-!]/.test(chain)) return parameterError(`chain name not allowed to start with \`${chain.charAt(0)}'`)
  if (chain === '' || TARGETS.has(chain)) return parameterError('chain name may not clash with target name')
  return checkLength(chain) ?? (/\s/.test(chain) ? parameterError(`Invalid chain name \`${chain}'`) : null)
}

/** Reads a command letter's own arguments: chain, rule number, policy, new name. */
function readCommand(reading: Reading, letter: CommandLetter, tokens: Tokens): IptablesError | null {
  if (reading.letter !== null && !(reading.letter === 'L' && letter === 'Z') && !(reading.letter === 'Z' && letter === 'L')) {
    return parameterError(`Cannot use -${letter} with -${reading.letter}`)
  }
  if (reading.letter !== null) reading.flags.add('zero')
  reading.letter = reading.letter === 'L' ? 'L' : letter
  if (letter === 'V' || letter === 'h') return null
  const optional = CHAIN_OPTIONAL.includes(letter)
  const chain = optional ? optionalValue(tokens) : (tokens.words[tokens.at++] ?? null)
  if (chain === null) return optional ? null : parameterError(`option "-${letter}" requires an argument`)
  const invalid = letter === 'N' ? checkChainName(chain) : checkLength(chain)
  if (invalid) return invalid
  reading.chain = chain
  if ('DIRLSZ'.includes(letter)) {
    const next = optionalValue(tokens)
    if (next !== null) {
      const number = parseNumber(next)
      if (typeof number !== 'number') return number
      reading.number = number
    } else if (letter === 'R') return parameterError('-R requires a rule number')
  }
  if (letter === 'P' || letter === 'E') {
    reading.argument = optionalValue(tokens)
    if (reading.argument === null) {
      return parameterError(letter === 'P' ? '-P requires a chain and a policy' : '-E requires old-chain-name and new-chain-name')
    }
  }
  return null
}

const FLAGS: Readonly<Record<string, string>> = {
  '-n': 'numeric',
  '--numeric': 'numeric',
  '-v': 'verbose',
  '--verbose': 'verbose',
  '-x': 'exact',
  '--exact': 'exact',
  '--line-numbers': 'line-numbers',
  '--line-number': 'line-numbers',
  '-4': 'ipv4',
  '--ipv4': 'ipv4',
}

/** Options that say how long to wait for others that change the tables. */
const WAITS = ['-w', '--wait', '-W', '--wait-interval']

/** Reads one option that is no part of the rule. False: it may be one of the rule's. */
function readOption(reading: Reading, tokens: Tokens, word: string): IptablesError | boolean {
  const letter = word.length === 2 && LETTERS.includes(word.charAt(1)) ? (word.charAt(1) as CommandLetter) : LONG_COMMANDS[word]
  const flag = FLAGS[word]
  if (letter === undefined && flag === undefined && !['-t', '--table', ...WAITS, '--modprobe'].includes(word)) return false
  tokens.at++
  if (letter !== undefined) return readCommand(reading, letter, tokens) ?? true
  if (flag !== undefined) reading.flags.add(flag)
  else if (WAITS.includes(word)) {
    const seconds = optionalValue(tokens)
    if (seconds !== null && !/^\d+$/.test(seconds)) return parameterError('wait seconds not numeric')
  } else {
    const value = tokens.words[tokens.at++]
    if (value === undefined) return parameterError(`option "${word}" requires an argument`)
    if (word === '-t' || word === '--table') reading.table = value
  }
  return true
}

/** "-i" makes no sense where a packet has not come in, "-o" where it is not leaving. */
function checkDevices(chain: string | null, rules: readonly Rule[]): IptablesError | null {
  for (const rule of rules) {
    if (rule.in !== null && (chain === 'OUTPUT' || chain === 'POSTROUTING')) return parameterError(`Can't use -i with ${chain}\n`)
    if (rule.out !== null && (chain === 'INPUT' || chain === 'PREROUTING')) return parameterError(`Can't use -o with ${chain}\n`)
  }
  return null
}

/** generic_opt_check(): options that make no sense with the command, in the order in which they are looked for. */
function illegalOption({ letter, flags }: Reading, parser: RuleParser, hasRule: boolean): IptablesError | null {
  const ofRules = {
    ...{ '-s': parser.sources, '-d': parser.destinations, '-p': parser.protocol, '-j': parser.target ?? parser.jump },
    ...{ '-i': parser.in, '-o': parser.out, '-c': parser.counters, '-f': parser.fragment },
  }
  const given = new Set(hasRule ? [] : Object.entries(ofRules).flatMap(([name, value]) => (value === null ? [] : [name])))
  if (letter !== 'L') for (const [flag, name] of OF_LISTS) if (flags.has(flag)) given.add(name)
  const first = OPTION_ORDER.find((name) => given.has(name))
  return first === undefined ? null : parameterError(`Illegal option \`${first}' with this command`)
}

const OF_LISTS = [
  ['numeric', '-n'],
  ['exact', '-x'],
  ['line-numbers', '-0'],
] as const
const OPTION_ORDER = ['-n', '-s', '-d', '-p', '-j', '-x', '-i', '-o', '-0', '-c', '-f']

const INHIBITED = '\nThe "nat" table is not intended for filtering, the use of DROP is therefore inhibited.\n\n'

/** Takes the words after `iptables` (or a line of iptables-restore, with its table) and returns the command. Nothing is changed. */
export function parseIptables(argv: readonly string[], origin: Origin | null, table = 'filter'): IptablesCommand | IptablesError {
  const tokens: Tokens = { words: [...argv], at: 0 }
  const reading: Reading = { letter: null, table, chain: null, number: null, argument: null, flags: new Set() }
  const parser = createRuleParser()
  while (tokens.at < tokens.words.length) {
    const split = unbundle(tokens.words[tokens.at] ?? '')
    if (split.length > 1) tokens.words.splice(tokens.at, 1, ...split)
    const read = readOption(reading, tokens, tokens.words[tokens.at] ?? '')
    if (isIptablesError(read)) return read
    if (read) continue
    const error = parseRuleWord(parser, tokens)
    if (error) return error
  }
  if (reading.letter === null) return parameterError('no command specified')
  const hasRule = 'ACI'.includes(reading.letter) || reading.letter === 'R' || (reading.letter === 'D' && reading.number === null)
  const illegal = reading.letter === 'V' || reading.letter === 'h' ? null : illegalOption(reading, parser, hasRule)
  if (illegal) return illegal
  const rules = hasRule ? finishRules(parser, origin) : []
  if (isIptablesError(rules)) return rules
  const error = checkDevices(reading.chain, rules)
  if (error) return error
  const drops = rules.some((rule) => rule.target?.name === 'DROP') || (reading.letter === 'P' && reading.argument === 'DROP')
  if (reading.table === 'nat' && drops) return parameterError(INHIBITED)
  return {
    letter: reading.letter,
    table: reading.table,
    chain: reading.chain,
    number: reading.number,
    argument: reading.argument,
    rules,
    numeric: reading.flags.has('numeric'),
    verbose: reading.flags.has('verbose'),
    exact: reading.flags.has('exact'),
    lineNumbers: reading.flags.has('line-numbers'),
    zero: reading.flags.has('zero'),
  }
}
