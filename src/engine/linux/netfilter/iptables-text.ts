/** Rules as iptables-save prints them. Userspace: iptables/nft-shared.c and nft-ipv4.c, nft_rule_save(). */
import { formatAddress } from '../../net/address.ts'
import { maskLength } from '../../net/cidr.ts'
import type { Ipv4 } from '../../net/ipv4.ts'
import { MATCHES } from './matches/list.ts'
import type { Match } from './matches/match.ts'
import { not } from './option.ts'
import { protocolName } from './protocols.ts'
import type { Rule } from './rule.ts'
import { TARGETS } from './targets/list.ts'
import { isJump } from './targets/standard.ts'
import type { Target } from './targets/target.ts'

/** "10.0.0.0/8", or with a dotted mask where it is not contiguous. */
export function formatNetwork(address: Ipv4, mask: Ipv4): string {
  return `${formatAddress(address)}/${maskLength(mask) ?? formatAddress(mask)}`
}

function printAddress(option: string, address: Ipv4, mask: Ipv4, inverted: boolean): string {
  return mask === 0 && !inverted ? '' : ` ${not(inverted)}${option} ${formatNetwork(address, mask)}`
}

function printMatch(match: Match): string {
  return ` -m ${match.name}${MATCHES.get(match.name)?.print(match) ?? ''}`
}

/** " -j ACCEPT", " -g CHAIN" …; '' for a rule without a target. */
export function printTarget(target: Target | null): string {
  if (target === null) return ''
  if (isJump(target)) return ` ${target.goto ? '-g' : '-j'} ${target.chain}`
  return ` -j ${target.name}${TARGETS.get(target.name)?.print(target) ?? ''}`
}

/** The rule without "-A CHAIN", each part preceded by a space: what two equal rules have in common. `counters`: with `-c PACKETS BYTES`. */
export function printRuleSpec(rule: Rule, counters = false): string {
  const device = (option: string, name: string | null, inverted: boolean) => (name === null ? '' : ` ${not(inverted)}${option} ${name}`)
  return (
    printAddress('-s', rule.source, rule.sourceMask, rule.sourceNot) +
    printAddress('-d', rule.destination, rule.destinationMask, rule.destinationNot) +
    device('-i', rule.in, rule.inNot) +
    device('-o', rule.out, rule.outNot) +
    (rule.protocol === 0 ? '' : ` ${not(rule.protocolNot)}-p ${protocolName(rule.protocol)}`) +
    (rule.fragment === null ? '' : ` ${not(!rule.fragment)}-f`) +
    rule.matches.map(printMatch).join('') +
    (counters ? ` -c ${rule.packets} ${rule.bytes}` : '') +
    printTarget(rule.target)
  )
}

/** What was printed once: only the counters of a rule change. */
const SPECS = new WeakMap<Rule, string>()

/** "-A CHAIN …" as iptables-save and `iptables -S` print it. */
export function printRule(chain: string, rule: Rule): string {
  const known = SPECS.get(rule)
  const spec = known ?? printRuleSpec(rule)
  if (known === undefined) SPECS.set(rule, spec)
  return `-A ${chain}${spec}`
}
