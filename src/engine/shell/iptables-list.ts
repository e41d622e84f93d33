/** `iptables -L` and `-S`. Userspace: iptables/nft-shared.c, xshared.c, print_rule_details() and save_ipv4_addr(). */

import type { IptablesCommand } from '../linux/netfilter/iptables-command.ts'
import { formatNetwork, printRuleSpec } from '../linux/netfilter/iptables-text.ts'
import { MATCHES } from '../linux/netfilter/matches/list.ts'
import type { Chain, IptTable } from '../linux/netfilter/netfilter.ts'
import { protocolName } from '../linux/netfilter/protocols.ts'
import type { Rule } from '../linux/netfilter/rule.ts'
import { references } from '../linux/netfilter/ruleset.ts'
import { chainsInOrder } from '../linux/netfilter/table-order.ts'
import { TARGETS } from '../linux/netfilter/targets/list.ts'
import { isJump } from '../linux/netfilter/targets/standard.ts'
import type { Ipv4 } from '../net/ipv4.ts'

/** A counter with K, M, G or T from 100,000 on (xtables_print_num). */
function shortNumber(value: number): string {
  let rest = value
  let unit = ''
  for (const next of ['K', 'M', 'G', 'T']) {
    if (rest <= (unit === '' ? 99999 : 9999)) break
    rest = Math.floor((rest + 500) / 1000)
    unit = next
  }
  return `${rest}${unit}`
}

function counters(packets: number, bytes: number, exact: boolean): string {
  return exact
    ? `${String(packets).padStart(8)} ${String(bytes).padStart(8)} `
    : `${shortNumber(packets).padStart(5)} ${shortNumber(bytes).padStart(5)} `
}

function address(value: Ipv4, mask: Ipv4, inverted: boolean, numeric: boolean): string {
  const text = mask === 0 && !numeric ? 'anywhere' : formatNetwork(value, mask).replace(/\/32$/, '').replace(/\/0$/, '/0')
  return `${inverted ? '!' : ' '}${text.padEnd(19)} `
}

function device(name: string | null, inverted: boolean, numeric: boolean): string {
  return `${inverted ? '!' : ''}${name ?? (numeric ? '*' : 'any')}`.padEnd(6)
}

function targetWord(rule: Rule): string {
  if (rule.target === null) return ''
  if (isJump(rule.target)) return rule.target.chain
  return rule.target.name === 'NOTRACK' ? 'CT' : rule.target.name
}

/** One row of `-L`. */
function listRule(rule: Rule, number: number, command: IptablesCommand): string {
  const { numeric, verbose } = command
  const protocol = numeric ? String(rule.protocol) : rule.protocol === 0 ? 'all' : protocolName(rule.protocol)
  const option = rule.fragment === null ? '--' : rule.fragment ? '-f' : '!f'
  let row = command.lineNumbers ? `${String(number).padEnd(4)} ` : ''
  if (verbose) row += counters(rule.packets, rule.bytes, command.exact)
  row += `${targetWord(rule).padEnd(9)} ${rule.protocolNot ? '!' : ' '}${protocol.padEnd(4)} ${option} `
  if (verbose) row += ` ${device(rule.in, rule.inNot, numeric)} ${device(rule.out, rule.outNot, numeric)} `
  row += address(rule.source, rule.sourceMask, rule.sourceNot, numeric)
  row += address(rule.destination, rule.destinationMask, rule.destinationNot, numeric)
  if (rule.target && isJump(rule.target) && rule.target.goto) row += '[goto] '
  for (const match of rule.matches) row += ` ${MATCHES.get(match.name)?.list(match, numeric) ?? match.name}`
  const words = rule.target && !isJump(rule.target) ? TARGETS.get(rule.target.name)?.list(rule.target, numeric) : ''
  return words ? `${row} ${words}` : row
}

function header(command: IptablesCommand): string {
  const number = command.lineNumbers ? 'num  ' : ''
  const front = command.verbose ? (command.exact ? '    pkts      bytes ' : ' pkts bytes ') : ''
  const devices = command.verbose ? 'in     out     ' : ''
  return `${number}${front}target     prot opt ${devices}source               destination         `
}

function chainTitle(table: IptTable, chain: Chain, command: IptablesCommand): string {
  if (chain.policy === null) return `Chain ${chain.name} (${references(table, chain.name)} references)`
  const number = command.exact ? String : shortNumber
  const counted = command.verbose ? ` ${number(chain.packets)} packets, ${number(chain.bytes)} bytes` : ''
  return `Chain ${chain.name} (policy ${chain.policy}${counted})`
}

/** What `iptables -L` prints of a table, or of the chain or rule the command names. */
export function listTable(table: IptTable, command: IptablesCommand): string {
  const chains = command.chain === null ? chainsInOrder(table) : chainsInOrder(table).filter((chain) => chain.name === command.chain)
  if (command.number !== null) {
    const rule = chains[0]?.rules[command.number - 1]
    return rule ? `${listRule(rule, command.number, command)}\n` : ''
  }
  const blocks = chains.map((chain) => {
    const rows = chain.rules.map((rule, index) => listRule(rule, index + 1, command))
    return `${[chainTitle(table, chain, command), header(command), ...rows].join('\n')}\n`
  })
  return blocks.join('\n')
}

/** What `iptables -S` prints. */
export function listRules(table: IptTable, command: IptablesCommand): string {
  const { verbose, chain: only, number } = command
  const chains = chainsInOrder(table).filter((chain) => only === null || chain.name === only)
  const lines: string[] = []
  if (number === null) {
    for (const chain of chains) {
      const counted = verbose && chain.policy !== null ? ` -c ${chain.packets} ${chain.bytes}` : ''
      lines.push(chain.policy === null ? `-N ${chain.name}` : `-P ${chain.name} ${chain.policy}${counted}`)
    }
  }
  for (const chain of chains) {
    chain.rules.forEach((rule, index) => {
      if (number === null || number === index + 1) lines.push(`-A ${chain.name}${printRuleSpec(rule, verbose)}`)
    })
  }
  return lines.map((line) => `${line}\n`).join('')
}
