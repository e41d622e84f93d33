/** An IP packet in the hands of a program: read from a TUN device, or from a datagram of another such program. */
import type { Packet } from './packet.ts'

export interface CarriedPacket {
  readonly kind: 'ip-packet'
  readonly packet: Packet
  /** The TUN device it was read from; null: it came in a datagram. */
  readonly device: string | null
  /** The datagram it came in. */
  readonly outer: Packet | null
}

/** Is this what a program reads from a TUN device, or what such a program sent? */
export function isCarriedPacket(data: unknown): data is CarriedPacket {
  return typeof data === 'object' && data !== null && 'kind' in data && data.kind === 'ip-packet'
}
