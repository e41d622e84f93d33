/** Userspace: extensions/libxt_TRACE.c. Kernel: net/netfilter/xt_TRACE.c. Every packet is traced here anyway: it goes on. */
import type { Target, TargetExtension } from './target.ts'

export interface TraceTarget extends Target {
  readonly name: 'TRACE'
}

/** `-j TRACE`. */
export const extension: TargetExtension<TraceTarget> = {
  name: 'TRACE',
  tables: null,
  hooks: null,
  options: [],
  parse: () => ({ name: 'TRACE' }),
  print: () => '',
  list: () => '',
  apply: (_target, packet) => ({ kind: 'CONTINUE', packet }),
}
