/** Kernel: net/ipv4/netfilter/ip_tables.c, XT_STANDARD_TARGET. */
import { bare, type StandardTarget } from './standard.ts'
import type { TargetExtension } from './target.ts'

/** `-j DROP`. */
export const extension: TargetExtension<StandardTarget> = {
  ...bare,
  name: 'DROP',
  parse: () => ({ name: 'DROP' }),
  apply: (_target, packet) => ({ kind: 'DROP', packet, reason: 'NETFILTER_DROP', reject: null }),
}
