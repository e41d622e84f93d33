/** Raw sockets of `traceroute -T`: the SYN as mod-tcp.c fills it in, and which segments and errors are about it. */
import { expect, test } from 'vitest'
import { ipv4 } from '../net/ipv4.ts'
import { type IcmpHeader, type IpPacket, isIp, type TcpHeader } from '../net/packet.ts'
import { createNetNs } from './create-netns.ts'
import { setDevice } from './device-config.ts'
import type { NetNs } from './netns.ts'
import { rawError, rawLocalDeliver, rawSendSyn } from './raw.ts'

const LOCALHOST = ipv4(0x7f000001)

function sent(pick: (count: number) => number): {
  readonly ns: NetNs
  readonly socket: number
  readonly packet: IpPacket
  readonly tcp: TcpHeader
} {
  const ns = createNetNs('node', { nowMs: 0, nextPacketId: 1, chooser: { choose: () => 0, pick: (_kind, count) => pick(count) } })
  setDevice(ns, 'lo', { up: true })
  const packets: IpPacket[] = []
  ns.trace = (event) => {
    if (event.at === 'socket' && isIp(event.packet)) packets.push(event.packet)
  }
  const made = rawSendSyn(ns, { address: LOCALHOST, port: 80, ttl: 3, sourceAddress: null })
  const [packet] = packets
  if ('errno' in made || packet?.transport?.kind !== 'tcp') throw new Error('no SYN')
  return { ns, socket: made.socket, packet, tcp: packet.transport }
}

test.each<[string, (count: number) => number, Partial<TcpHeader>, number]>([
  ['the first', () => 0, { sourcePort: 32768, seq: 0 }, 0],
  ['the last', (count) => count - 1, { sourcePort: 60999, seq: 0xffffffff }, 65535],
])('the SYN, where chance takes %s value', (_which, pick, drawn, id) => {
  const { packet, tcp } = sent(pick)
  expect(packet.network).toMatchObject({ source: LOCALHOST, destination: LOCALHOST, protocol: 6, ttl: 3, df: false, id })
  expect(tcp).toMatchObject({ ...drawn, destinationPort: 80, ack: 0, window: 5840, mss: 1460 })
  expect(Object.entries(tcp.flags).flatMap(([name, set]) => (set === true ? [name] : []))).toEqual(['syn'])
})

/** A segment to the socket, different in one thing. */
const answer = ({ packet, tcp }: ReturnType<typeof sent>, other: Partial<TcpHeader>, source = LOCALHOST): IpPacket => ({
  ...packet,
  network: packet.network.kind === 'ip' ? { ...packet.network, source, destination: LOCALHOST, ttl: 61 } : packet.network,
  transport: { ...tcp, sourcePort: 80, destinationPort: tcp.sourcePort, ...other },
})

test.each<[string, Partial<TcpHeader>, number, number]>([
  ['from the port and to the port', {}, 0x7f000001, 1],
  ['from another port', { sourcePort: 81 }, 0x7f000001, 0],
  ['to another port', { destinationPort: 32769 }, 0x7f000001, 0],
  ['from another address', {}, 0x7f000002, 0],
])('a segment %s', (_what, other, source, copies) => {
  const probe = sent(() => 0)
  const effects = rawLocalDeliver(probe.ns, answer(probe, other, ipv4(source)))
  expect(effects).toHaveLength(copies)
  if (copies > 0)
    expect(effects[0]).toMatchObject({
      kind: 'deliver',
      socket: probe.socket,
      event: { kind: 'data', length: 0, ttl: 61, from: { port: 80 } },
    })
})

test('what is no TCP is not for them', () => {
  const probe = sent(() => 0)
  expect(rawLocalDeliver(probe.ns, { ...answer(probe, {}), transport: null })).toEqual([])
})

const EXCEEDED: IcmpHeader = { kind: 'icmp', type: 11, code: 0, id: 0, seq: 0, mtu: null, quoted: null, gateway: null }

test.each<[string, Partial<TcpHeader>, number, number]>([
  ['about the SYN', {}, 0x7f000001, 1],
  ['about one from another port', { sourcePort: 32769 }, 0x7f000001, 0],
  ['about one to another port', { destinationPort: 81 }, 0x7f000001, 0],
  ['about one to another address', {}, 0x7f000002, 0],
])('an ICMP error %s', (_what, other, destination, copies) => {
  const { ns, socket, packet, tcp } = sent(() => 0)
  const quoted: IpPacket = {
    ...packet,
    network: packet.network.kind === 'ip' ? { ...packet.network, destination: ipv4(destination) } : packet.network,
    transport: { ...tcp, ...other },
  }
  const effects = rawError(ns, packet, EXCEEDED, quoted)
  expect(effects).toHaveLength(copies)
  if (copies > 0)
    expect(effects[0]).toMatchObject({
      socket,
      event: { kind: 'error', errno: 'EHOSTUNREACH', icmp: { from: LOCALHOST, type: 11, code: 0, seq: 0 } },
    })
  expect(rawError(ns, packet, EXCEEDED, { ...quoted, transport: null })).toEqual([])
})
