/** Changes of devices: what the kernel refuses, whoever asks (what a shell looks up before, a program may not), and what follows. */
import { expect, test } from 'vitest'
import { formatAddress, parseAddress } from '../net/address.ts'
import { createLab, sent } from '../shell/test-lab.ts'
import { createNetNs } from './create-netns.ts'
import { addAddress, addDevice, createVeth, deleteAddress, deleteDevice, moveDevice, setDevice } from './device-config.ts'
import type { NetNs } from './netns.ts'

function machine(): { readonly ns: NetNs; readonly other: NetNs } {
  const kernel = { nowMs: 0, nextPacketId: 1, chooser: { choose: () => 0, pick: () => 0 } }
  const [ns, other] = [createNetNs('node', kernel), createNetNs('b', kernel)]
  addDevice(ns, { name: 'br0', kind: 'bridge' })
  addDevice(ns, { name: 'eth0', kind: 'physical' })
  createVeth(ns, 'va', ns, 'vb')
  return { ns, other }
}

const address = (text: string) => {
  const local = parseAddress(text)
  if (local === null) throw new Error(text)
  return { local, prefixLength: 24 }
}

test.each<[string, (ns: NetNs, other: NetNs) => unknown, string]>([
  ['set nope up', (ns) => setDevice(ns, 'nope', { up: true }), 'No such device'],
  ['set nope mtu', (ns) => setDevice(ns, 'nope', { mtu: 1400 }), 'No such device'],
  ['delete nope', (ns) => deleteDevice(ns, 'nope'), 'No such device'],
  ['move nope', (ns, other) => moveDevice(ns, other, 'nope', 'x'), 'No such device'],
  ['an address for nope', (ns) => addAddress(ns, 'nope', address('10.0.0.1')), 'Cannot find device "nope"'],
  ['delete lo', (ns) => deleteDevice(ns, 'lo'), 'Operation not supported'],
  ['delete a NIC', (ns) => deleteDevice(ns, 'eth0'), 'Operation not supported'],
  ['two of one name', (ns) => addDevice(ns, { name: 'br0', kind: 'dummy' }), 'File exists'],
  ['a pair of one name', (ns) => createVeth(ns, 'x', ns, 'x'), 'File exists'],
  ['a pair where the near name is taken', (ns, other) => createVeth(ns, 'va', other, 'x'), 'File exists'],
  ['a pair where the far name is taken', (ns) => createVeth(ns, 'x', ns, 'va'), 'File exists'],
  ['into a bridge that is none', (ns) => setDevice(ns, 'va', { master: 'vb' }), 'Operation not supported'],
  ['into nothing', (ns) => setDevice(ns, 'va', { master: 'nope' }), 'No such device'],
  ['a bridge into a bridge', (ns) => setDevice(ns, 'br0', { master: 'br0' }), 'Error: Can not enslave a bridge to a bridge.'],
  ['lo into a bridge', (ns) => setDevice(ns, 'lo', { master: 'br0' }), 'Invalid argument'],
  ['hairpin of what is no port', (ns) => setDevice(ns, 'va', { hairpinMode: true }), 'Operation not supported'],
  ['a name that is taken', (ns) => setDevice(ns, 'va', { newName: 'br0' }), 'File exists'],
])('%s: refused', (_what, change, error) => {
  const { ns, other } = machine()
  expect(change(ns, other)).toEqual({ ok: false, error })
  expect([...ns.devices.keys()]).toEqual(['lo', 'br0', 'eth0', 'vb', 'va'])
  expect([...other.devices.keys()]).toEqual(['lo'])
})

test.each([
  ['127.0.0.5', 'host'],
  ['126.0.0.1', 'global'],
  ['128.0.0.1', 'global'],
  ['10.0.0.1', 'global'],
])('an address without a scope: %s is %s', (text, scope) => {
  const { ns } = machine()
  expect(addAddress(ns, 'eth0', address(text)).ok).toBe(true)
  expect(ns.devices.get('eth0')?.addresses.map((one) => [formatAddress(one.local), one.scope])).toEqual([[text, scope]])
})

test('an address that is not there cannot go', () => {
  const { ns } = machine()
  addAddress(ns, 'eth0', address('10.0.0.1'))
  expect(deleteAddress(ns, 'eth0', address('10.0.0.2')).ok).toBe(false)
  expect(deleteAddress(ns, 'eth0', address('10.0.0.1')).ok).toBe(true)
  expect(ns.devices.get('eth0')?.addresses).toEqual([])
})

/** Measured on Linux 6.18. */
test('a bridge follows the smallest MTU of its ports, until one is said', () => {
  const { ns } = machine()
  const mtu = () => ns.devices.get('br0')?.mtu
  for (const name of ['va', 'vb']) setDevice(ns, name, { master: 'br0' })
  setDevice(ns, 'va', { mtu: 1400 })
  expect(mtu()).toBe(1400)
  setDevice(ns, 'vb', { master: null })
  setDevice(ns, 'va', { mtu: 1600 })
  expect(mtu()).toBe(1600)
  setDevice(ns, 'br0', { mtu: 1000 })
  setDevice(ns, 'va', { mtu: 600 })
  setDevice(ns, 'vb', { master: 'br0' })
  expect(mtu()).toBe(1000)
})

test.each([
  [1, true, 'who-has 10.0.0.1 tell 10.0.0.1, who-has 10.0.1.1 tell 10.0.1.1'],
  [1, false, ''],
  [0, true, ''],
])('another MAC address, arp_notify=%i, up: %s: tells "%s"', (notify, up, told) => {
  const lab = createLab()
  lab.sh(`
    ip netns add far
    ip link add e0 type veth peer name p0 netns far
    ip -n far link set p0 up
    ip addr add 10.0.0.1/24 dev e0
    ip addr add 10.0.1.1/24 dev e0
    sysctl -w net.ipv4.conf.e0.arp_notify=${notify}
    ip link set e0 ${up ? 'up' : 'down'}`)
  lab.wire.length = 0
  lab.sh('ip link set e0 address 02:00:00:00:00:55')
  expect(sent(lab, 'node e0').join(', ')).toBe(told)
})
