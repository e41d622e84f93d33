/** Every field of a header as it stands on the wire, in its order and with its width: what RFC 791, 792, 793, 768, 826, 7348 and 9260 draw. Pure. */
import { formatAddress } from '../../engine/net/address.ts'
import { ipv4 } from '../../engine/net/ipv4.ts'
import type { Packet, TransportHeader } from '../../engine/net/packet.ts'
import { packetBytes } from '../../engine/net/packet-bytes.ts'

export interface Field {
  readonly name: string
  readonly value: string
  /** The value is an IP address, so it has a hue and a glyph. */
  readonly address: boolean
  /** The value before this step, where the step changed it; null otherwise. */
  readonly before: string | null
  /** Of a header drawn as it stands on the wire: how wide it is. */
  readonly bits?: number
}

/** A header within the bytes of a frame. */
export interface Header {
  readonly kind: 'ethernet' | 'arp' | 'ipv4' | 'vxlan' | TransportHeader['kind']
  readonly frame: Packet
  /** Byte of the frame at which it begins. */
  readonly at: number
}

/** How the bits of a field are written. */
type Form = 'decimal' | 'hex' | 'address' | 'mac' | 'ip flags' | 'tcp flags'

type Column = readonly [name: string, bits: number, form?: Form]

const ETHERNET: readonly Column[] = [
  ['destination', 48, 'mac'],
  ['source', 48, 'mac'],
]
const TAG: readonly Column[] = [
  ['tag', 16, 'hex'],
  ['vlan', 16],
]
const TYPE: readonly Column[] = [['type', 16, 'hex']]
const ARP: readonly Column[] = [
  ['hardware type', 16],
  ['protocol type', 16, 'hex'],
  ['hw len', 8],
  ['pr len', 8],
  ['operation', 16],
  ['sender mac', 48, 'mac'],
  ['sender', 32, 'address'],
  ['target mac', 48, 'mac'],
  ['target', 32, 'address'],
]
const IPV4: readonly Column[] = [
  ['ver', 4],
  ['ihl', 4],
  ['tos', 8, 'hex'],
  ['total length', 16],
  ['id', 16],
  ['flags', 3, 'ip flags'],
  ['fragment offset', 13],
  ['ttl', 8],
  ['protocol', 8],
  ['checksum', 16, 'hex'],
  ['source', 32, 'address'],
  ['destination', 32, 'address'],
]
const PORTS: readonly Column[] = [
  ['source port', 16],
  ['destination port', 16],
]
const TCP: readonly Column[] = [
  ...PORTS,
  ['seq', 32],
  ['ack', 32],
  ['off', 4],
  ['res', 4],
  ['flags', 8, 'tcp flags'],
  ['window', 16],
  ['checksum', 16, 'hex'],
  ['urgent', 16],
]
const UDP: readonly Column[] = [...PORTS, ['length', 16], ['checksum', 16, 'hex']]
const SCTP: readonly Column[] = [
  ...PORTS,
  ['verification tag', 32, 'hex'],
  ['checksum', 32, 'hex'],
  ['chunk', 8],
  ['flags', 8, 'hex'],
  ['length', 16],
]
const ICMP: readonly Column[] = [
  ['type', 8],
  ['code', 8],
  ['checksum', 16, 'hex'],
]
const VXLAN: readonly Column[] = [
  ['flags', 8, 'hex'],
  ['reserved', 24],
  ['vni', 24],
  ['res', 8],
]

/** What stands in the second word of an ICMP header, by its type (RFC 792, 1191). */
function icmpRest(type: number): readonly Column[] {
  if (type === 5) return [['gateway', 32, 'address']]
  if (type === 3)
    return [
      ['unused', 16],
      ['mtu', 16],
    ]
  if (type === 0 || type === 8)
    return [
      ['id', 16],
      ['seq', 16],
    ]
  return [['unused', 32]]
}

function columnsOf({ kind, frame }: Header): readonly Column[] {
  switch (kind) {
    case 'ethernet':
      return frame.eth?.vlanId === undefined ? [...ETHERNET, ...TYPE] : [...ETHERNET, ...TAG, ...TYPE]
    case 'arp':
      return ARP
    case 'ipv4':
      return IPV4
    case 'vxlan':
      return VXLAN
    case 'tcp':
      return TCP
    case 'udp':
      return UDP
    case 'sctp':
      return SCTP
    case 'icmp':
      return [...ICMP, ...icmpRest(frame.transport?.kind === 'icmp' ? frame.transport.type : 0)]
  }
}

/** The fields of a header that is `length` bytes long; what is left behind those with names are options. */
export function headerFields(header: Header, length: number): readonly Field[] {
  const bytes = packetBytes(header.frame).subarray(header.at, header.at + length)
  let bit = 0
  const fields = columnsOf(header).map(([name, bits, form = 'decimal']): Field => {
    const value = written(bytes, bit, bits, form)
    bit += bits
    return { name, value, address: form === 'address', before: null, bits }
  })
  const options = bytes.subarray(bit / 8)
  if (header.kind !== 'tcp' || options.length === 0) return fields
  return [...fields, { name: 'options', value: hex(options), address: false, before: null, bits: options.length * 8 }]
}

function written(bytes: Uint8Array, bit: number, bits: number, form: Form): string {
  if (form === 'mac') return [...bytes.subarray(bit / 8, (bit + bits) / 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
  const value = bitsAt(bytes, bit, bits)
  switch (form) {
    case 'hex':
      return `0x${value.toString(16).padStart(bits / 4, '0')}`
    case 'address':
      return formatAddress(ipv4(value))
    case 'ip flags':
      return flagsOf(value, ['MF', 'DF'])
    case 'tcp flags':
      return flagsOf(value, ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'])
    case 'decimal':
      return String(value)
  }
}

/** `bits` bits from bit `at` on, the most significant first; what a cut packet no longer holds is 0. */
function bitsAt(bytes: Uint8Array, at: number, bits: number): number {
  let value = 0
  for (let bit = at; bit < at + bits; bit++) value = value * 2 + (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1)
  return value
}

/** The names of the bits that are set, from the lowest on; '–': none. */
function flagsOf(value: number, names: readonly string[]): string {
  return names.filter((_, bit) => value & (1 << bit)).join(' ') || '–'
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
}
