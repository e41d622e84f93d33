/** Kernel: net/netfilter/nf_conntrack_core.c and nf_conntrack_proto_udp.c: races of first packets, streams, what is left of refused ones. */
import { describe, expect, test } from 'vitest'
import type { IpPacket } from '../../net/packet.ts'
import { addDevice } from '../device-config.ts'
import { createTestMachine, packet, type TestMachine, words } from './testdata/machine.ts'

const STATES = '*filter\n-A FORWARD -m conntrack --ctstate NEW\nCOMMIT\n'

function loaded(rules: string): TestMachine {
  const machine = createTestMachine()
  expect(machine.load(rules)).toBe(null)
  return machine
}

/** Packets that come before the first of them leaves; what leaves, or why not. */
function race(machine: TestMachine, ...texts: readonly string[]): string[] {
  const came: IpPacket[] = texts.map((text) => machine.pass(packet(text), 'PREROUTING cni0').packet)
  return came.map((each) => {
    const verdict = machine.pass(each, 'FORWARD cni0 eth1', 'POSTROUTING eth1')
    return verdict.kind === 'ACCEPT' ? words(verdict.packet) : verdict.kind
  })
}

describe('nf_ct_resolve_clash(): two first packets of a flow', () => {
  test.each([
    ['udp 10.0.0.11:1000>192.168.9.2:53', '10.0.0.11:1000>192.168.9.2:53'],
    ['tcp 10.0.0.11:1000>192.168.9.2:53 S', 'DROP'],
    ['icmp 10.0.0.11>192.168.9.2 8/0', 'DROP'],
  ])('%s: the second %s', (text, second) => {
    const machine = loaded(STATES)
    expect(race(machine, text, text)[1]).toBe(second)
    expect(machine.list()).toHaveLength(1)
  })

  const TWO_SERVERS = `*nat
    -A PREROUTING -d 10.96.0.10 -p udp -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 192.168.9.2:53
    -A PREROUTING -d 10.96.0.10 -p udp -j DNAT --to-destination 192.168.9.3:53
    COMMIT
  `
  const QUESTION = 'udp 10.0.0.11:1000>10.96.0.10:53'

  test('sent to two servers: both go on, and both answers come back; the loser is kept for a second', () => {
    const machine = loaded(TWO_SERVERS)
    expect(race(machine, QUESTION, QUESTION)).toEqual(['10.0.0.11:1000>192.168.9.2:53', '10.0.0.11:1000>192.168.9.3:53'])
    const answer = (server: string): string => {
      const sent = packet(`udp ${server}:53>10.0.0.11:1000`)
      return words(machine.pass(sent, 'PREROUTING eth1', 'FORWARD eth1 cni0', 'POSTROUTING cni0').packet)
    }
    expect([answer('192.168.9.2'), answer('192.168.9.3')]).toEqual(['10.96.0.10:53>10.0.0.11:1000', '10.96.0.10:53>10.0.0.11:1000'])
    machine.kernel.nowMs += 999
    expect(machine.list()).toHaveLength(2)
    machine.kernel.nowMs += 1
    expect(machine.list()).toHaveLength(1)
    expect(answer('192.168.9.3')).toBe('192.168.9.3:53>10.0.0.11:1000')
  })

  test('a third to a server that already answers another is dropped', () => {
    const machine = loaded(TWO_SERVERS)
    expect(race(machine, QUESTION, QUESTION, QUESTION, QUESTION)).toEqual([
      '10.0.0.11:1000>192.168.9.2:53',
      '10.0.0.11:1000>192.168.9.3:53',
      '10.0.0.11:1000>192.168.9.2:53',
      'DROP',
    ])
  })
})

test.each([
  [1999, 30],
  [2000, 30],
  [2001, 120],
])('UDP: an answer, then a packet %i ms after the first is kept for %i s', (afterMs, seconds) => {
  const machine = loaded(STATES)
  const there = () => machine.pass(packet('udp 10.0.0.11:1000>192.168.9.2:53'), 'PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1')
  there()
  machine.pass(packet('udp 192.168.9.2:53>10.0.0.11:1000'), 'PREROUTING eth1', 'FORWARD eth1 cni0', 'POSTROUTING cni0')
  machine.kernel.nowMs += afterMs
  there()
  const entry = [...machine.ns.netfilter.ip.conntrack.entries.values()][0]
  expect(entry && [(entry.expiresMs - machine.kernel.nowMs) / 1000, entry.assured]).toEqual([seconds, seconds === 120])
})

test('of a packet that is INVALID no entry is left', () => {
  const machine = loaded(STATES)
  for (const text of ['tcp 10.0.0.11:1000>192.168.9.2:80', 'tcp 10.0.0.11:1000>192.168.9.2:80 RA'])
    machine.pass(packet(text), 'PREROUTING cni0')
  expect(machine.ns.netfilter.ip.conntrack.entries.size).toBe(0)
})

test('a connection from before there was a nat table is not mapped', () => {
  const machine = loaded(STATES)
  const sent = (port: number) => {
    const made = packet(`udp 10.0.0.11:${port}>192.168.9.2:53`)
    return words(machine.pass(made, 'PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1').packet)
  }
  expect(sent(1000)).toBe('10.0.0.11:1000>192.168.9.2:53')
  expect(machine.load('*nat\n-A POSTROUTING -j SNAT --to-source 192.168.9.1\nCOMMIT\n')).toBe(null)
  expect([1000, 1001].map(sent)).toEqual(['10.0.0.11:1000>192.168.9.2:53', '192.168.9.1:1001>192.168.9.2:53'])
  const rule = machine.ns.netfilter.ip.tables.get('nat')?.chains.get('POSTROUTING')?.rules[0]
  expect(rule?.packets).toBe(2)
})

test('REDIRECT where the device has no address drops', () => {
  const machine = loaded('*nat\n-A PREROUTING -p udp -j REDIRECT\nCOMMIT\n')
  addDevice(machine.ns, { name: 'eth2', kind: 'physical', network: 'eth2' })
  const kinds = ['cni0', 'eth2'].map((device) => machine.pass(packet('udp 10.0.0.11:1000>192.168.9.2:53'), `PREROUTING ${device}`).kind)
  expect(kinds).toEqual(['ACCEPT', 'DROP'])
})
