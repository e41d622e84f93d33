/** Kernel: net/core/dev.c, netif_receive_skb(). Where every frame enters a namespace. */
import type { Packet } from '../net/packet.ts'
import type { Effect } from './effect.ts'
import { netifReceive } from './netif-receive.ts'
import type { NetNs } from './netns.ts'
import { settle } from './settle.ts'

/** A frame arrived on `device`; returns everything the namespace does because of it. */
export function netifReceiveSkb(ns: NetNs, device: string, packet: Packet): Effect[] {
  return settle(ns, netifReceive(ns, device, packet))
}
