/**
 * Lines of iptables-save text, parsed. A component writes the same lines on every node, and most of them again after a change: each is read
 * once, and every ruleset gets rules of its own, for these count.
 */
import type { Origin } from '../origin.ts'
import { type IptablesCommand, parseIptables } from './iptables-command.ts'
import { type IptablesError, isIptablesError, parameterError } from './iptables-error.ts'
import { MATCHES } from './matches/list.ts'
import type { Rule } from './rule.ts'
import { splitWords } from './split-words.ts'

/** By table and text. */
const PARSED = new Map<string, Map<string, IptablesCommand>>()
/** So many of a table are kept: 5,000 Services with 4 endpoints have 70,000. */
const MOST_LINES = 100_000

/** Reads one line of a table; an error is not kept. */
export function parseLine(table: string, line: string, origin: Origin | null): IptablesCommand | IptablesError {
  const command = PARSED.get(table)?.get(line) ?? parse(table, line)
  return isIptablesError(command) ? command : { ...command, rules: command.rules.map((rule) => ownRule(rule, origin)) }
}

function keep(table: string, line: string, command: IptablesCommand): void {
  const known = PARSED.get(table) ?? new Map<string, IptablesCommand>()
  PARSED.set(table, known)
  if (known.size >= MOST_LINES) known.clear()
  known.set(line, command)
}

function parse(table: string, line: string): IptablesCommand | IptablesError {
  const argv = splitWords(line)
  if (argv.some((word) => word === '-t' || word === '--table')) return parameterError(`The -t option cannot be used in iptables-restore.\n`)
  const command = parseIptables(argv, null, table)
  if (!isIptablesError(command)) keep(table, line, command)
  return command
}

function ownRule(rule: Rule, origin: Origin | null): Rule {
  const remembers = rule.matches.some(({ name }) => MATCHES.get(name)?.remembers)
  return { ...rule, matches: remembers ? rule.matches.map((match) => ({ ...match })) : rule.matches, origin }
}
