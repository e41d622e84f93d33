/** Kernel: net/core/dev.c, __netif_receive_skb_core(). Where every frame enters a namespace. */
import type { Packet } from '../net/packet.ts'
import type { Effect } from './effect.ts'
import type { NetNs } from './netns.ts'

/** A frame arrived on `device`; returns everything the namespace does because of it. */
export function netifReceiveSkb(_ns: NetNs, _device: string, _packet: Packet): Effect[] {
  throw new Error('netifReceiveSkb: being built')
}
