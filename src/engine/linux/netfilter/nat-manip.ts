/** Kernel: net/netfilter/nf_nat_proto.c, nf_nat_manip_pkt() and nf_nat_icmp_reply_translation(). Rewrites packets. */

import { copyPacket, withIp } from '../../net/new-packet.ts'
import type { IcmpHeader, IpPacket, TransportHeader } from '../../net/packet.ts'
import { withNatChecksum } from '../checksum-help.ts'
import { type ConntrackTuple, isIcmpError } from './conntrack-tuple.ts'
import type { Manip } from './nat-unique-tuple.ts'

/** The header with one end as `target` has it; the same object when nothing changes. */
function manipTransport(header: TransportHeader, target: ConntrackTuple, manip: Manip): TransportHeader {
  if (header.kind === 'icmp') return isIcmpError(header) || header.id === target.sourcePort ? header : { ...header, id: target.sourcePort }
  const port = manip === 'source' ? 'sourcePort' : 'destinationPort'
  return header[port] === target[port] ? header : { ...header, [port]: target[port] }
}

/** `nf_nat_manip_pkt()`: the packet with its source or destination taken from `target`; the same object when nothing changes. */
export function manipPacket(packet: IpPacket, target: ConntrackTuple, manip: Manip): IpPacket {
  const { network, transport } = packet
  const header = transport && manipTransport(transport, target, manip)
  const sameAddress = manip === 'source' ? target.source === network.source : target.destination === network.destination
  if (sameAddress && header === transport) return packet
  const changed = copyPacket(withIp(packet, manip === 'source' ? { source: target.source } : { destination: target.destination }))
  changed.transport = header
  return withNatChecksum(packet, changed)
}

/**
 * An ICMP error about a translated packet: the quoted packet gets the addresses its sender knows, the error itself the matching source or destination.
 * The same object when nothing changes.
 */
export function manipIcmpError(
  packet: IpPacket,
  header: IcmpHeader,
  tuples: { inner: ConntrackTuple; outer: ConntrackTuple },
  manip: Manip,
): IpPacket {
  const quoted = header.quoted ? manipPacket(header.quoted, tuples.inner, manip === 'source' ? 'destination' : 'source') : null
  // An error that is made between the two hooks quotes the packet as its sender knows it, and goes back to him: nothing is to be told of it.
  const inside = quoted === header.quoted ? packet : { ...packet, transport: { ...header, quoted } }
  return manipPacket(inside, tuples.outer, manip)
}
