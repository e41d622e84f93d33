/**
 * Random segments as Linux 6.18 tracked them: connections whose ends retransmit, overrun windows by a byte, acknowledge what is old or was never sent,
 * and close in every order. Sent as raw frames through a machine that forwards; `/proc/net/nf_conntrack` was read after each.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { setSysctl } from '../sysctl.ts'
import { sendSegment } from './testdata/connection.ts'
import { createTestMachine } from './testdata/machine.ts'

/** "# SYSCTL=VALUE …", then connections of lines "segment | state of the packet | entry", each after an empty line. */
const GROUPS = readFileSync('src/engine/linux/netfilter/testdata/conntrack-tcp-random-6.18.txt', 'utf8')
  .split(/^# /m)
  .slice(1)
  .map((group) => {
    const [sysctls = '', ...connections] = group.trim().split('\n\n')
    return { sysctls, connections: connections.map((text) => text.split('\n')) }
  })

describe.each(GROUPS)('$sysctls', ({ sysctls, connections }) => {
  it.each(connections.map((lines, at) => ({ at, lines })))('connection $at', ({ lines }) => {
    const machine = createTestMachine()
    for (const [key = '', value = ''] of sysctls.split(' ').map((pair) => pair.split('='))) setSysctl(machine.ns, key, value)
    machine.load('*filter\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n')
    const seen = lines.map((line) => {
      const segment = line.split(' | ')[0] ?? ''
      return [segment, ...sendSegment(machine, segment)].join(' | ')
    })
    expect(seen).toEqual(lines)
  })
})
