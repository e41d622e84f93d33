/** Kernel: include/linux/skbuff.h, struct nf_bridge_info. The ports of a bridge that a packet came in by and leaves by, as br_netfilter notes them. */
import { copyPacket } from '../net/new-packet.ts'
import type { Packet } from '../net/packet.ts'

/** The packet with these ports noted. */
export function withPorts(packet: Packet, physIn: string | null, physOut: string | null): Packet {
  if (packet.physIn === physIn && packet.physOut === physOut) return packet
  const copy = copyPacket(packet)
  copy.physIn = physIn
  copy.physOut = physOut
  return copy
}

/** `nf_bridge_info_free()`: the notes are over. */
export function withoutPorts(packet: Packet): Packet {
  return withPorts(packet, null, null)
}
