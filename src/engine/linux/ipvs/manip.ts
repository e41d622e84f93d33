/** Kernel: net/netfilter/ipvs/ip_vs_proto_tcp.c, tcp_dnat_handler() and its kin; ip_vs_core.c, ip_vs_nat_icmp(). Rewrites packets. */
import type { Address } from '../../net/address.ts'
import { withIp } from '../../net/new-packet.ts'
import type { IpPacket } from '../../net/packet.ts'

type Side = 'source' | 'destination'

/** The packet with its source or destination replaced; the same object when it has them already. */
export function manipTcpUdp(packet: IpPacket, side: Side, address: Address, port: number): IpPacket {
  const { network, transport } = packet
  if (transport === null || transport.kind === 'icmp') return packet
  const own = side === 'source' ? transport.sourcePort : transport.destinationPort
  if (network[side] === address && own === port) return packet
  const header = side === 'source' ? { ...transport, sourcePort: port } : { ...transport, destinationPort: port }
  return { ...withIp(packet, { [side]: address }), transport: header }
}

/** The same for an ICMP error: the packet that it quotes went the other way, so there the other side changes. */
export function manipIcmp(packet: IpPacket, side: Side, address: Address, port: number): IpPacket {
  const { transport } = packet
  if (transport?.kind !== 'icmp' || transport.quoted === null) return packet
  const quoted = manipTcpUdp(transport.quoted, side === 'source' ? 'destination' : 'source', address, port)
  return { ...withIp(packet, { [side]: address }), transport: { ...transport, quoted } }
}
