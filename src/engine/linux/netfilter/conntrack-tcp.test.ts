import { describe, expect, it } from 'vitest'
import { setSysctl } from '../sysctl.ts'
import { sendSegment as send } from './testdata/connection.ts'
import measured from './testdata/conntrack-tcp-6.18.json' with { type: 'json' }
import { createTestMachine } from './testdata/machine.ts'

describe.each(measured)('segments as Linux 6.18 tracked them $sysctl', ({ sysctl, connections }) => {
  it.each(connections)('$name', ({ steps }) => {
    const machine = createTestMachine()
    const [key, value] = sysctl.split('=')
    if (key && value) setSysctl(machine.ns, key, value)
    machine.load('*filter\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n')
    const seen = steps.map(([text = '']) => [text, ...send(machine, text)])
    expect(seen).toEqual(steps)
  })
})

/** nf_tcp_handle_invalid(): seconds left of an established connection when both ends closed it out of the window, with 300 s for what nobody acknowledges. */
describe('closed out of the window by both ends', () => {
  it.each([
    [['o FA 1011 900000'], 400, 400],
    [['o FA 1011 900000', 'o FA 1011 900000'], 400, 400],
    [['o FA 1011 900000', 'r FA 5001 900000'], 400, 300],
    [['o FA 1011 900000', 'r FA 5001 900000'], 301, 300],
    [['o FA 1011 900000', 'r FA 5001 900000'], 300, 300],
    [['o FA 1011 900000', 'r FA 5001 900000'], 299, 299],
  ])('%j, %i s before its end: %i s', (closing, leftBefore, left) => {
    const machine = createTestMachine()
    machine.load('*filter\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n')
    for (const text of ['o S 1000 0', 'r SA 5000 1001', 'o A 1001 5001', 'o PA 1001 5001 10', 'r A 5001 1011']) send(machine, text)
    const entry = [...machine.ns.netfilter.ip.conntrack.entries.values()][0]
    if (!entry) throw new Error('no entry')
    machine.kernel.nowMs = entry.expiresMs - leftBefore * 1000
    for (const text of closing) expect(send(machine, text)[0]).toBe('INVALID')
    expect((entry.expiresMs - machine.kernel.nowMs) / 1000).toBe(left)
  })

  it.each([
    [119, 119],
    [120, 60],
    [121, 60],
  ])('with less than two minutes left it is let be: %i s, %i s', (leftBefore, left) => {
    const machine = createTestMachine()
    setSysctl(machine.ns, 'net.netfilter.nf_conntrack_tcp_timeout_unacknowledged', 60)
    machine.load('*filter\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n')
    for (const text of ['o S 1000 0', 'r SA 5000 1001', 'o A 1001 5001', 'o PA 1001 5001 10', 'r A 5001 1011']) send(machine, text)
    const entry = [...machine.ns.netfilter.ip.conntrack.entries.values()][0]
    if (!entry) throw new Error('no entry')
    machine.kernel.nowMs = entry.expiresMs - leftBefore * 1000
    for (const text of ['o FA 1011 900000', 'r FA 5001 900000']) expect(send(machine, text)[0]).toBe('INVALID')
    expect((entry.expiresMs - machine.kernel.nowMs) / 1000).toBe(left)
  })
})
