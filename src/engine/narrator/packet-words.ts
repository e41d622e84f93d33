/** A packet in a few words: "a SYN", "an ARP request", "a DNS question for db". */
import { formatAddress } from '../net/address.ts'
import type { IcmpHeader, Packet, TcpFlags } from '../net/packet.ts'

/** "10.0.0.1:80", or the bare address where there is no port; '' for ARP. */
export function endpointText(packet: Packet, side: 'source' | 'destination'): string {
  if (packet.network.kind === 'arp') return formatAddress(side === 'source' ? packet.network.senderAddress : packet.network.targetAddress)
  const address = formatAddress(packet.network[side])
  const transport = packet.transport
  if (transport === null || transport.kind === 'icmp') return address
  return `${address}:${side === 'source' ? transport.sourcePort : transport.destinationPort}`
}

/** The address alone, as text. */
export function addressText(packet: Packet, side: 'source' | 'destination'): string {
  if (packet.network.kind === 'arp') return formatAddress(side === 'source' ? packet.network.senderAddress : packet.network.targetAddress)
  return formatAddress(packet.network[side])
}

/** "SYN", "SYN-ACK", "FIN" …; null when the segment carries no flag worth naming. */
export function tcpMessage(flags: TcpFlags): string | null {
  if (flags.syn) return flags.ack ? 'SYN-ACK' : 'SYN'
  if (flags.rst) return 'RST'
  if (flags.fin) return 'FIN'
  return null
}

const ICMP_UNREACHABLE: Readonly<Record<number, string>> = {
  0: 'network unreachable',
  1: 'host unreachable',
  2: 'protocol unreachable',
  3: 'port unreachable',
  4: 'fragmentation needed',
  9: 'network prohibited',
  10: 'host prohibited',
  13: 'administratively prohibited',
}

/** "port unreachable", "time exceeded", "echo request" …: what an ICMP message says. */
export function icmpMessage(icmp: IcmpHeader): string {
  if (icmp.type === 8) return 'echo request'
  if (icmp.type === 0) return 'echo reply'
  if (icmp.type === 3) return ICMP_UNREACHABLE[icmp.code] ?? `unreachable, code ${icmp.code}`
  if (icmp.type === 5) return 'redirect'
  if (icmp.type === 11) return 'time exceeded'
  return `type ${icmp.type}`
}

/** An ICMP message about another packet, not a question or answer of its own. */
export function isIcmpError({ type }: IcmpHeader): boolean {
  return type === 3 || type === 5 || type === 11 || type === 12
}

/** The packet with its article: "a SYN", "an ARP reply", "120 bytes of data", "a DNS question". */
export function packetWords(packet: Packet): string {
  if (packet.network.kind === 'arp') return `an ARP ${packet.network.operation}`
  const { transport } = packet
  if (transport === null) return packet.payload.inner ? 'a tunnelled packet' : 'a fragment'
  if (transport.kind === 'icmp') return icmpWords(transport)
  if (transport.kind === 'sctp') return `an SCTP ${transport.chunk.replaceAll('_', ' ')}`
  if (transport.kind === 'udp') {
    if (packet.payload.inner) return 'a tunnelled packet'
    if (transport.destinationPort === 53) return 'a DNS question'
    return transport.sourcePort === 53 ? 'a DNS answer' : 'a UDP datagram'
  }
  const message = tcpMessage(transport.flags)
  if (message !== null) return `a ${message}`
  return packet.payload.length > 0 ? `${packet.payload.length} bytes of data` : 'an ACK'
}

function icmpWords(icmp: IcmpHeader): string {
  if (icmp.type === 8) return 'a ping'
  if (icmp.type === 0) return 'a ping reply'
  return `an ICMP error (${icmpMessage(icmp)})`
}
