/** `iptables`: changes and lists the rules of the namespace. Userspace: iptables 1.8.9 (nf_tables). */
import { type IptablesCommand, isTable, parseIptables } from '../linux/netfilter/iptables-command.ts'
import { type IptablesError, isIptablesError } from '../linux/netfilter/iptables-error.ts'
import { createIptTable, type IptTable, type Netfilter } from '../linux/netfilter/netfilter.ts'
import { applyCommand, applyToTable } from '../linux/netfilter/ruleset.ts'
import { type Command, type CommandResult, failed, printed } from './command.ts'
import { listRules, listTable } from './iptables-list.ts'
import { IPTABLES_VERSION, iptablesFailed } from './iptables-message.ts'

const USAGE = `iptables ${IPTABLES_VERSION}

Usage: iptables -[ACD] chain rule-specification [options]
       iptables -I chain [rulenum] rule-specification [options]
       iptables -R chain rulenum rule-specification [options]
       iptables -D chain rulenum [options]
       iptables -[LS] [chain [rulenum]] [options]
       iptables -[FZ] [chain] [options]
       iptables -[NX] chain
       iptables -E old-chain-name new-chain-name
       iptables -P chain target [options]
       iptables -h (print this help information)
`

function list(netfilter: Netfilter, table: IptTable, command: IptablesCommand): CommandResult {
  if (command.chain !== null && !table.chains.has(command.chain)) {
    const message = `chain \`${command.chain}' in table \`${table.name}' is incompatible, use 'nft' tool.`
    return failed(`iptables ${IPTABLES_VERSION}: ${message}`, 1)
  }
  const stdout = command.letter === 'L' ? listTable(table, command) : listRules(table, command)
  if (command.zero && netfilter.tables.has(table.name)) applyToTable(table, { ...command, letter: 'Z' })
  return printed(stdout)
}

/** nft_strerror() goes by the function that failed, which iptables-restore does not tell it. A chain without rules may not be there at all. */
function inWords(netfilter: Netfilter, { letter, number, table, chain }: IptablesCommand, error: IptablesError): IptablesError {
  const there = isTable(table) ? netfilter.tables.get(table)?.chains.get(chain ?? '') : undefined
  const rules = there?.rules ?? []
  const own = there?.policy === null
  if (letter === 'D' && number !== null && (rules.length > 0 || own)) return { ...error, message: 'Index of deletion too big' }
  return letter === 'P' && error.message === 'Bad policy name'
    ? { ...error, message: "Bad policy name. Run `dmesg' for more information" }
    : error
}

/** `iptables [-t TABLE] COMMAND …`. */
export const iptables: Command = (argv, context) => {
  const command = parseIptables(argv.slice(1), context.origin)
  if (isIptablesError(command)) return iptablesFailed(command)
  if (command.letter === 'V') return printed(`iptables ${IPTABLES_VERSION}\n`)
  if (command.letter === 'h') return printed(USAGE)
  const netfilter = context.netns.netfilter.ip
  if (isTable(command.table) && (command.letter === 'L' || command.letter === 'S')) {
    return list(netfilter, netfilter.tables.get(command.table) ?? createIptTable(command.table), command)
  }
  const error = applyCommand(netfilter, command)
  return error ? iptablesFailed(inWords(netfilter, command, error)) : printed('')
}
