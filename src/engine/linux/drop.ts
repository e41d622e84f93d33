/** Kernel: net/core/skbuff.c, kfree_skb_reason(). The only place where a packet dies. */
import type { Packet } from '../net/packet.ts'
import type { DropReason } from './drop-reason.ts'
import type { NetNs } from './netns.ts'
import type { DropBy } from './trace-event.ts'

/** Who decided (rule, route, sysctl, neighbour …), and what else is worth saying. */
export interface DropContext {
  readonly by?: DropBy | null
  readonly detail?: string
}

/** Frees the packet with a reason; returns no effects. */
export function drop(ns: NetNs, packet: Packet, reason: DropReason, context: DropContext = {}): never[] {
  ns.trace?.({ at: 'kfree_skb', packet, reason, by: context.by ?? null, detail: context.detail ?? null })
  return []
}

/** Of an ICMP error: `__udp4_lib_err`, `ping_err` find no socket. */
export const NOBODYS_ERROR = 'no socket here sent the packet it is about'

/** `consume_skb()`: the kernel itself was the receiver, and is done with it; `detail` says what came of it. Returns no effects. */
export function consume(ns: NetNs, packet: Packet, detail: string): never[] {
  ns.trace?.({ at: 'socket', packet, action: 'receive', socket: null, detail })
  return []
}

/** A decider that is no rule: its kind and its text as the tools print it. */
export function decidedBy(kind: DropBy['kind'], text: string): DropBy {
  return { kind, text, rule: null }
}
