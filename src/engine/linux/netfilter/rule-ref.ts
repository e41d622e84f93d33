/** Names a rule for traces and for the user. */
import { printRule } from './iptables-text.ts'
import type { Chain, IptTable } from './netfilter.ts'
import type { RuleRef } from './rule.ts'

/** The rule at 0-based `index` of a chain, with its text as iptables-save prints it; null where there is none. */
export function ruleRef(table: IptTable, chain: Chain, index: number): RuleRef | null {
  const rule = chain.rules[index]
  return rule ? { table: table.name, chain: chain.name, index: index + 1, text: printRule(chain.name, rule), origin: rule.origin } : null
}
