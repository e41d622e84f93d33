/** Userspace: extensions/libxt_NAT.c. Kernel: net/netfilter/xt_nat.c, xt_snat_target_v2(). */
import { formatNatFlags, formatNatRange, type NatRange, parseNatRange } from '../nat-range.ts'
import { nfNatSetupInfo } from '../nat-setup.ts'
import type { Target, TargetExtension } from './target.ts'

export interface SnatTarget extends Target {
  readonly name: 'SNAT'
  readonly range: NatRange
}

/** `-j SNAT --to-source ADDRESS:PORT`. */
export const extension: TargetExtension<SnatTarget> = {
  name: 'SNAT',
  needsConntrack: true,
  tables: ['nat'],
  hooks: ['POSTROUTING', 'INPUT'],
  options: [
    { name: 'to-source', values: 1, mandatory: true },
    { name: 'random', values: 0 },
    { name: 'random-fully', values: 0 },
    { name: 'persistent', values: 0 },
  ],
  parse(given, protocol) {
    const range = parseNatRange(given, 'to-source', protocol)
    return typeof range === 'string' ? range : { name: 'SNAT', range }
  },
  print: (target) => ` --to-source ${formatNatRange(target.range)}${formatNatFlags(target.range, '--')}`,
  list: (target) => `to:${formatNatRange(target.range)}${formatNatFlags(target.range, '')}`,
  apply: (target, packet, context, rule) => nfNatSetupInfo(packet, target.range, 'source', { context, rule }),
}
