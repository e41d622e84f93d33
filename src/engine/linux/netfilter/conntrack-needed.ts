/** Kernel: nf_ct_netns_get(). Conntrack and nat work in a namespace only while some rule there asks for them. */
import type { NetNs } from '../netns.ts'
import { MATCHES } from './matches/list.ts'
import type { Netfilter } from './netfilter.ts'
import type { Rule } from './rule.ts'
import { TARGETS } from './targets/list.ts'
import { KNOWN_NEED_CONNTRACK } from './unmodelled.ts'

function needs(rule: Rule): boolean {
  for (const match of rule.matches) if (MATCHES.get(match.name)?.needsConntrack || KNOWN_NEED_CONNTRACK.has(match.name)) return true
  const { target } = rule
  if (target === null) return false
  const extension = TARGETS.get(target.name)
  return extension?.needsConntrack === true || extension?.asksConntrack?.(target) === true || KNOWN_NEED_CONNTRACK.has(target.name)
}

/** Does some rule of the namespace, in whatever chain, need conntrack? Kept in `conntrackNeeded` until the rules change. */
export function conntrackNeeded(netfilter: Netfilter): boolean {
  netfilter.conntrackNeeded ??= someRule(netfilter, needs)
  return netfilter.conntrackNeeded
}

/** Kernel: nft_meta_set_init(). Does some rule in some namespace of the machine, in whatever chain, say TRACE? Kept until rules change there. */
export function nftTraceEnabled({ netfilter, kernel }: NetNs): boolean {
  const { nftTrace } = netfilter.ip
  nftTrace.enabled ??= [...nftTrace.namespaces].some((name) => rulesTraced(kernel.namespaces?.get(name)?.netfilter.ip))
  return nftTrace.enabled
}

function rulesTraced(netfilter: Netfilter | undefined): boolean {
  if (netfilter === undefined) return false
  netfilter.traced ??= someRule(netfilter, ({ target }) => target?.name === 'TRACE')
  return netfilter.traced
}

function someRule(netfilter: Netfilter, holds: (rule: Rule) => boolean): boolean {
  for (const table of netfilter.tables.values()) {
    for (const chain of table.chains.values()) if (chain.rules.some(holds)) return true
  }
  return false
}
