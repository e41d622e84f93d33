/** Kernel: net/ipv4/netfilter/ip_tables.c, XT_STANDARD_TARGET. */
import { bare, type StandardTarget } from './standard.ts'
import type { TargetExtension } from './target.ts'

/** `-j RETURN`: back to the calling chain; in a built-in chain, its policy. */
export const extension: TargetExtension<StandardTarget> = {
  ...bare,
  name: 'RETURN',
  parse: () => ({ name: 'RETURN' }),
  apply: (_target, packet) => ({ kind: 'RETURN', packet }),
}
