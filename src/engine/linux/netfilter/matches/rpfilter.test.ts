/** ipt_rpfilter.c, rpfilter_lookup_reverse(): where an answer to the source would go. The node: cni0 10.0.0.1/24, eth1 192.168.9.1/24. */
import { expect, test } from 'vitest'
import { createTestMachine, packet } from '../testdata/machine.ts'

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
