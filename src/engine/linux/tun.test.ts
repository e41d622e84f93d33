/** The file of a TUN device, as a program has it. Kernel: drivers/net/tun.c. */
import { expect, test } from 'vitest'
import type { CarriedPacket } from '../net/carried-packet.ts'
import { createLab, type Lab } from '../shell/test-lab.ts'
import { packet } from './netfilter/testdata/machine.ts'
import { tunAttach, tunDetach, tunRead, tunWrite } from './tun.ts'

function machine(...lines: readonly string[]): Lab {
  const lab = createLab()
  lab.sh(['ip link set lo up', ...lines].join('\n'))
  return lab
}

test.each([
  ['a device is made where there is none', [], null],
  ['of ip tuntap', ['ip tuntap add dev tun0 mode tun'], null],
  ['another kind of device', ['ip link add tun0 type bridge'], 'EINVAL'],
])('opened: %s', (_what, lines, errno) => {
  expect(tunAttach(machine(...lines).ns('node'), 'tun0')).toBe(errno)
})

test('one program at a time; a device that no ip tuntap made goes with its program', () => {
  const ns = machine().ns('node')
  tunAttach(ns, 'tun0')
  expect(tunAttach(ns, 'tun0')).toBe('EBUSY')
  tunDetach(ns, 'tun0')
  expect(ns.devices.has('tun0')).toBe(false)
  expect(tunAttach(ns, 'tun0')).toBe(null)
})

test('the device of ip tuntap stays, without a carrier', () => {
  const ns = machine('ip tuntap add dev tun0 mode tun').ns('node')
  tunAttach(ns, 'tun0')
  expect(ns.devices.get('tun0')?.carrier).toBe(true)
  tunDetach(ns, 'tun0')
  expect(ns.devices.get('tun0')?.carrier).toBe(false)
  tunDetach(ns, 'lo')
  expect(ns.devices.has('lo')).toBe(true)
})

test.each([
  ['in a datagram', true],
  ['read from a device', false],
])('what is written arrives as a new packet, unwrapped only if it came %s', (_what, wrapped) => {
  const lab = machine('ip tuntap add dev tun0 mode tun', 'ip addr add 10.0.0.1/24 dev tun0')
  const ns = lab.ns('node')
  tunAttach(ns, 'tun0')
  lab.sh('ip link set tun0 up')
  lab.events.length = 0
  const inner = { ...packet('udp 10.0.0.2:1000>10.0.0.1:53'), id: 71, mark: 5 }
  const outer = { ...packet('udp 192.168.9.2:8285>192.168.9.1:8285'), id: 70 }
  const carried: CarriedPacket = { kind: 'ip-packet', packet: inner, device: wrapped ? null : 'tun1', outer: wrapped ? outer : null }
  tunWrite(ns, 'tun0', carried)
  const events = lab.events.map(({ event }) => event)
  const [decap] = events.filter((event) => event.at === 'decap')
  expect(decap === undefined).toBe(!wrapped)
  if (decap?.at === 'decap') expect([decap.before.id, decap.device]).toEqual([70, 'tun0'])
  const [received] = events.filter((event) => event.at === 'netif_receive_skb')
  expect(received && 'packet' in received ? [received.packet.parent, received.packet.mark] : null).toEqual([wrapped ? 70 : 71, 0])
  expect(received && 'packet' in received && received.packet.id).not.toBe(71)
})

test('nothing arrives on a device that is down', () => {
  const lab = machine('ip tuntap add dev tun0 mode tun')
  const ns = lab.ns('node')
  tunAttach(ns, 'tun0')
  expect(tunWrite(ns, 'tun0', { kind: 'ip-packet', packet: packet('udp 10.0.0.2:1>10.0.0.1:2'), device: null, outer: null })).toEqual([])
  expect(lab.drops()).toEqual(['node DEV_READY: tun0 is down'])
})

test('what is read is told', () => {
  const lab = machine('ip tuntap add dev tun0 mode tun')
  const read = tunRead(lab.ns('node'), 'tun0', packet('udp 10.0.0.2:1>10.0.0.1:2'))
  expect([read.device, read.outer]).toEqual(['tun0', null])
  expect(lab.events.map(({ event }) => event.at === 'socket' && event.detail)).toEqual(['read from tun0'])
})
