/** Userspace: extensions/libxt_NAT.c. Kernel: net/netfilter/xt_nat.c, xt_dnat_target_v2(). */
import { formatNatFlags, formatNatRange, type NatRange, parseNatRange } from '../nat-range.ts'
import { nfNatSetupInfo } from '../nat-setup.ts'
import type { Target, TargetExtension } from './target.ts'

export interface DnatTarget extends Target {
  readonly name: 'DNAT'
  readonly range: NatRange
}

/** `-j DNAT --to-destination ADDRESS:PORT`. */
export const extension: TargetExtension<DnatTarget> = {
  name: 'DNAT',
  needsConntrack: true,
  tables: ['nat'],
  hooks: ['PREROUTING', 'OUTPUT'],
  options: [
    { name: 'to-destination', values: 1, mandatory: true },
    { name: 'random', values: 0 },
    { name: 'persistent', values: 0 },
  ],
  parse(given, protocol) {
    const range = parseNatRange(given, 'to-destination', protocol)
    return typeof range === 'string' ? range : { name: 'DNAT', range }
  },
  print: (target) => ` --to-destination ${formatNatRange(target.range)}${formatNatFlags(target.range, '--')}`,
  list: (target) => `to:${formatNatRange(target.range)}${formatNatFlags(target.range, '')}`,
  apply: (target, packet, context, rule) => nfNatSetupInfo(packet, target.range, 'destination', { context, rule }),
}
