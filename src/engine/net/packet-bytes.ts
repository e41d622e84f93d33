/** A packet as the bytes on the wire, with right lengths and checksums: for the hex view and for captures. RFC 791, 792, 793, 768, 826. */
import { checksum, checksumAdd, checksumFold, pseudoHeaderSum } from './checksum.ts'
import type { Mac } from './mac.ts'
import type { ArpHeader, IcmpHeader, IpHeader, Packet, SctpHeader, TcpHeader, TransportHeader, VxlanHeader } from './packet.ts'
import { frameLength, IPV4_HEADER_LENGTH, ipLength, tcpOptionsLength, transportHeaderLength } from './packet-length.ts'
import { utf8 } from './utf8.ts'

const ETHERTYPE_VLAN = 0x8100

/** The frame's bytes: Ethernet header (with its VLAN tag) when the packet has one, then ARP or IP. */
export function packetBytes(packet: Packet): Uint8Array {
  const bytes = new Uint8Array(frameLength(packet))
  const offset = bytes.length - ipLength(packet)
  const view = new DataView(bytes.buffer)
  if (packet.eth) {
    putMac(bytes, 0, packet.eth.destination)
    putMac(bytes, 6, packet.eth.source)
    if (packet.eth.vlanId !== undefined) {
      view.setUint16(12, ETHERTYPE_VLAN)
      view.setUint16(14, packet.eth.vlanId)
    }
    view.setUint16(offset - 2, packet.eth.etherType)
  }
  if (packet.network.kind === 'arp') putArp(bytes, view, offset, packet.network)
  else putIp(bytes, offset, packet, packet.network)
  return bytes
}

function putMac(bytes: Uint8Array, at: number, mac: Mac): void {
  for (let i = 0; i < 6; i++) bytes[at + i] = Number.parseInt(mac.slice(i * 3, i * 3 + 2), 16)
}

function putArp(bytes: Uint8Array, view: DataView, at: number, arp: ArpHeader): void {
  view.setUint16(at, 1)
  view.setUint16(at + 2, 0x0800)
  bytes[at + 4] = 6
  bytes[at + 5] = 4
  view.setUint16(at + 6, arp.operation === 'request' ? 1 : 2)
  putMac(bytes, at + 8, arp.senderMac)
  view.setUint32(at + 14, arp.senderAddress)
  putMac(bytes, at + 18, arp.targetMac)
  view.setUint32(at + 24, arp.targetAddress)
}

function putIp(bytes: Uint8Array, at: number, packet: Packet, ip: IpHeader): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  bytes[at] = 0x45
  bytes[at + 1] = ip.tos
  view.setUint16(at + 2, bytes.length - at)
  view.setUint16(at + 4, ip.id)
  view.setUint16(at + 6, (ip.df ? 0x4000 : 0) | (ip.mf ? 0x2000 : 0) | (ip.fragmentOffset >> 3))
  bytes[at + 8] = ip.ttl
  bytes[at + 9] = ip.protocol
  view.setUint32(at + 12, ip.source)
  view.setUint32(at + 16, ip.destination)
  view.setUint16(at + 10, checksum(bytes.subarray(at, at + IPV4_HEADER_LENGTH)))
  const body = bytes.subarray(at + IPV4_HEADER_LENGTH)
  const { fragmentOf } = packet.payload
  if (fragmentOf) {
    const from = IPV4_HEADER_LENGTH + fragmentOf.offset
    body.set(packetBytes({ ...fragmentOf.packet, eth: null }).subarray(from, from + body.length))
    return
  }
  const headerLength = transportHeaderLength(packet.transport)
  body.set(payloadBytes(packet).subarray(0, body.length - headerLength), headerLength)
  if (packet.transport) putTransport(body, ip, packet.transport, packet.payload.length)
}

/** The payload: the packet inside behind its tunnel header, readable text as UTF-8, raw bytes as they are, other data as JSON; cut or padded with zeros to its length. */
function payloadBytes(packet: Packet): Uint8Array {
  const { inner, data, length } = packet.payload
  const bytes = new Uint8Array(length)
  if (inner) {
    const header = isVxlanHeader(data) ? vxlanHeader(data) : []
    bytes.set(header)
    bytes.set(packetBytes(inner).subarray(0, length - header.length), header.length)
    return bytes
  }
  if (data === null || data === undefined) return bytes
  const content = data instanceof Uint8Array ? data : utf8(typeof data === 'string' ? data : JSON.stringify(data))
  bytes.set(content.subarray(0, length))
  return bytes
}

/** Is this the VXLAN header of an encapsulated packet? */
export function isVxlanHeader(data: unknown): data is VxlanHeader {
  return typeof data === 'object' && data !== null && 'kind' in data && data.kind === 'vxlan'
}

function vxlanHeader({ vni }: VxlanHeader): number[] {
  return [0x08, 0, 0, 0, vni >> 16, (vni >> 8) & 255, vni & 255, 0]
}

function putTransport(body: Uint8Array, ip: IpHeader, header: TransportHeader, length: number): void {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  switch (header.kind) {
    case 'tcp':
      putTcp(body, view, header)
      view.setUint16(16, transportChecksum(body, ip))
      return
    case 'udp': {
      view.setUint16(0, header.sourcePort)
      view.setUint16(2, header.destinationPort)
      view.setUint16(4, body.length)
      view.setUint16(6, transportChecksum(body, ip) || 0xffff)
      return
    }
    case 'sctp':
      putSctp(body, view, header, length)
      return
    case 'icmp':
      putIcmp(body, view, header)
      return
  }
}

/** Over the pseudo header and everything behind the IP header. */
function transportChecksum(body: Uint8Array, ip: IpHeader): number {
  return checksumFold(checksumAdd(pseudoHeaderSum(ip.source, ip.destination, ip.protocol, body.length), body))
}

function putTcp(body: Uint8Array, view: DataView, tcp: TcpHeader): void {
  view.setUint16(0, tcp.sourcePort)
  view.setUint16(2, tcp.destinationPort)
  view.setUint32(4, tcp.seq)
  view.setUint32(8, tcp.ack)
  const { flags, sack = [] } = tcp
  body[12] = (5 + tcpOptionsLength(tcp) / 4) << 4
  body[13] = (flags.fin ? 1 : 0) | (flags.syn ? 2 : 0) | (flags.rst ? 4 : 0) | (flags.psh ? 8 : 0) | (flags.ack ? 16 : 0)
  view.setUint16(14, tcp.window)
  if (flags.rst) return
  if (flags.syn) {
    body.set([2, 4, (tcp.mss ?? 536) >> 8, (tcp.mss ?? 536) & 255, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 0], 20)
    return
  }
  body.set([1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0], 20)
  if (sack.length > 0) body.set([1, 1, 5, 2 + 8 * sack.length], 32)
  for (const [i, { left, right }] of sack.entries()) {
    view.setUint32(36 + 8 * i, left)
    view.setUint32(40 + 8 * i, right)
  }
}

const SCTP_CHUNK_TYPE = {
  DATA: 0,
  INIT: 1,
  INIT_ACK: 2,
  SACK: 3,
  ABORT: 6,
  SHUTDOWN: 7,
  SHUTDOWN_ACK: 8,
  COOKIE_ECHO: 10,
  COOKIE_ACK: 11,
  SHUTDOWN_COMPLETE: 14,
} as const

/** `length`: bytes of data in the chunk; what pads it to a multiple of four is none of its length (RFC 9260 3.2). */
function putSctp(body: Uint8Array, view: DataView, sctp: SctpHeader, length: number): void {
  view.setUint16(0, sctp.sourcePort)
  view.setUint16(2, sctp.destinationPort)
  body[12] = SCTP_CHUNK_TYPE[sctp.chunk]
  body[13] = sctp.chunk === 'DATA' ? 3 : 0
  view.setUint16(14, transportHeaderLength(sctp) - 12 + length)
  if ('tsn' in sctp) view.setUint32(sctp.chunk === 'INIT' || sctp.chunk === 'INIT_ACK' ? 28 : 16, sctp.tsn)
  if (sctp.chunk === 'SACK') view.setUint16(26, sctp.duplicates)
  view.setUint32(8, crc32c(body), true)
}

/** CRC-32C (RFC 9260 appendix A), which SCTP uses for its checksum. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}

function putIcmp(body: Uint8Array, view: DataView, icmp: IcmpHeader): void {
  body[0] = icmp.type
  body[1] = icmp.code
  if (icmp.gateway !== null) view.setUint32(4, icmp.gateway)
  else if (icmp.mtu !== null) view.setUint16(6, icmp.mtu)
  else {
    view.setUint16(4, icmp.id)
    view.setUint16(6, icmp.seq)
  }
  if (icmp.quoted) body.set(packetBytes({ ...icmp.quoted, eth: null }).subarray(0, body.length - 8), 8)
  view.setUint16(2, checksum(body))
}
