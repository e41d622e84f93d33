/** fib_multipath_hash(): which packets are of one flow, by net.ipv4.fib_multipath_hash_policy. */
import { expect, test } from 'vitest'
import { ipv4 } from '../net/ipv4.ts'
import { newIpPacket } from '../net/new-packet.ts'
import type { IpHeader, IpPacket, TransportHeader } from '../net/packet.ts'
import { createNetNs } from './create-netns.ts'
import type { Flow } from './fib.ts'
import { multipathKey } from './multipath-hash.ts'
import { setSysctl } from './sysctl.ts'

const FLOW: Flow = { source: ipv4(1), destination: ipv4(2), iif: null, oif: null, mark: 0, tos: 0, family: 'ip' }
const UDP: TransportHeader = { kind: 'udp', sourcePort: 10, destinationPort: 20 }

function packet(transport: TransportHeader | null, header: Partial<IpHeader> = {}): IpPacket {
  const made = newIpPacket({ id: 1, source: ipv4(1), destination: ipv4(2), protocol: 17, transport })
  return { ...made, network: { ...made.network, ...header } as IpHeader }
}

function key(policy: 0 | 1, flow: Partial<Flow>): string {
  const ns = createNetNs('node', { nowMs: 0, nextPacketId: 1, chooser: { choose: () => 0, pick: () => 0 } })
  setSysctl(ns, 'net.ipv4.fib_multipath_hash_policy', String(policy))
  return multipathKey(ns, { ...FLOW, ...flow })
}

const error = (quoted: IpPacket | null): TransportHeader => ({
  kind: 'icmp',
  type: 3,
  code: 1,
  id: 0,
  seq: 0,
  mtu: null,
  quoted,
  gateway: null,
})

test.each<[string, 0 | 1, Partial<Flow>, string]>([
  ['by addresses', 0, { packet: packet(UDP) }, '1 2'],
  ['by addresses, whatever the ports', 0, { ports: { protocol: 6, sourcePort: 1, destinationPort: 2 } }, '1 2'],
  ['by addresses, without a source', 0, { source: null }, '0 2'],
  ['an error, by those of what it is about', 0, { packet: packet(error(packet(UDP, { source: ipv4(3), destination: ipv4(4) }))) }, '3 4'],
  ['what an error made here is about', 0, { source: null, destination: ipv4(9), packet: packet(UDP) }, '1 2'],
  ['what an error made here is about, by ports', 1, { source: null, destination: ipv4(9), packet: packet(UDP) }, '1 2 17 10 20'],
  ['an error about nothing', 0, { packet: packet(error(null)) }, '1 2'],
  ['by ports', 1, { packet: packet(UDP) }, '1 2 17 10 20'],
  ['what a socket sends', 1, { ports: { protocol: 6, sourcePort: 30, destinationPort: 40 } }, '1 2 6 30 40'],
  ['a question without ports', 1, {}, '1 2 0 0 0'],
  ['a question without a source', 1, { source: null }, '0 2 0 0 0'],
  ['a first fragment', 1, { packet: packet(UDP, { mf: true }) }, '1 2 17 0 0'],
  ['a last fragment', 1, { packet: packet(UDP, { fragmentOffset: 8 }) }, '1 2 17 0 0'],
  ['a fragment between', 1, { packet: packet(UDP, { mf: true, fragmentOffset: 8 }) }, '1 2 17 0 0'],
  ['a ping', 1, { packet: packet({ ...(error(null) as TransportHeader & { kind: 'icmp' }), type: 8 }, { protocol: 1 }) }, '1 2 1 0 0'],
  ['what has no transport header', 1, { packet: packet(null, { protocol: 47 }) }, '1 2 47 0 0'],
])('%s', (_what, policy, flow, expected) => {
  expect(key(policy, flow)).toBe(expected)
})
