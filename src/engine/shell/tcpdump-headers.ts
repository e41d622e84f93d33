/** The headers of a captured frame, read from its bytes as far as filters and printers ask. */
import type { CapturedFrame } from '../net/frame.ts'

export const ETHERTYPE_IP = 0x0800
export const ETHERTYPE_ARP = 0x0806
export const ETHERTYPE_VLAN = 0x8100
export const ICMP = 1
export const TCP = 6
export const UDP = 17
export const SCTP = 132

const ETHERNET = 14

/** Bytes with a big-endian view; reads beyond the end give zeros. */
export interface Bytes {
  readonly length: number
  u8(at: number): number
  u16(at: number): number
  u32(at: number): number
  from(at: number, length?: number): Bytes
  readonly raw: Uint8Array
}

/** Reads an array of bytes. */
export function bytesOf(raw: Uint8Array): Bytes {
  const u8 = (at: number): number => raw[at] ?? 0
  const u16 = (at: number): number => u8(at) * 256 + u8(at + 1)
  return {
    length: raw.length,
    raw,
    u8,
    u16,
    u32: (at) => u16(at) * 65536 + u16(at + 2),
    from: (at, length) => bytesOf(raw.subarray(at, length === undefined ? undefined : at + length)),
  }
}

export interface IpFields {
  readonly headerLength: number
  readonly tos: number
  /** Of the whole packet, bytes. */
  readonly length: number
  readonly id: number
  readonly df: boolean
  readonly mf: boolean
  /** Of a fragment's data, bytes. */
  readonly offset: number
  readonly ttl: number
  readonly protocol: number
  readonly source: number
  readonly destination: number
  /** What follows the header. */
  readonly body: Bytes
}

export interface Headers {
  readonly frame: Bytes
  /** Null without a link layer. */
  readonly ethernet: { readonly source: string; readonly destination: string; readonly vlan: number | null } | null
  /** What the frame carries, behind the VLAN tag. */
  readonly etherType: number
  readonly network: Bytes
  readonly ip: IpFields | null
}

/** "02:42:ac:12:00:0b". */
export function macText(bytes: Bytes, at: number): string {
  return Array.from({ length: 6 }, (_, i) =>
    bytes
      .u8(at + i)
      .toString(16)
      .padStart(2, '0'),
  ).join(':')
}

/** "10.0.0.1". */
export function addressText(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
}

/** The fields of an IPv4 packet. */
export function ipFields(packet: Bytes): IpFields {
  const headerLength = (packet.u8(0) & 15) * 4
  const fragment = packet.u16(6)
  const length = packet.u16(2)
  return {
    headerLength,
    tos: packet.u8(1),
    length,
    id: packet.u16(4),
    df: (fragment & 0x4000) !== 0,
    mf: (fragment & 0x2000) !== 0,
    offset: (fragment & 0x1fff) * 8,
    ttl: packet.u8(8),
    protocol: packet.u8(9),
    source: packet.u32(12),
    destination: packet.u32(16),
    body: packet.from(headerLength, length - headerLength),
  }
}

/** Reads an Ethernet frame. */
export function ethernetHeaders(frame: Bytes): Headers {
  const outer = frame.u16(12)
  const tagged = outer === ETHERTYPE_VLAN
  const etherType = tagged ? frame.u16(16) : outer
  const network = frame.from(ETHERNET + (tagged ? 4 : 0))
  const vlan = tagged ? frame.u16(14) & 0xfff : null
  const ethernet = { destination: macText(frame, 0), source: macText(frame, 6), vlan }
  return { frame, ethernet, etherType, network, ip: etherType === ETHERTYPE_IP ? ipFields(network) : null }
}

/** Reads a captured frame. */
export function headersOf({ bytes, linkType }: CapturedFrame): Headers {
  const frame = bytesOf(bytes)
  if (linkType === 'ethernet') return ethernetHeaders(frame)
  return { frame, ethernet: null, etherType: ETHERTYPE_IP, network: frame, ip: ipFields(frame) }
}
