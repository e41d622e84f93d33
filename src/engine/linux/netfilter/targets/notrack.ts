/** Userspace: extensions/libxt_CT.c. Kernel: net/netfilter/xt_CT.c. */

import type { Packet } from '../../../net/packet.ts'
import { givenOption } from '../option.ts'
import type { Target, TargetExtension, TargetVerdict } from './target.ts'

export interface NotrackTarget extends Target {
  readonly name: 'CT' | 'NOTRACK'
}

function untrack(packet: Packet): TargetVerdict {
  return { kind: 'CONTINUE', packet: packet.ct === null ? { ...packet, ct: 'untracked' } : packet }
}

/** `-j CT --notrack`: conntrack leaves the packet alone. Other uses of CT are refused. */
export const ct: TargetExtension<NotrackTarget> = {
  name: 'CT',
  tables: ['raw'],
  hooks: ['PREROUTING', 'OUTPUT'],
  options: [{ name: 'notrack', values: 0 }],
  parse(given) {
    return givenOption(given, 'notrack') ? { name: 'CT' } : 'CT: only --notrack is modelled'
  },
  print: () => ' --notrack',
  list: () => 'CT notrack',
  apply: (_target, packet) => untrack(packet),
}

/** `-j NOTRACK`: the old spelling. */
export const notrack: TargetExtension<NotrackTarget> = {
  name: 'NOTRACK',
  tables: ['raw'],
  hooks: ['PREROUTING', 'OUTPUT'],
  options: [],
  parse: () => ({ name: 'NOTRACK' }),
  print: () => '',
  list: () => 'NOTRACK',
  apply: (_target, packet) => untrack(packet),
}
