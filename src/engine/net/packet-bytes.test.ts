import { describe, expect, test } from 'vitest'
import { parseAddress } from './address.ts'
import { checksum, checksumAdd, checksumFold, pseudoHeaderSum } from './checksum.ts'
import { ipv4 } from './ipv4.ts'
import { MAC_BROADCAST, MAC_ZERO, type Mac } from './mac.ts'
import { NO_FLAGS, NO_PAYLOAD, newIpPacket } from './new-packet.ts'
import type { IcmpHeader, Packet } from './packet.ts'
import { packetBytes } from './packet-bytes.ts'
import { ipLength } from './packet-length.ts'

const address = (text: string) => parseAddress(text) ?? ipv4(0)
const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const ends = { id: 1, source: address('10.0.0.2'), destination: address('10.0.0.1') }

const SYN = newIpPacket({
  ...ends,
  protocol: 6,
  ipId: 0xbc5c,
  transport: {
    kind: 'tcp',
    sourcePort: 49406,
    destinationPort: 8080,
    seq: 0xef10c718,
    ack: 0,
    flags: { ...NO_FLAGS, syn: true },
    mss: 1460,
    window: 64240,
  },
})
const QUERY = newIpPacket({
  ...ends,
  protocol: 17,
  transport: { kind: 'udp', sourcePort: 48140, destinationPort: 53 },
  payload: { length: 3, data: 'hé', inner: null },
})
const ECHO: IcmpHeader = { kind: 'icmp', type: 8, code: 0, id: 108, seq: 1, mtu: null, quoted: null, gateway: null }
const PING = newIpPacket({ ...ends, protocol: 1, transport: ECHO, payload: { length: 56, data: null, inner: null } })
const ERROR = newIpPacket({
  ...ends,
  protocol: 1,
  df: false,
  transport: { ...ECHO, type: 3, code: 4, id: 0, seq: 0, mtu: 1450, quoted: SYN },
})

/** Sum over a transport header with its pseudo header: 0 when the checksum in it is right. */
function transportSum(packet: Packet): number {
  const bytes = packetBytes(packet).subarray(packet.eth ? 34 : 20)
  const { network } = packet
  if (network.kind !== 'ip') return -1
  return checksumFold(checksumAdd(pseudoHeaderSum(network.source, network.destination, network.protocol, bytes.length), bytes))
}

describe('checksum', () => {
  test('the example of RFC 1071', () => {
    const sum = checksumAdd(0, Uint8Array.from([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]))
    expect(checksumFold(sum)).toBe(~0xddf2 & 0xffff)
  })

  test('an odd number of bytes is padded with zero', () => {
    expect(checksum(Uint8Array.from([0x12, 0x34, 0x56]))).toBe(checksum(Uint8Array.from([0x12, 0x34, 0x56, 0])))
  })
})

describe('packetBytes', () => {
  test('the IP header of a captured SYN', () => {
    expect(hex(packetBytes(SYN).subarray(0, 20))).toBe('4500003cbc5c40004006' + '6a5d' + '0a0000020a000001')
  })

  test.each([
    ['SYN', SYN, 60],
    ['UDP', QUERY, 31],
    ['ping', PING, 84],
    ['ICMP error', ERROR, 88],
  ])('%s: lengths and checksums are right', (_name, packet, length) => {
    const bytes = packetBytes(packet)
    expect(bytes.length).toBe(length)
    expect(ipLength(packet)).toBe(length)
    expect(checksum(bytes.subarray(0, 20))).toBe(0)
    if (packet.transport?.kind === 'icmp') expect(checksum(bytes.subarray(20))).toBe(0)
    else expect(transportSum(packet)).toBe(0)
  })

  test('TCP: ports, sequence number, flags, MSS', () => {
    expect(hex(packetBytes(SYN).subarray(20, 36))).toBe('c0fe1f90ef10c71800000000a002faf0')
    expect(hex(packetBytes(SYN).subarray(40, 44))).toBe('020405b4')
  })

  test('text is UTF-8, cut to its length', () => {
    expect(hex(packetBytes(QUERY).subarray(28))).toBe('68c3a9')
  })

  test('frag needed: the MTU, then the packet it is about', () => {
    const bytes = packetBytes(ERROR)
    expect(hex(bytes.subarray(20, 22))).toBe('0304')
    expect(hex(bytes.subarray(24, 28))).toBe('000005aa')
    expect(hex(bytes.subarray(28))).toBe(hex(packetBytes(SYN)))
  })

  test('ARP in its Ethernet frame', () => {
    const mac = '4a:c7:44:b5:30:ef' as Mac
    const arp: Packet = {
      ...SYN,
      eth: { source: mac, destination: MAC_BROADCAST, etherType: 0x0806 },
      network: {
        kind: 'arp',
        operation: 'request',
        senderMac: mac,
        senderAddress: ends.source,
        targetMac: MAC_ZERO,
        targetAddress: ends.destination,
      },
      transport: null,
      payload: NO_PAYLOAD,
    }
    expect(hex(packetBytes(arp))).toBe(
      'ffffffffffff4ac744b530ef0806' + '0001080006040001' + '4ac744b530ef0a000002' + '0000000000000a000001',
    )
  })
})
