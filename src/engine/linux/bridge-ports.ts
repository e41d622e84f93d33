/** Kernel: include/linux/skbuff.h, struct nf_bridge_info. The ports of a bridge that a packet came in by and leaves by, as br_netfilter notes them. */
import { copyPacket, type PacketDraft } from '../net/new-packet.ts'
import type { Packet } from '../net/packet.ts'

/** The packet with these ports noted. */
export function withPorts<P extends Packet>(packet: P, physIn: string | null, physOut: string | null): P | PacketDraft<P> {
  if (packet.physIn === physIn && packet.physOut === physOut) return packet
  const copy = copyPacket(packet)
  copy.physIn = physIn
  copy.physOut = physOut
  return copy
}

/** `nf_bridge_info_free()`: the notes are over. */
export function withoutPorts<P extends Packet>(packet: P): P | PacketDraft<P> {
  return withPorts(packet, null, null)
}
