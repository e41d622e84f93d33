/** Identity of packets: every skb that is made gets a number of its own. */
import type { NetNs } from './netns.ts'

/** The next `Packet.id`. */
export function newPacketId(ns: NetNs): number {
  return ns.kernel.nextPacketId++
}
