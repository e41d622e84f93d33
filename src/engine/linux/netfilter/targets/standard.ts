/** Kernel: net/ipv4/netfilter/ip_tables.c, XT_STANDARD_TARGET: ACCEPT, DROP, RETURN, and jumps to user-defined chains. */
import type { Target } from './target.ts'

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

/** What the three that have no options share. */
export const bare = { tables: null, hooks: null, options: [], print: () => '', list: () => '' }
