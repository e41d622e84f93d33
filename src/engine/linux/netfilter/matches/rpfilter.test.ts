/** ipt_rpfilter.c, rpfilter_lookup_reverse(): where an answer to the source would go. The node: cni0 10.0.0.1/24, eth1 192.168.9.1/24. */
import { expect, test } from 'vitest'
import { parseCidr } from '../../../net/cidr.ts'
import { createTestMachine, packet } from '../testdata/machine.ts'

// rpfilter_get_saddr(): groups and broadcasts are no source of an answer, so no rule about them is asked.
test.each([
  ['224.0.0.9', true],
  ['239.255.255.255', true],
  ['255.255.255.255', true],
  ['0.1.2.3', false],
  ['240.0.0.1', false],
  ['223.255.255.255', false],
  ['10.0.0.1', false],
  ['1.0.0.1', false],
])('to %s, with rules that leave answers from there no way: %s', (destination, matched) => {
  const machine = createTestMachine()
  expect(machine.load('*raw\n-A PREROUTING -m rpfilter\nCOMMIT\n')).toBe(null)
  const [first] = machine.ns.rules
  const from = parseCidr(`${destination}/32`)
  if (!first || !from) throw new Error(destination)
  machine.ns.rules.unshift({ ...first, priority: 0, from, action: { type: 'prohibit' } })
  machine.pass(packet(`udp 10.0.0.11:1>${destination}:2`), 'PREROUTING cni0')
  expect(machine.ns.netfilter.ip.tables.get('raw')?.chains.get('PREROUTING')?.rules[0]?.packets).toBe(matched ? 1 : 0)
})

test.each([
  ['10.0.0.11', 'cni0', '', true],
  ['10.0.0.11', 'eth1', '', false],
  ['10.0.0.11', 'eth1', '--loose', true],
  ['10.0.0.11', 'cni0', '--invert', false],
  ['10.0.0.11', 'eth1', '--invert', true],
  ['8.8.8.8', 'eth1', '', false],
  ['8.8.8.8', 'eth1', '--loose', false],
  ['8.8.8.8', 'eth1', '--invert', true],
  ['10.0.0.1', 'cni0', '', false],
  ['10.0.0.1', 'cni0', '--loose', false],
  ['10.0.0.1', 'cni0', '--loose --accept-local', true],
  ['10.0.0.255', 'cni0', '--loose', false],
  ['127.0.0.1', 'lo', '', true],
])('from %s on %s, -m rpfilter %s: %s', (source, device, options, matched) => {
  const machine = createTestMachine()
  expect(machine.load(`*raw\n-A PREROUTING -m rpfilter ${options}\nCOMMIT\n`)).toBe(null)
  machine.pass(packet(`udp ${source}:1>10.0.0.1:2`), `PREROUTING ${device}`)
  expect(machine.ns.netfilter.ip.tables.get('raw')?.chains.get('PREROUTING')?.rules[0]?.packets).toBe(matched ? 1 : 0)
})

// rpfilter_mt(): who has no address yet may ask everybody on the link, nobody else.
test.each([
  ['0.0.0.0', '255.255.255.255', true],
  ['0.0.0.0', '224.0.0.1', true],
  ['0.1.2.3', '224.0.0.1', false],
  ['0.0.0.0', '224.0.0.255', true],
  ['0.0.0.0', '224.0.1.0', false],
  ['0.0.0.0', '10.0.0.1', false],
  ['1.0.0.0', '255.255.255.255', false],
  ['1.0.0.0', '224.0.0.1', false],
])('from %s to %s: %s', (source, destination, matched) => {
  const machine = createTestMachine()
  expect(machine.load('*raw\n-A PREROUTING -m rpfilter\nCOMMIT\n')).toBe(null)
  machine.pass(packet(`udp ${source}:1>${destination}:2`), 'PREROUTING cni0')
  expect(machine.ns.netfilter.ip.tables.get('raw')?.chains.get('PREROUTING')?.rules[0]?.packets).toBe(matched ? 1 : 0)
})

test.each([
  [0, '', true],
  [1, '', true],
  [0, '--validmark', true],
  [1, '--validmark', false],
])('a packet marked %i, where only a rule for mark 1 forbids the way, with %j: %s', (mark, options, matched) => {
  const machine = createTestMachine()
  expect(machine.load(`*raw\n-A PREROUTING -m rpfilter ${options}\nCOMMIT\n`)).toBe(null)
  const [first] = machine.ns.rules
  if (!first) throw new Error('no rule')
  machine.ns.rules.unshift({ ...first, priority: 0, fwmark: { value: 1, mask: 0xffffffff }, action: { type: 'prohibit' } })
  machine.pass({ ...packet('udp 10.0.0.11:1>10.0.0.1:2'), mark }, 'PREROUTING cni0')
  expect(machine.ns.netfilter.ip.tables.get('raw')?.chains.get('PREROUTING')?.rules[0]?.packets).toBe(matched ? 1 : 0)
})
