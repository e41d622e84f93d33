import { describe, expect, it } from 'vitest'
import { ipv4 } from '../net/ipv4.ts'
import type { Packet } from '../net/packet.ts'
import { foldHops } from './fold.ts'
import type { TraceRecord } from './trace.ts'

function packet(id: number): Packet {
  return {
    id,
    parent: null,
    eth: null,
    network: {
      kind: 'ip',
      family: 'ip',
      source: ipv4(1),
      destination: ipv4(2),
      protocol: 17,
      ttl: 64,
      tos: 0,
      id: 0,
      df: true,
      mf: false,
      fragmentOffset: 0,
    },
    transport: null,
    payload: { length: 0, data: null, inner: null },
    mark: 0,
    iif: null,
    physIn: null,
    physOut: null,
    ct: null,
    ipvs: false,
    hash: null,
    fragMaxSize: null,
    socket: null,
  }
}

/** "1 a rx eth0": packet, where, what, device. */
function records(text: string): TraceRecord[] {
  return text
    .trim()
    .split('\n')
    .map((line, n) => {
      const [id, where, what, device = ''] = line.trim().split(' ')
      const event =
        what === 'route'
          ? ({ at: 'fib_lookup', packet: packet(Number(id)), result: null, error: null } as const)
          : ({ at: what === 'rx' ? 'netif_receive_skb' : 'dev_queue_xmit', packet: packet(Number(id)), device } as const)
      return { n, timeMs: n, where: where ?? '', event }
    })
}

const fold = (text: string): string[] =>
  foldHops(records(text)).map((hop) => `${hop.packet} ${hop.where} ${hop.in ?? '-'} ${hop.out ?? '-'} ${hop.records.join(',')}`)

describe('folding records into hops', () => {
  it('makes one hop of a stay in a namespace, through bridge and port', () => {
    expect(
      fold(`
      1 pod route
      1 pod tx eth0
      1 node rx veth1
      1 node rx cni0
      1 node route
      1 node tx eth0
      1 far rx eth0`),
    ).toEqual(['1 pod - eth0 0,1', '1 node veth1 eth0 2,3,4,5', '1 far eth0 - 6'])
  })

  it('keeps packets apart where they interleave', () => {
    expect(
      fold(`
      1 a route
      2 a tx eth0
      1 a tx eth0
      2 b rx eth0`),
    ).toEqual(['1 a - eth0 0,2', '2 a - eth0 1', '2 b eth0 - 3'])
  })

  it('begins a new hop when a packet comes back into the namespace it left', () => {
    expect(
      fold(`
      1 a tx lo
      1 a rx lo`),
    ).toEqual(['1 a - lo 0', '1 a lo - 1'])
  })
})
