/** What a receiver tells of segments that are not next. The sizes of acknowledgements of duplicates were measured on Linux 6.18. */
import { expect, test } from 'vitest'
import type { SackBlock } from '../net/packet.ts'
import { ipLength } from '../net/packet-length.ts'
import { nodeLab } from '../shell/test-lab.ts'
import { isConnection, newTcpControl } from './tcp-control.ts'
import { duplicateSackSet, sackNew, sackOption, sackRemove } from './tcp-sack.ts'

/** "5:7 9:11" as blocks, and back. */
const blocksOf = (text: string): SackBlock[] =>
  text === '' ? [] : text.split(' ').map((block) => ({ left: Number(block.split(':')[0]), right: Number(block.split(':')[1]) }))
const textOf = (blocks: readonly SackBlock[]): string => blocks.map(({ left, right }) => `${left}:${right}`).join(' ')

test.each([
  ['one', '10:20', '10:20'],
  ['the newest first', '10:20 30:40', '30:40 10:20'],
  ['what follows joins', '10:20 20:30', '10:30'],
  ['what stands before joins', '20:30 10:20', '10:30'],
  ['what fills a gap joins both, and goes first', '10:20 30:40 50:60 20:30', '10:40 50:60'],
  ['the same again goes first', '10:20 30:40 10:20', '10:20 30:40'],
  ['four are kept', '10:20 30:40 50:60 70:80 90:100', '90:100 70:80 50:60 30:40'],
  ['around zero', '4294967290:4294967295 4294967295:5', '4294967290:5'],
])('segments ahead of their turn, %s: %s', (_what, arrived, told) => {
  const tcp = newTcpControl(0, 1460, null)
  for (const block of blocksOf(arrived)) sackNew(tcp, block)
  expect(textOf(tcp.sacks)).toBe(told)
})

test('blocks below what is acknowledged by number are gone', () => {
  const tcp = newTcpControl(0, 1460, null)
  for (const block of blocksOf('10:20 30:40 50:60')) sackNew(tcp, block)
  tcp.outOfOrder = [{ seq: 50, length: 10, data: null, psh: false, fin: false }]
  tcp.rcvNxt = 40
  sackRemove(tcp)
  expect(textOf(tcp.sacks)).toBe('50:60')
  tcp.outOfOrder = []
  sackRemove(tcp)
  expect(tcp.sacks).toEqual([])
})

test.each([
  ['ESTAB', false, '1:5 70:80 50:60', '70:80 50:60 30:40'],
  ['FIN-WAIT-2', false, '1:5 70:80 50:60', '70:80 50:60 30:40'],
  // What is left of a closed socket, and what is not one yet, is smaller.
  ['FIN-WAIT-2', true, '', ''],
  ['TIME-WAIT', true, '', ''],
  ['SYN-RECV', false, '', ''],
] as const)('%s, closed by its program: %s: three fit, a duplicate is told of once and first', (state, orphan, first, second) => {
  const lab = nodeLab()
  lab.exchange('p1', 'tcp', '10.0.0.12:8080', { forMs: 1 })
  const socket = [...lab.ns('p1').sockets.sockets.values()].find(({ tcp }) => tcp !== null)
  if (!socket || !isConnection(socket)) throw new Error('no connection')
  socket.state = state
  if (state === 'SYN-RECV') socket.tcp = { ...socket.tcp, listener: 1 }
  socket.tcp.orphan = socket.tcp.timeWait = orphan
  for (const block of blocksOf('30:40 50:60 70:80')) sackNew(socket.tcp, block)
  duplicateSackSet(socket.tcp, { left: 1, right: 5 })
  expect(textOf(sackOption(socket) ?? [])).toBe(first)
  expect(textOf(sackOption(socket) ?? [])).toBe(second)
})

test('each acknowledgement of data that came again is 12 bytes longer', () => {
  const lab = nodeLab()
  lab.exchange('p1', 'icmp', '10.0.0.12')
  lab.sh('ip netns exec p1 iptables -A INPUT -p tcp --tcp-flags SYN NONE -j DROP')
  const sizes: number[] = []
  lab.ns('p2').trace = (event) => {
    if (event.at !== 'dev_queue_xmit' || event.packet.transport?.kind !== 'tcp') return
    if (!event.packet.transport.flags.syn && event.packet.payload.length === 0) sizes.push(ipLength(event.packet))
  }
  lab.exchange('p1', 'tcp', '10.0.0.12:8080', { forMs: 1000 })
  expect(sizes).toEqual([52, 64, 64, 64])
})
