import { describe, expect, it } from 'vitest'
import { ipv4, parseIpv4 } from '../../engine/net/ipv4.ts'
import type { Mac } from '../../engine/net/mac.ts'
import type { Packet } from '../../engine/net/packet.ts'
import { layersOf } from './layers.ts'

const address = (text: string) => parseIpv4(text) ?? ipv4(0)

function packet(destination: string, ttl: number): Packet {
  return {
    ...{ id: 1, parent: null, mark: 0, iif: null, physIn: null, physOut: null, ct: null },
    ...{ ipvs: false, hash: null, fragMaxSize: null, socket: null },
    eth: { source: '02:00:00:00:00:01' as Mac, destination: '02:00:00:00:00:02' as Mac, etherType: 0x0800 },
    network: {
      ...{ kind: 'ip', family: 'ip', source: address('10.0.0.1'), destination: address(destination), protocol: 17, ttl },
      ...{ tos: 0, id: 0, df: true, mf: false, fragmentOffset: 0 },
    },
    transport: { kind: 'udp', sourcePort: 1234, destinationPort: 53 },
    payload: { length: 0, data: null, inner: null },
  }
}

describe('layersOf', () => {
  it('goes from outside in', () =>
    expect(layersOf(packet('10.0.0.2', 64), null).map((layer) => layer.title)).toEqual(['Ethernet', 'IPv4', 'UDP']))

  it('gives the former value where a step changed a field, and only there', () => {
    const fields = layersOf(packet('10.0.0.3', 63), packet('10.0.0.2', 64)).flatMap((layer) => layer.fields)
    expect(fields.filter((field) => field.before !== null)).toEqual([
      { name: 'destination', value: '10.0.0.3', address: true, before: '10.0.0.2' },
      { name: 'ttl', value: '63', address: false, before: '64' },
    ])
  })

  it('puts what is inside a tunnel one level deeper', () => {
    const outer = { ...packet('10.0.0.9', 64), payload: { length: 50, data: null, inner: packet('10.0.0.2', 64) } }
    expect(layersOf(outer, null).map((layer) => layer.depth)).toEqual([0, 0, 0, 1, 1, 1])
  })

  it('compares the inner packet with the packet that was wrapped', () => {
    const outer = { ...packet('10.0.0.9', 64), payload: { length: 50, data: null, inner: packet('10.0.0.2', 64) } }
    const changed = layersOf(outer, packet('10.0.0.2', 64)).filter((layer) => layer.fields.some((field) => field.before !== null))
    expect(changed).toEqual([])
  })
})
