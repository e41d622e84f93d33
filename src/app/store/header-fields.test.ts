import { describe, expect, it } from 'vitest'
import { ipv4, parseIpv4 } from '../../engine/net/ipv4.ts'
import type { Mac } from '../../engine/net/mac.ts'
import type { IpPacket, TransportHeader } from '../../engine/net/packet.ts'
import { packetBytes } from '../../engine/net/packet-bytes.ts'
import { layersOf } from './layers.ts'

const address = (text: string) => parseIpv4(text) ?? ipv4(0)

const PROTOCOL = { tcp: 6, udp: 17, icmp: 1, sctp: 132 }

function packet(transport: TransportHeader, ttl = 64): IpPacket {
  return {
    ...{ id: 1, parent: null, mark: 0, iif: null, physIn: null, physOut: null, ct: null },
    ...{ ipvs: false, hash: null, fragMaxSize: null, socket: null },
    eth: { source: '02:00:00:00:00:01' as Mac, destination: '02:00:00:00:00:02' as Mac, etherType: 0x0800 },
    network: {
      ...{
        kind: 'ip',
        family: 'ip',
        source: address('10.0.0.1'),
        destination: address('10.0.0.2'),
        protocol: PROTOCOL[transport.kind],
        ttl,
      },
      ...{ tos: 0x10, id: 7, df: true, mf: false, fragmentOffset: 0 },
    },
    transport,
    payload: { length: 0, data: null, inner: null },
  }
}

const SYN: TransportHeader = {
  ...{ kind: 'tcp', sourcePort: 40000, destinationPort: 80, seq: 4294967295, ack: 0, window: 64240, mss: 1460 },
  flags: { fin: false, syn: true, rst: false, psh: false, ack: false },
}
const DNS: TransportHeader = { kind: 'udp', sourcePort: 1234, destinationPort: 53 }

/** "name value" of each field of a layer. */
function fields(one: IpPacket, title: string): string[] {
  return layersOf(one, null, 'header').flatMap((layer) =>
    layer.title === title ? layer.fields.map(({ name, value, bits }) => `${name}/${bits} ${value}`) : [],
  )
}

describe('headers as they stand on the wire', () => {
  it.each([
    [DNS, 'Ethernet', ['destination/48 02:00:00:00:00:02', 'source/48 02:00:00:00:00:01', 'type/16 0x0800']],
    [DNS, 'UDP', ['source port/16 1234', 'destination port/16 53', 'length/16 8', 'checksum/16 0xe6d4']],
    [
      SYN,
      'TCP',
      [
        ...['source port/16 40000', 'destination port/16 80', 'seq/32 4294967295', 'ack/32 0', 'off/4 10', 'res/4 0', 'flags/8 SYN'],
        ...['window/16 64240', 'checksum/16 0x9c83', 'urgent/16 0'],
        'options/160 02 04 05 b4 04 02 08 0a 00 00 00 00 00 00 00 00 01 03 03 00',
      ],
    ],
  ])('of $1', (transport, title, expected) => expect(fields(packet(transport), title)).toEqual(expected))

  it('IPv4: every bit', () =>
    expect(fields(packet(DNS), 'IPv4')).toEqual([
      ...['ver/4 4', 'ihl/4 5', 'tos/8 0x10', 'total length/16 28', 'id/16 7', 'flags/3 DF', 'fragment offset/13 0', 'ttl/8 64'],
      ...['protocol/8 17', 'checksum/16 0x26b8', 'source/32 10.0.0.1', 'destination/32 10.0.0.2'],
    ]))

  it('marks what a step changed, the checksum with it', () => {
    const changed = layersOf(packet(DNS, 63), packet(DNS, 64), 'header').flatMap((layer) =>
      layer.fields.filter(({ before }) => before !== null),
    )
    expect(changed.map(({ name, before, value }) => `${name} ${before} ${value}`)).toEqual(['ttl 64 63', 'checksum 0x26b8 0x27b8'])
  })

  it.each([DNS, SYN])('the fields of all headers are as long as the frame: $kind', (transport) => {
    const bits = layersOf(packet(transport), null, 'header').flatMap((layer) => layer.fields.map((field) => field.bits ?? 0))
    expect(bits.reduce((sum, width) => sum + width, 0)).toBe(packetBytes(packet(transport)).length * 8)
  })

  it('what is in a tunnel stands behind the tunnel header, what is quoted behind the error', () => {
    const wrapped = { ...packet(DNS), payload: { length: 58, data: { kind: 'vxlan', vni: 42 }, inner: packet(SYN) } }
    expect(fields(wrapped, 'VXLAN')).toEqual(['flags/8 0x08', 'reserved/24 0', 'vni/24 42', 'res/8 0'])
    expect(fields(wrapped, 'TCP')[1]).toBe('destination port/16 80')
    const error: TransportHeader = {
      ...{ kind: 'icmp', type: 3, code: 4, id: 0, seq: 0, mtu: 1400, gateway: null },
      quoted: { ...packet(DNS), eth: null },
    }
    expect(fields(packet(error), 'ICMP').slice(-2)).toEqual(['unused/16 0', 'mtu/16 1400'])
    expect(fields(packet(error), 'UDP, quoted')[1]).toBe('destination port/16 53')
  })
})
