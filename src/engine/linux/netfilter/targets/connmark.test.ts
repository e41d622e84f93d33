/** xt_connmark.c, connmark_tg_shift(): what the marks of connection and packet become. */
import { expect, test } from 'vitest'
import { createTestMachine, packet } from '../testdata/machine.ts'

/** The marks of the packet and of its connection, as the rules see them, behind the target. */
function marks(packetMark: string, connectionMark: string, target: string): string {
  const values = [
    '0',
    '0x1',
    '0x3',
    '0x5',
    '0x7',
    '0xf',
    '0x10',
    '0x30',
    '0x50',
    '0x70',
    '0xf0',
    '0xff',
    '0x500',
    '0xf0000000',
    '0xfffffff0',
  ]
  const rules = [
    `-A FORWARD -j CONNMARK --set-xmark ${connectionMark}`,
    `-A FORWARD -j MARK --set-xmark ${packetMark}`,
    `-A FORWARD -j CONNMARK ${target}`,
    ...values.flatMap((value) => [`-A FORWARD -m mark --mark ${value}`, `-A FORWARD -m connmark --mark ${value}`]),
  ]
  const machine = createTestMachine()
  expect(machine.load(`*mangle\n${rules.join('\n')}\nCOMMIT\n`)).toBe(null)
  machine.pass(packet('udp 10.0.0.11:1>192.168.9.2:2'), 'PREROUTING cni0', 'FORWARD cni0 eth1')
  const counted = machine.ns.netfilter.ip.tables.get('mangle')?.chains.get('FORWARD')?.rules.slice(3) ?? []
  const met = (odd: number) => values.filter((_value, index) => counted[2 * index + odd]?.packets === 1).join()
  return `${met(0)} ${met(1)}`
}

test.each([
  ['0x5', '0xf0', '--set-mark 0x7', '0x5 0x7'],
  ['0x5', '0xf0', '--set-mark 0xf/0xf', '0x5 0xff'],
  ['0x5', '0xff', '--set-xmark 0xf/0', '0x5 0xf0'],
  ['0x5', '0xff', '--and-mark 0xf0', '0x5 0xf0'],
  ['0x5', '0xf0', '--or-mark 0xf', '0x5 0xff'],
  ['0x5', '0xff', '--xor-mark 0xf', '0x5 0xf0'],
  ['0x5', '0xf0', '--save-mark', '0x5 0x5'],
  ['0x5', '0xf0', '--save-mark --nfmask 0x1 --ctmask 0xffffffff', '0x5 0x1'],
  ['0x5', '0xf0', '--restore-mark', '0xf0 0xf0'],
  ['0x5', '0x30', '--restore-mark --nfmask 0xffffffff --ctmask 0x10', '0x10 0x30'],
  ['0x5', '0xf0', '--set-mark 0x7 --left-shift-mark 4', '0x5 0x70'],
  ['0x5', '0xf0', '--set-mark 0x70 --right-shift-mark 4', '0x5 0x7'],
  ['0x5', '0xf0', '--save-mark --left-shift-mark 4', '0x5 0x50'],
  ['0x50', '0xf0', '--save-mark --right-shift-mark 4', '0x50 0x5'],
  ['0x5', '0x3', '--restore-mark --left-shift-mark 4', '0x30 0x3'],
  ['0x5', '0x70', '--restore-mark --right-shift-mark 4', '0x7 0x70'],
  // What is shifted out is gone.
  ['0x5', '0xff', '--restore-mark --left-shift-mark 28', '0xf0000000 0xff'],
  ['0x5', '0x70', '--restore-mark --right-shift-mark 7', '0 0x70'],
  ['0x5', '0x70', '--restore-mark --left-shift-mark 0', '0x70 0x70'],
])('a packet with %s in a connection with %s, CONNMARK %s: %s', (packetMark, connectionMark, target, expected) => {
  expect(marks(packetMark, connectionMark, target)).toBe(expected)
})
