/** Kernel: net/netfilter/nf_conntrack_core.c, nf_ct_get_tuple() and nf_ct_invert_tuple(). What identifies one direction of a connection. */
import type { Address } from '../../net/address.ts'
import type { IcmpHeader, IpPacket } from '../../net/packet.ts'

export const IPPROTO_ICMP = 1
/** Protocols whose packets may share a connection by chance (`allow_clash`): UDP, UDP-Lite, GRE. */
export const MAY_CLASH: readonly number[] = [17, 136, 47]

/** Ports for TCP, UDP, SCTP; for ICMP `sourcePort` is the id and `destinationPort` is type × 256 + code. */
export interface ConntrackTuple {
  readonly source: Address
  readonly destination: Address
  readonly protocol: number
  readonly sourcePort: number
  readonly destinationPort: number
}

/** ICMP queries and their answers (`invmap`). */
const ICMP_INVERSE: Readonly<Record<number, number>> = { 0: 8, 8: 0, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17 }
/** ICMP errors carry the packet they are about (`icmp_is_err`). */
const ICMP_ERRORS = [3, 4, 5, 11, 12]

/** Is this an ICMP error about another packet? */
export function isIcmpError(header: IcmpHeader): boolean {
  return ICMP_ERRORS.includes(header.type)
}

/** The tuple of a packet; null where it has none: a later fragment, an ICMP message without an answer. */
export function tupleOf(packet: IpPacket): ConntrackTuple | null {
  const { network, transport } = packet
  if (network.fragmentOffset > 0) return null
  const { source, destination, protocol } = network
  if (transport === null) return { source, destination, protocol, sourcePort: 0, destinationPort: 0 }
  if (transport.kind !== 'icmp') {
    return { source, destination, protocol, sourcePort: transport.sourcePort, destinationPort: transport.destinationPort }
  }
  if (ICMP_INVERSE[transport.type] === undefined) return null
  return { source, destination, protocol, sourcePort: transport.id, destinationPort: transport.type * 256 + transport.code }
}

/** The tuple that the answer would have. */
export function invertTuple(tuple: ConntrackTuple): ConntrackTuple {
  const { source, destination, protocol, sourcePort, destinationPort } = tuple
  if (protocol === IPPROTO_ICMP) {
    const type = ICMP_INVERSE[destinationPort >> 8] ?? destinationPort >> 8
    return { source: destination, destination: source, protocol, sourcePort, destinationPort: type * 256 + (destinationPort & 255) }
  }
  return { source: destination, destination: source, protocol, sourcePort: destinationPort, destinationPort: sourcePort }
}

/** `hash_conntrack_raw()`: a number of 32 bits that is the same for equal tuples, and nearly always another one for others. */
export function tupleHash(tuple: ConntrackTuple): number {
  let hash = Math.imul(tuple.source ^ Math.imul(tuple.destination, 0x85ebca6b), 0xc2b2ae35)
  hash ^= hash >>> 15
  hash = Math.imul(hash ^ ((tuple.sourcePort << 16) | tuple.destinationPort), 0x9e3779b1) + tuple.protocol
  return (hash ^ (hash >>> 13)) | 0
}

/** Are the tuples the same? */
export function sameTuple(a: ConntrackTuple, b: ConntrackTuple): boolean {
  return (
    a.source === b.source &&
    a.destination === b.destination &&
    a.protocol === b.protocol &&
    a.sourcePort === b.sourcePort &&
    a.destinationPort === b.destinationPort
  )
}
