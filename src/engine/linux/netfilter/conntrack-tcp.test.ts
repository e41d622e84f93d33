import { describe, expect, it } from 'vitest'
import { NO_FLAGS } from '../../net/new-packet.ts'
import type { Packet, TcpFlags } from '../../net/packet.ts'
import { setSysctl } from '../sysctl.ts'
import measured from './testdata/conntrack-tcp-6.18.json' with { type: 'json' }
import { createTestMachine, packet, type TestMachine } from './testdata/machine.ts'

const LETTERS: Readonly<Record<string, keyof TcpFlags>> = { S: 'syn', A: 'ack', F: 'fin', R: 'rst', P: 'psh' }

/** "o PA 1001 5001 100": direction, flags, sequence number, acknowledgement, bytes of data, window. */
function segment(text: string): Packet {
  const [direction = 'o', letters = '', seq = '0', ack = '0', length = '0', window = '64240'] = text.split(' ')
  const made = packet(direction === 'o' ? 'tcp 10.0.0.11:1000>192.168.9.2:80' : 'tcp 192.168.9.2:80>10.0.0.11:1000')
  if (made.transport?.kind !== 'tcp') throw new Error(text)
  const flags = { ...NO_FLAGS, ...Object.fromEntries([...letters].flatMap((letter) => (LETTERS[letter] ? [[LETTERS[letter], true]] : []))) }
  const transport = { ...made.transport, seq: Number(seq), ack: Number(ack), flags, window: Number(window) }
  return { ...made, transport, payload: { length: Number(length), data: null, inner: null } }
}

/** What the kernel was asked after each segment: the state of the packet, and the entry. */
function send(machine: TestMachine, text: string): readonly [string, string] {
  const path = text.startsWith('o')
    ? ['PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1']
    : ['PREROUTING eth1', 'FORWARD eth1 cni0', 'POSTROUTING cni0']
  const passed = machine.pass(segment(text), ...path)
  const { ct } = passed.packet
  const line = machine.list()[0]
  const found = /^tcp +6 (\d+ \w+)/.exec(line ?? '')?.[1]
  const flags = (line?.includes('UNREPLIED') ? ' unreplied' : '') + (line?.includes('ASSURED') ? ' assured' : '')
  return [ct === null || typeof ct === 'string' ? 'INVALID' : ct.state, found ? found + flags : '-']
}

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
