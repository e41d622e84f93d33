/** net/ipv4/ip_tunnel_core.c: what of the inner packet the outer one inherits, and who learns that it is too long. */
import { expect, test } from 'vitest'
import { ipv4 } from '../net/ipv4.ts'
import { parseMac } from '../net/mac.ts'
import { newIpPacket } from '../net/new-packet.ts'
import type { Packet } from '../net/packet.ts'
import { createNetNs } from './create-netns.ts'
import { addAddress, addDevice, setDevice } from './device-config.ts'
import { outerTos, tunnelCheckPmtu } from './ip-tunnel.ts'

/** A packet of so many bytes, 28 of them headers of IP and UDP. */
function packet(length: number, { tos = 0, df = true, icmp = null as number | null, eth = true } = {}): Packet {
  const [source, destination] = [parseMac('02:00:00:00:00:01'), parseMac('02:00:00:00:00:02')]
  if (!source || !destination) throw new Error('no MAC')
  const transport =
    icmp === null
      ? ({ kind: 'udp', sourcePort: 1, destinationPort: 2 } as const)
      : ({ kind: 'icmp', type: icmp, code: 0, id: 0, seq: 0, mtu: null, quoted: null, gateway: null } as const)
  const made = newIpPacket({
    ...{ id: 9, df, tos, source: ipv4(0x0a000001), destination: ipv4(0x0a000002), protocol: icmp === null ? 17 : 1, transport },
    payload: { length: length - 28, data: null, inner: null },
  })
  return { ...made, eth: eth ? { source, destination } : null, mark: 5 } as Packet
}

test.each([
  [0, 0, 0],
  [0, 0x10, 0],
  [0, 1, 1],
  [0, 2, 2],
  [0, 3, 2],
  [1, 0x10, 0x10],
  [1, 0x11, 0x11],
  [1, 0x13, 0x12],
  [1, 0xff, 0xfe],
  [0x20, 0x11, 0x21],
  [0x23, 0x10, 0x20],
  [0xff, 0, 0xfc],
])('tos %i of the device, %i inside: %i outside', (device, inner, outer) => {
  expect(outerTos(device, packet(100, { tos: inner }))).toBe(outer)
})

function lab() {
  const ns = createNetNs('node', { nowMs: 0, nextPacketId: 20, chooser: { choose: () => 0, pick: () => 0 } })
  addDevice(ns, { name: 'br0', kind: 'bridge' })
  addDevice(ns, { name: 'eth0', kind: 'physical' })
  addDevice(ns, { name: 'd', kind: 'dummy' })
  addAddress(ns, 'eth0', { local: ipv4(0x0a000001), prefixLength: 24 })
  setDevice(ns, 'eth0', { up: true })
  const drops: string[] = []
  ns.trace = (event) => {
    if (event.at === 'kfree_skb') drops.push(`${event.reason} ${event.by?.text}`)
  }
  const check = (sent: Packet, mtu: number) => {
    const device = ns.devices.get('d')
    return device ? tunnelCheckPmtu(ns, sent, device, mtu) : null
  }
  return { ns, drops, check, learned: () => ns.routeExceptions.get(ipv4(0x0a000002))?.mtu ?? null }
}

test.each([
  [1400, 1400, null],
  [1401, 1400, 1400],
  [1399, 1400, null],
])('%i bytes, of which %i fit, on a device with routes: they go, and the route learns %s', (length, mtu, learns) => {
  const made = lab()
  expect(made.check(packet(length), mtu)).toBeNull()
  expect(made.learned()).toBe(learns)
})

test.each<[string, Packet, number, boolean]>([
  ['fits', packet(1400), 1400, false],
  ['is too long', packet(1401), 1400, true],
  ['is too long for the smallest that is told', packet(1401), 576, true],
  ['is too long for less than that', packet(1401), 575, false],
  ['may be cut', packet(1401, { df: false }), 1400, false],
  ['is an ICMP error', packet(1401, { icmp: 3 }), 1400, false],
  ['is a ping', packet(1401, { icmp: 8 }), 1400, true],
  ['has no Ethernet header', packet(1401, { eth: false }), 1400, false],
])('on a port of a bridge, what %s', (_what, sent, mtu, isTold) => {
  const { ns, drops, check, learned } = lab()
  setDevice(ns, 'd', { master: 'br0' })
  const effects = check(sent, mtu)
  expect(learned()).toBeNull()
  if (!isTold) {
    expect(effects).toBeNull()
    return
  }
  expect(drops).toEqual([`PKT_TOO_BIG d: ${mtu} bytes fit`])
  const [effect] = effects ?? []
  if (effect?.kind !== 'netif-rx') throw new Error('nothing is received')
  const { eth, network, transport, parent } = effect.packet
  expect([effect.device, parent, eth?.source, eth?.destination]).toEqual(['d', 9, '02:00:00:00:00:02', '02:00:00:00:00:01'])
  expect(network).toMatchObject({ source: ipv4(0x0a000002), destination: ipv4(0x0a000001), protocol: 1 })
  expect(transport).toMatchObject({ kind: 'icmp', type: 3, code: 4, id: 0, seq: 0, mtu, gateway: null, quoted: { eth: null, mark: 0 } })
})
