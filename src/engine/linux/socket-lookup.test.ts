/** net/ipv4/inet_hashtables.c: which ports are drawn, in which order the others are tried, and whose packet it is. */
import { expect, test } from 'vitest'
import { ipv4 } from '../net/ipv4.ts'
import { createNetNs } from './create-netns.ts'
import { setDevice } from './device-config.ts'
import { newMac } from './new-mac.ts'
import { socketListen } from './socket.ts'
import { ephemeralPort, lookupListener, socketsOn } from './socket-lookup.ts'
import { setSysctl } from './sysctl.ts'

function machine(pick: (kind: string, count: number) => number) {
  const ns = createNetNs('node', { nowMs: 0, nextPacketId: 1, chooser: { choose: () => 0, pick } })
  setSysctl(ns, 'net.ipv4.ip_local_port_range', '5000\t5006')
  return ns
}

test.each<['tcp' | 'udp' | 'sctp', number, number, readonly number[]]>([
  // Of seven ports TCP draws from three pairs: the odd one out is never taken.
  ['tcp', 3, 0, [5000, 5002, 5004, 5001, 5003, 5005]],
  ['tcp', 3, 2, [5004, 5000, 5002, 5005, 5001, 5003]],
  ['udp', 7, 0, [5000, 5001, 5002, 5003, 5004, 5005, 5006]],
  ['udp', 7, 6, [5006, 5000, 5001, 5002, 5003, 5004, 5005]],
  ['sctp', 7, 3, [5003, 5004, 5005, 5006, 5000, 5001, 5002]],
])('%s draws one of %i, number %i first, and tries the others in turn', (protocol, slots, drawn, order) => {
  const counts: number[] = []
  const ns = machine((_kind, count) => {
    counts.push(count)
    return drawn
  })
  const tried: number[] = []
  expect(
    ephemeralPort(ns, protocol, (port) => {
      tried.push(port)
      return false
    }),
  ).toBeNull()
  expect(tried).toEqual(order)
  expect(counts).toEqual([slots])
  expect(ephemeralPort(ns, protocol, (port) => port === order.at(-1))).toBe(order.at(-1))
})

test('ports are of one protocol each', () => {
  const ns = machine(() => 0)
  for (const protocol of ['tcp', 'udp', 'sctp'] as const)
    for (const port of [0x35, 0x3500]) socketListen(ns, { protocol, address: null, port, owner: protocol })
  for (const protocol of ['tcp', 'udp', 'sctp'] as const)
    for (const port of [0x35, 0x3500])
      expect(socketsOn(ns, protocol, port).map((socket) => [socket.protocol, socket.localPort])).toEqual([[protocol, port]])
  expect(socketsOn(ns, 'icmp', 0x35)).toEqual([])
})

test.each([
  ['any address', null, [true, true]],
  ['one address', 0x7f000001, [true, false]],
])('who is bound to %s gets what is for it', (_what, address, found) => {
  const ns = machine(() => 0)
  setDevice(ns, 'lo', { up: true })
  const made = socketListen(ns, { protocol: 'udp', address: address === null ? null : ipv4(address), port: 53, owner: 'dns' })
  expect([0x7f000001, 0x7f000002].map((to) => lookupListener(ns, 'udp', ipv4(to), 53) !== null)).toEqual(found)
  expect(lookupListener(ns, 'udp', ipv4(0x7f000001), 54)).toBeNull()
  expect(lookupListener(ns, 'tcp', ipv4(0x7f000001), 53)).toBeNull()
  // Without SO_REUSEADDR nobody else can have the port, at any address.
  expect(socketListen(ns, { protocol: 'udp', address: null, port: 53, owner: 'other' })).toEqual({ errno: 'EADDRINUSE' })
  expect('errno' in made).toBe(false)
})

test.each([
  [0, 0, '02:00:00:00:00:00'],
  [0xffffff, 0xffffff, 'fe:ff:ff:ff:ff:ff'],
  [0x123456, 0x789abc, '12:34:56:78:9a:bc'],
  [0x010203, 0x040506, '02:02:03:04:05:06'],
])('a random hardware address of %i and %i is %s: of one machine, and given by hand', (high, low, mac) => {
  const drawn: number[] = []
  const ns = machine((kind, count) => {
    if (kind === 'mac') drawn.push(count)
    return drawn.length === 1 ? high : low
  })
  drawn.length = 0
  expect(newMac(ns)).toBe(mac)
  expect(drawn).toEqual([2 ** 24, 2 ** 24])
})
