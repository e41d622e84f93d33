/** xt_physdev.c, physdev_mt(): of a packet that crosses no bridge only what is asked for inverted holds. */
import { expect, test } from 'vitest'
import { createTestMachine, packet } from '../testdata/machine.ts'

const SENT = packet('udp 10.0.0.11:1>192.168.9.2:2')
const WAYS = {
  routed: { ...SENT, physIn: null, physOut: null },
  bridged: { ...SENT, physIn: 'v1', physOut: 'v2' },
  in: { ...SENT, physIn: 'v1', physOut: null },
} as const

test.each([
  ['--physdev-in v1', 'bridged in'],
  ['--physdev-in v+', 'bridged in'],
  ['--physdev-in v2', ''],
  ['! --physdev-in v1', 'routed'],
  ['! --physdev-in v2', 'routed bridged in'],
  ['--physdev-out v2', 'bridged'],
  ['! --physdev-out v2', 'routed in'],
  ['--physdev-is-in', 'bridged in'],
  ['! --physdev-is-in', 'routed'],
  ['--physdev-is-out', 'bridged'],
  ['! --physdev-is-out', 'routed in'],
  ['--physdev-is-bridged', 'bridged'],
  ['! --physdev-is-bridged', 'routed in'],
  ['--physdev-in v1 ! --physdev-out v2', 'in'],
  ['! --physdev-in v2 ! --physdev-out v1', 'routed bridged in'],
  ['! --physdev-in v1 --physdev-is-bridged', ''],
  ['! --physdev-is-in ! --physdev-is-out', 'routed'],
])('-m physdev %s: %s', (options, matched) => {
  const names = Object.entries(WAYS).flatMap(([name, sent]) => {
    const machine = createTestMachine()
    expect(machine.load(`*filter\n-A FORWARD -m physdev ${options}\nCOMMIT\n`)).toBe(null)
    machine.pass(sent, 'FORWARD cni0 cni0')
    const rule = machine.ns.netfilter.ip.tables.get('filter')?.chains.get('FORWARD')?.rules[0]
    return rule?.packets === 1 ? [name] : []
  })
  expect(names.join(' ')).toBe(matched)
})
