/** Reads iptables-save text into tables. Userspace: iptables/xtables-restore.c. */
import type { LineOrigins, Origin } from '../origin.ts'
import { checkChainName, isTable } from './iptables-command.ts'
import { type IptablesError, isIptablesError, kernelError, parameterError, plainError } from './iptables-error.ts'
import { BUILTIN_CHAINS, type Chain, createIptTable, type IptTable, type Netfilter } from './netfilter.ts'
import { parseLine } from './parsed-line.ts'
import { applyToTable, checkSets, tableHasLoop } from './ruleset.ts'

export interface RestoreOptions {
  /** Keep what the text does not name. */
  readonly noflush: boolean
  /** Take packet and byte counters from the text. */
  readonly counters: boolean
  /** Only this table; null for all. */
  readonly table: string | null
  readonly origin: Origin | null
  /** Origins by 1-based line, where they differ. */
  readonly lineOrigins: LineOrigins | null
  /** Check the text, change nothing. */
  readonly test: boolean
}

/** An error and its 1-based line. */
export interface RestoreError extends IptablesError {
  readonly line: number
}

/** Copies a table so that a failure leaves the original untouched. Rules themselves are shared: they are never changed here. */
function copyTable(table: IptTable): IptTable {
  const chains = [...table.chains].map(([name, chain]) => [name, { ...chain, rules: [...chain.rules] }] satisfies [string, Chain])
  return { name: table.name, chains: new Map(chains), hooked: table.hooked }
}

/** "[5:100]" → counters. */
function parseCounters(text: string | undefined): { packets: number; bytes: number } | null {
  const match = /^\[(\d+):(\d+)\]$/.exec(text ?? '')
  return match ? { packets: Number(match[1]), bytes: Number(match[2]) } : null
}

/** ":CHAIN POLICY [packets:bytes]". */
function declareChain(table: IptTable, line: string, options: RestoreOptions): IptablesError | null {
  const [name = '', policy = '', countersText] = line.slice(1).trim().split(/\s+/)
  if (name === '') return parameterError('iptables-restore: line LINE chain name invalid')
  const invalid = checkChainName(name)
  if (invalid) return invalid
  if (policy === '') return parameterError('iptables-restore: line LINE policy invalid')
  const builtin = (BUILTIN_CHAINS[table.name] as readonly string[]).includes(name)
  const counters = (options.counters && parseCounters(countersText)) || { packets: 0, bytes: 0 }
  if (!builtin) {
    table.chains.set(name, { name, policy: null, rules: [], packets: 0, bytes: 0 })
    return null
  }
  const chain = table.chains.get(name) as Chain
  table.hooked = true
  if (policy === 'ACCEPT' || policy === 'DROP') chain.policy = policy
  else if (policy !== '-') return plainError('Bad policy name')
  chain.packets = counters.packets
  chain.bytes = counters.bytes
  return null
}

/** Where a text is being read: the namespace's state, the options, the 1-based line. */
interface Place {
  readonly netfilter: Netfilter
  readonly options: RestoreOptions
  readonly number: number
}

/** A rule or other command, perhaps with counters in front. */
function runLine(table: IptTable, line: string, { netfilter, options, number }: Place): IptablesError | null {
  const front = line.startsWith('[') ? /^\[(\d+):(\d+)\]\s*/.exec(line) : null
  const command = parseLine(table.name, front ? line.slice(front[0].length) : line, options.lineOrigins?.get(number) ?? options.origin)
  if (isIptablesError(command)) return command
  const missing = checkSets(netfilter, command)
  if (missing) return missing
  if (front && options.counters) {
    for (const rule of command.rules) {
      rule.packets = Number(front[1])
      rule.bytes = Number(front[2])
    }
  }
  return applyToTable(table, command)
}

function openTable(netfilter: Netfilter, name: string, noflush: boolean): IptTable | IptablesError {
  if (!isTable(name)) return parameterError(`iptables-restore: line LINE table name '${name}' invalid`)
  const existing = netfilter.tables.get(name)
  return noflush && existing ? copyTable(existing) : createIptTable(name)
}

/** Takes one line while a table is open. */
function takeLine(table: IptTable, line: string, place: Place): IptablesError | null {
  return line.startsWith(':') ? declareChain(table, line, place.options) : runLine(table, line, place)
}

/** Puts a finished table in place. */
function commit(netfilter: Netfilter, table: IptTable, options: RestoreOptions): IptablesError | null {
  if (tableHasLoop(table)) return kernelError('RULE_APPEND failed (Too many links)')
  if (options.test) return null
  netfilter.tables.set(table.name, table)
  netfilter.conntrackNeeded = netfilter.traced = netfilter.nftTrace.enabled = null
  return null
}

/** Loads iptables-save text; each COMMIT takes effect by itself, a table with an error does not. Null: all is loaded. */
export function restoreText(netfilter: Netfilter, text: string, options: RestoreOptions): RestoreError | null {
  let table: IptTable | null = null
  let skipped = false
  let number = 0
  for (const raw of text.split('\n')) {
    number++
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (line === '' || line.startsWith('#')) continue
    let error: IptablesError | null = null
    // While a table is open, '*' begins a rule, which cannot be read.
    if (line.startsWith('*') && table === null) {
      const name = line.slice(1).trim()
      skipped = options.table !== null && options.table !== name
      const opened = skipped ? null : openTable(netfilter, name, options.noflush)
      if (isIptablesError(opened)) error = opened
      else table = opened
    } else if (skipped) skipped = line.trim() !== 'COMMIT'
    else if (table === null) error = plainError('')
    else if (line.trim() === 'COMMIT') {
      error = commit(netfilter, table, options)
      table = null
    } else error = takeLine(table, line, { netfilter, options, number })
    if (error) return { ...error, line: number }
  }
  return table === null ? null : { ...plainError(`COMMIT expected at line ${number + (text.endsWith('\n') ? 0 : 1)}`), line: number }
}
