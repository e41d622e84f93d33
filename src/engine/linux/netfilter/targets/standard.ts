/** Kernel: net/ipv4/netfilter/ip_tables.c, XT_STANDARD_TARGET: ACCEPT, DROP, RETURN, and jumps to user-defined chains. */
import type { Target, TargetExtension } from './target.ts'

export interface StandardTarget extends Target {
  readonly name: 'ACCEPT' | 'DROP' | 'RETURN'
}

/** `-j CHAIN` (returns to the next rule) or `-g CHAIN` (returns to the caller of this chain). */
export interface JumpTarget extends Target {
  readonly name: 'jump'
  readonly chain: string
  readonly goto: boolean
}

/** Is this target a jump to a user-defined chain? */
export function isJump(target: Target): target is JumpTarget {
  return target.name === 'jump'
}

const bare = { tables: null, hooks: null, options: [], print: () => '', list: () => '' }

/** `-j ACCEPT`: the packet goes on to the next table. */
export const accept: TargetExtension<StandardTarget> = {
  ...bare,
  name: 'ACCEPT',
  parse: () => ({ name: 'ACCEPT' }),
  apply: (_target, packet) => ({ kind: 'ACCEPT', packet }),
}

/** `-j DROP`. */
export const drop: TargetExtension<StandardTarget> = {
  ...bare,
  name: 'DROP',
  parse: () => ({ name: 'DROP' }),
  apply: (_target, packet) => ({ kind: 'DROP', packet, reason: 'NETFILTER_DROP', reject: null }),
}

/** `-j RETURN`: back to the calling chain; in a built-in chain, its policy. */
export const returnTarget: TargetExtension<StandardTarget> = {
  ...bare,
  name: 'RETURN',
  parse: () => ({ name: 'RETURN' }),
  apply: (_target, packet) => ({ kind: 'RETURN', packet }),
}
