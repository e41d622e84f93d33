/** Kernel: net/netfilter/xt_HL.c, ttl_tg(). */
import { expect, test } from 'vitest'
import { createTestMachine, packet } from '../testdata/machine.ts'

const SENT = packet('udp 10.0.0.11:1000>192.168.9.2:80')

/** Where the sum would leave 0 … 255, it stays at the end; where nothing changes, the packet is not written to (skb_ensure_writable() and all). */
test.each([
  ['--ttl-set 64', 64],
  ['--ttl-set 0', 0],
  ['--ttl-set 255', 255],
  ['--ttl-inc 1', 65],
  ['--ttl-inc 191', 255],
  ['--ttl-inc 192', 255],
  ['--ttl-dec 1', 63],
  ['--ttl-dec 64', 0],
  ['--ttl-dec 65', 0],
])('-j TTL %s makes 64 %i', (words, ttl) => {
  const machine = createTestMachine()
  expect(machine.load(`*mangle\n-A FORWARD -j TTL ${words}\nCOMMIT`)).toBe(null)
  const { packet: passed } = machine.pass(SENT, 'FORWARD cni0 eth1')
  expect(passed.network).toEqual({ ...SENT.network, ttl })
  expect(passed === SENT).toBe(ttl === 64)
})
