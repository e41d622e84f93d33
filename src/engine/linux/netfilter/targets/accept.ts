/** Kernel: net/ipv4/netfilter/ip_tables.c, XT_STANDARD_TARGET. */
import { bare, type StandardTarget } from './standard.ts'
import type { TargetExtension } from './target.ts'

/** `-j ACCEPT`: the packet goes on to the next table. */
export const extension: TargetExtension<StandardTarget> = {
  ...bare,
  name: 'ACCEPT',
  parse: () => ({ name: 'ACCEPT' }),
  apply: (_target, packet) => ({ kind: 'ACCEPT', packet }),
}
