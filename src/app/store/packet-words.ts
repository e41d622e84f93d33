/** A packet in the few words that labels and chapters use. Pure. */
import { formatAddress } from '../../engine/net/address.ts'
import type { Packet, TcpFlags } from '../../engine/net/packet.ts'

const MAC_BROADCAST = 'ff:ff:ff:ff:ff:ff'

/** A broadcast ARP frame, or a copy of one that a bridge made. */
export function isBroadcastCopy(packet: Packet): boolean {
  return packet.network.kind === 'arp' && packet.network.operation === 'request' && packet.eth?.destination === MAC_BROADCAST
}

/** "SYN", "SYN-ACK", "FIN" …; data segments are named by what they carry. */
export function flagWords(flags: TcpFlags): string {
  if (flags.rst) return 'RST'
  if (flags.syn) return flags.ack ? 'SYN-ACK' : 'SYN'
  if (flags.fin) return 'FIN'
  return flags.psh ? 'PSH' : 'ACK'
}

/** What a chapter about this packet is called. `reply`: it does not come from the walk's sender. */
export function chapterName(packet: Packet, reply: boolean): string {
  if (packet.network.kind === 'arp') return 'ARP'
  const { transport, payload } = packet
  if (payload.inner !== null) return `wrapped ${chapterName(payload.inner, reply)}`
  switch (transport?.kind) {
    case 'tcp':
      return payload.length > 0 ? (reply ? 'reply' : 'request') : flagWords(transport.flags)
    case 'udp':
      if (transport.destinationPort === 53) return 'DNS query'
      if (transport.sourcePort === 53) return 'DNS answer'
      return reply ? 'answer' : 'question'
    case 'sctp':
      return transport.chunk.replaceAll('_', ' ')
    case 'icmp':
      return transport.type === 8 ? 'ping' : transport.type === 0 ? 'pong' : 'ICMP error'
    default:
      return 'IP'
  }
}

/** First words of a packet's label: protocol and flags or message. */
export function protocolWords(packet: Packet): string {
  if (packet.network.kind === 'arp') return `ARP ${packet.network.operation}`
  const { transport, payload } = packet
  switch (transport?.kind) {
    case 'tcp':
      return payload.length > 0 && !transport.flags.syn ? `TCP ${payload.length} bytes` : `TCP ${flagWords(transport.flags)}`
    case 'udp':
      return 'UDP'
    case 'sctp':
      return `SCTP ${transport.chunk.replaceAll('_', ' ')}`
    case 'icmp':
      return transport.type === 8 ? 'ICMP echo' : transport.type === 0 ? 'ICMP echo reply' : 'ICMP'
    default:
      return 'IP'
  }
}

const UNREACHABLE: Readonly<Record<number, string>> = {
  0: 'net unreachable',
  1: 'host unreachable',
  2: 'protocol unreachable',
  3: 'port unreachable',
  4: 'fragmentation needed',
  9: 'net prohibited',
  10: 'host prohibited',
  13: 'admin prohibited',
}

/** Second words: what an ICMP error says, or which DNS message this is; null when there is nothing more to say. */
export function messageWords(packet: Packet): string | null {
  const { transport } = packet
  if (transport?.kind === 'icmp') {
    if (transport.type === 3) return UNREACHABLE[transport.code] ?? `unreachable, code ${transport.code}`
    if (transport.type === 11) return 'time exceeded'
    if (transport.type === 5) return 'redirect'
  }
  if (transport?.kind === 'udp' && transport.destinationPort === 53) return 'DNS query'
  if (transport?.kind === 'udp' && transport.sourcePort === 53) return 'DNS answer'
  return null
}

export interface PacketEnds {
  readonly source: string
  readonly destination: string
  readonly sourcePort: number | null
  readonly destinationPort: number | null
}

/** The two ends a packet names, ports included where its transport has them. */
export function endsOf(packet: Packet): PacketEnds {
  const { network, transport } = packet
  if (network.kind === 'arp') {
    const ends = { source: formatAddress(network.senderAddress), destination: formatAddress(network.targetAddress) }
    return { ...ends, sourcePort: null, destinationPort: null }
  }
  const ports = transport && 'sourcePort' in transport ? transport : null
  return {
    source: formatAddress(network.source),
    destination: formatAddress(network.destination),
    sourcePort: ports?.sourcePort ?? null,
    destinationPort: ports?.destinationPort ?? null,
  }
}

/** The packet inside all tunnels, and those it is in from outside in. */
export function unwrapped(packet: Packet): { readonly packet: Packet; readonly outer: readonly Packet[] } {
  const outer: Packet[] = []
  let inner = packet
  while (inner.payload.inner !== null) {
    outer.push(inner)
    inner = inner.payload.inner
  }
  return { packet: inner, outer }
}

/** "10.244.1.2:41122". */
export function endText(address: string, port: number | null): string {
  return port === null ? address : `${address}:${port}`
}

/** Is it an ICMP error (which quotes the packet it is about)? */
export function isIcmpError(packet: Packet): boolean {
  return packet.transport?.kind === 'icmp' && packet.transport.type !== 0 && packet.transport.type !== 8
}
