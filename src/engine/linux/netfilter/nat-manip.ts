/** Kernel: net/netfilter/nf_nat_proto.c, nf_nat_manip_pkt() and nf_nat_icmp_reply_translation(). Rewrites packets. */

import { copyPacket, withIp } from '../../net/new-packet.ts'
import type { IcmpHeader, IpPacket, TransportHeader } from '../../net/packet.ts'
import { withNatChecksum } from '../checksum-help.ts'
import { type ConntrackTuple, IPPROTO_ICMP, isIcmpError } from './conntrack-tuple.ts'
import type { Manip } from './nat-unique-tuple.ts'

function manipTransport(header: TransportHeader, target: ConntrackTuple, manip: Manip): TransportHeader {
  if (header.kind === 'icmp') return isIcmpError(header) || target.protocol !== IPPROTO_ICMP ? header : { ...header, id: target.sourcePort }
  return manip === 'source' ? { ...header, sourcePort: target.sourcePort } : { ...header, destinationPort: target.destinationPort }
}

/** `nf_nat_manip_pkt()`: the packet with its source or destination taken from `target`; the same object when nothing changes. */
export function manipPacket(packet: IpPacket, target: ConntrackTuple, manip: Manip): IpPacket {
  const { network, transport } = packet
  const header = transport === null || network.fragmentOffset > 0 ? transport : manipTransport(transport, target, manip)
  const sameAddress = manip === 'source' ? target.source === network.source : target.destination === network.destination
  if (sameAddress && sameHeader(transport, header)) return packet
  const changed = copyPacket(withIp(packet, manip === 'source' ? { source: target.source } : { destination: target.destination }))
  changed.transport = header
  return withNatChecksum(packet, changed)
}

function sameHeader(a: TransportHeader | null, b: TransportHeader | null): boolean {
  if (a === b) return true
  if (a?.kind === 'icmp' && b?.kind === 'icmp') return a.id === b.id
  if (a === null || b === null || a.kind === 'icmp' || b.kind === 'icmp') return false
  return a.sourcePort === b.sourcePort && a.destinationPort === b.destinationPort
}

/** An ICMP error about a translated packet: the quoted packet gets the addresses its sender knows, the error itself the matching source or destination. */
export function manipIcmpError(
  packet: IpPacket,
  header: IcmpHeader,
  tuples: { inner: ConntrackTuple; outer: ConntrackTuple },
  manip: Manip,
): IpPacket {
  const quoted = header.quoted ? manipPacket(header.quoted, tuples.inner, manip === 'source' ? 'destination' : 'source') : null
  const inside = quoted === header.quoted ? packet : { ...packet, transport: { ...header, quoted } }
  return manipPacket(inside, { ...tuples.outer, protocol: IPPROTO_ICMP, sourcePort: 0, destinationPort: 0 }, manip)
}
