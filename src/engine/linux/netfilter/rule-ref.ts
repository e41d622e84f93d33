/** Names a rule for traces and for the user. */
import { printRule } from './iptables-text.ts'
import type { Chain, IptTable } from './netfilter.ts'
import type { Rule, RuleRef } from './rule.ts'

/** Where each rule was seen last: a packet meets the same ones again and again, and what it met is told the same way. */
const KNOWN = new WeakMap<Rule, RuleRef>()

/** The rule at 0-based `index` of a chain, with its text as iptables-save prints it; null where there is none. */
export function ruleRef(table: IptTable, chain: Chain, index: number): RuleRef | null {
  const rule = chain.rules[index]
  if (rule === undefined) return null
  const known = KNOWN.get(rule)
  if (known?.index === index + 1 && known.chain === chain.name && known.table === table.name) return known
  const ref = { table: table.name, chain: chain.name, index: index + 1, text: printRule(chain.name, rule), origin: rule.origin }
  KNOWN.set(rule, ref)
  return ref
}
