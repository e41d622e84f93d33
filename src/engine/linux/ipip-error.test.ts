/** net/ipv4/ipip.c, ipip_err() and ip_tunnel_xmit(): which errors about outer packets the senders of the inner ones hear of, and how often. */
import { expect, test } from 'vitest'
import { ipv4 } from '../net/ipv4.ts'
import { newIpPacket } from '../net/new-packet.ts'
import type { IcmpHeader, IpHeader } from '../net/packet.ts'
import { createNetNs } from './create-netns.ts'
import { addAddress, setDevice } from './device-config.ts'
import { ipipError, linkFailure } from './ipip-error.ts'
import type { Kernel, NetNs } from './netns.ts'
import { addIpip } from './tunnel-config.ts'

const [OURS, THEIRS] = [ipv4(0x0a000001), ipv4(0x0a000002)]
const OUTER = { kind: 'ip', source: OURS, destination: THEIRS } as IpHeader

function machine(ttl: number, remote: typeof THEIRS | null = THEIRS): { readonly kernel: Kernel; readonly ns: NetNs } {
  const kernel: Kernel = { nowMs: 0, nextPacketId: 1, chooser: { choose: () => 0, pick: () => 0 } }
  const ns = createNetNs('node', kernel)
  setDevice(ns, 'lo', { up: true })
  addAddress(ns, 'lo', { local: OURS, prefixLength: 32, scope: 'global' })
  const made = addIpip(ns, { name: 't' }, { mode: 'ipip', local: OURS, remote, link: null, ttl, pmtuDiscovery: ttl === 0 })
  if (!made.ok) throw new Error(made.error)
  setDevice(ns, 't', { up: true })
  return { kernel, ns }
}

const icmp = (type: number, code: number): IcmpHeader => ({
  kind: 'icmp',
  type,
  code,
  id: 0,
  seq: 0,
  mtu: null,
  quoted: null,
  gateway: null,
})

/** Sends one packet through the tunnel: is its sender told? */
function told(ns: NetNs): readonly string[] {
  const device = ns.devices.get('t')
  if (device?.kind !== 'ipip') throw new Error('no tunnel')
  const packet = newIpPacket({
    ...{ id: 1, df: false, source: OURS, destination: THEIRS, protocol: 17, ttl: 64, ipId: 1, transport: null, socket: null },
  })
  return linkFailure(ns, device, packet).map((effect) => ('type' in effect ? `${effect.type}/${effect.code}` : effect.kind))
}

test.each([
  ['host unreachable', 3, 1, 0, true],
  ['port unreachable', 3, 3, 0, true],
  ['too long for the way', 3, 4, 0, false],
  ['ttl exceeded, of a tunnel with a ttl of its own', 11, 0, 5, true],
  ['ttl exceeded, of a tunnel that inherits it', 11, 0, 0, false],
  ['not reassembled in time', 11, 1, 5, false],
  ['a wrong header', 12, 0, 5, false],
])('%s (%i/%i): the next sender is told: %s', (_what, type, code, ttl, isTold) => {
  const { ns } = machine(ttl)
  expect(ipipError(ns, icmp(type, code), OUTER)).toBe(isTold ? 't tells the next sender' : 'it changes nothing for t')
  expect(told(ns)).toEqual(isTold ? ['3/1'] : [])
  expect(told(ns)).toEqual([])
})

test('an error about no tunnel of ours, and about one that has no other end', () => {
  expect(ipipError(machine(0).ns, icmp(3, 1), { ...OUTER, destination: ipv4(0x0a000003) })).toBeNull()
  const anyone = machine(0, null).ns
  expect(ipipError(anyone, icmp(3, 1), OUTER)).toBe('it changes nothing for t')
  expect(told(anyone)).toEqual([])
})

test.each([
  ['one error', [0], [1], 1],
  ['two errors', [0, 100], [200], 2],
  ['three, the last almost too late to count with the others', [0, 100, 30_099], [30_100], 3],
  ['two, the second too late to count with the first', [0, 30_000], [30_001], 1],
  ['one error, almost too long ago', [0], [29_999], 1],
  ['one error, too long ago', [0], [30_000], 0],
])('%s: as many packets tell it', (_what, errors, packets, times) => {
  const { kernel, ns } = machine(0)
  for (const at of errors) {
    kernel.nowMs = at
    ipipError(ns, icmp(3, 1), OUTER)
  }
  kernel.nowMs = packets[0] ?? 0
  const answers = Array.from({ length: 5 }, () => told(ns).length)
  expect(answers.reduce((sum, each) => sum + each, 0)).toBe(times)
})
