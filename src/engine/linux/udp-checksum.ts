/** Kernel: net/ipv4/udp.c, udp_lib_checksum_complete(). The one case in which a machine spoils a checksum by itself. */
import type { Packet } from '../net/packet.ts'
import { isVxlanHeader } from '../net/packet-bytes.ts'
import { conntrackEntryOf } from './netfilter/conntrack-table.ts'
import type { NetNs } from './netns.ts'

/**
 * NAT of what a VXLAN device has wrapped. Where the checksum of the segment inside is left to the device (CHECKSUM_PARTIAL, as sockets do), that of
 * the outer header is whole already (`lco_csum()`), but `inet_proto_csum_replace4()` takes it for a partial one and changes it wrongly. A veth
 * leaves it at that, and nobody looks; loopback completes the inner one, so the receiver looks: UDP_CSUM. Measured on 6.18: InCsumErrors for
 * UDP inside, none for an echo request (whose checksum is whole). RSTs of tcp_v4_send_reset() have whole ones too.
 */
export function isChecksumSpoilt(ns: NetNs, packet: Packet): boolean {
  const { data, inner } = packet.payload
  if (packet.iif !== 'lo' || !isVxlanHeader(data) || inner === null) return false
  const entry = conntrackEntryOf(ns, packet)
  const left = inner.transport?.kind === 'udp' || (inner.transport?.kind === 'tcp' && !inner.transport.flags.rst)
  return left && entry !== null && (entry.nat.source || entry.nat.destination)
}
