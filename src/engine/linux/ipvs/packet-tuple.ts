/** Kernel: include/net/ip_vs.h, struct ip_vs_iphdr. Addresses and ports of a packet, for lookups. */
import type { Address } from '../../net/address.ts'
import type { IpPacket } from '../../net/packet.ts'

export interface PacketTuple {
  readonly protocol: number
  readonly source: Address
  readonly sourcePort: number
  readonly destination: Address
  readonly destinationPort: number
}

/** Null: not TCP, UDP or SCTP, or a later fragment, which has no ports. */
export function packetTuple({ network, transport }: IpPacket): PacketTuple | null {
  if (network.fragmentOffset > 0 || transport === null || transport.kind === 'icmp') return null
  const { source, destination, protocol } = network
  return { protocol, source, destination, sourcePort: transport.sourcePort, destinationPort: transport.destinationPort }
}

/** The tuple of the answer. */
export function reversed({ protocol, source, sourcePort, destination, destinationPort }: PacketTuple): PacketTuple {
  return { protocol, source: destination, sourcePort: destinationPort, destination: source, destinationPort: sourcePort }
}
