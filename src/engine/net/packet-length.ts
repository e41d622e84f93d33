/** Sizes in bytes of a packet's parts, with the TCP options a Linux socket sends (timestamps and SACK; on SYN also SACK-permitted and window scale). */
import type { Packet, SctpHeader, TcpHeader, TransportHeader } from './packet.ts'

export const IPV4_HEADER_LENGTH = 20
export const ETHERNET_HEADER_LENGTH = 14
export const VLAN_HEADER_LENGTH = 4
export const VXLAN_HEADER_LENGTH = 8
/** An ICMP error quotes as much as fits into this (RFC 1812 4.3.2.3; `__icmp_send`). */
const ICMP_ERROR_MAXIMUM = 576
const MOST_QUOTED = ICMP_ERROR_MAXIMUM - IPV4_HEADER_LENGTH - 8

/** Bytes of TCP options a segment carries: on SYN MSS, SACK-permitted, timestamps and window scale; else timestamps and SACK; none on RST. */
export function tcpOptionsLength({ flags, sack }: Pick<TcpHeader, 'flags' | 'sack'>): number {
  if (flags.rst) return 0
  if (flags.syn) return 20
  return 12 + (sack !== undefined && sack.length > 0 ? 4 + 8 * sack.length : 0)
}

/** Bytes of a chunk as Linux writes it for one address of each end (measured on 6.1); DATA without what it carries. */
const SCTP_CHUNK_LENGTH: Readonly<Record<SctpHeader['chunk'], number>> = {
  INIT: 36,
  INIT_ACK: 260,
  COOKIE_ECHO: 232,
  COOKIE_ACK: 4,
  DATA: 16,
  SACK: 16,
  SHUTDOWN: 8,
  SHUTDOWN_ACK: 4,
  SHUTDOWN_COMPLETE: 4,
  ABORT: 4,
}

/** What not every such chunk has. */
function sctpOptionalLength(header: SctpHeader): number {
  if (header.chunk === 'SACK') return 4 * header.duplicates
  return header.chunk === 'ABORT' ? header.causeLength : 0
}

/** Length of a transport header; for ICMP errors with the packet they quote. */
export function transportHeaderLength(header: TransportHeader | null): number {
  switch (header?.kind) {
    case undefined:
      return 0
    case 'tcp':
      return 20 + tcpOptionsLength(header)
    case 'udp':
      return 8
    case 'sctp':
      return 12 + SCTP_CHUNK_LENGTH[header.chunk] + sctpOptionalLength(header)
    case 'icmp':
      return 8 + (header.quoted ? Math.min(ipLength(header.quoted), header.quotedLength ?? MOST_QUOTED) : 0)
  }
}

/** Bytes of a frame: Ethernet header, VLAN tag and what follows; without an Ethernet header those of the packet alone. */
export function frameLength(packet: Packet): number {
  const eth = packet.eth ? ETHERNET_HEADER_LENGTH + (packet.eth.vlanId === undefined ? 0 : VLAN_HEADER_LENGTH) : 0
  return eth + ipLength(packet)
}

/** Total length of the IP packet (or 28 bytes of ARP), without the Ethernet header. */
export function ipLength(packet: Packet): number {
  if (packet.network.kind === 'arp') return 28
  const length = IPV4_HEADER_LENGTH + transportHeaderLength(packet.transport) + packet.payload.length
  // Chunks end at a multiple of four bytes (RFC 9260 3.2).
  return packet.transport?.kind === 'sctp' ? Math.ceil(length / 4) * 4 : length
}
