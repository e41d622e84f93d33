/** Kernel: net/ipv4/ip_output.c, ip_do_fragment(); ip_fragment.c. RFC 791. */
import { withIp } from '../net/new-packet.ts'
import type { IpPacket } from '../net/packet.ts'
import { IPV4_HEADER_LENGTH, transportHeaderLength } from '../net/packet-length.ts'
import { checksumHelp } from './checksum-help.ts'
import { consume } from './drop.ts'
import type { NetNs } from './netns.ts'
import { newPacketId } from './packet-id.ts'

/** Cuts a packet into pieces that fit `mtu` bytes. The transport header and the readable data stay with the first. */
export function ipFragment(ns: NetNs, uncut: IpPacket, mtu: number): IpPacket[] {
  const packet = checksumHelp(uncut)
  const { network } = packet
  const headerLength = transportHeaderLength(packet.transport)
  const total = headerLength + packet.payload.length
  const room = Math.floor((mtu - IPV4_HEADER_LENGTH) / 8) * 8
  const whole: IpPacket = { ...packet, fragMaxSize: null }
  const fragments: IpPacket[] = []
  for (let offset = 0; offset < total; offset += room) {
    const length = Math.min(room, total - offset)
    const first = offset === 0
    const ip = { df: false, mf: network.mf || offset + length < total, fragmentOffset: network.fragmentOffset + offset }
    const fragmentOf = { packet, offset }
    const payload = first
      ? { ...packet.payload, length: length - headerLength, fragmentOf }
      : { length, data: null, inner: null, fragmentOf }
    const transport = first ? packet.transport : null
    fragments.push({ ...withIp(whole, ip), id: newPacketId(ns), parent: packet.id, transport, payload })
  }
  consume(ns, packet, `cut into ${fragments.length} fragments of at most ${mtu} bytes`)
  return fragments
}
