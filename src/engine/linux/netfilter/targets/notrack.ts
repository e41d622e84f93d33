/** Userspace: extensions/libxt_CT.c (alias `NOTRACK`). Kernel: net/netfilter/xt_CT.c. */
import { untrack } from './ct.ts'
import type { Target, TargetExtension } from './target.ts'

export interface NotrackTarget extends Target {
  readonly name: 'NOTRACK'
}

/** `-j NOTRACK`: the old spelling of `CT --notrack`. */
export const extension: TargetExtension<NotrackTarget> = {
  name: 'NOTRACK',
  tables: ['raw'],
  hooks: ['PREROUTING', 'OUTPUT'],
  options: [],
  parse: () => ({ name: 'NOTRACK' }),
  print: () => '',
  list: () => 'NOTRACK',
  apply: (_target, packet, context) => untrack(packet, context),
}
