/** Fragments wait until their packet is whole. Kernel: net/ipv4/ip_fragment.c, ip_defrag(). */
import { expect, test } from 'vitest'
import { NO_PAYLOAD, withIp } from '../net/new-packet.ts'
import type { IpPacket } from '../net/packet.ts'
import { createLab } from '../shell/test-lab.ts'
import { ipDefrag } from './ip-defrag.ts'
import { packet } from './netfilter/testdata/machine.ts'

/** A datagram of 3000 bytes in three pieces; `from` and `to` in bytes behind the IP header. */
function piece(
  id: number,
  from: number,
  to: number,
  more: boolean,
  more2: { readonly ipId?: number; readonly source?: string } = {},
): IpPacket {
  const whole = packet(`udp ${more2.source ?? '10.0.0.11'}:1000>10.0.0.12:53`)
  const transport = from === 0 ? whole.transport : null
  const length = to - from - (from === 0 ? 8 : 0)
  return withIp({ ...whole, id, transport, payload: { ...NO_PAYLOAD, length } }, { mf: more, fragmentOffset: from, id: more2.ipId ?? 9 })
}
const [A, B, C] = [piece(1, 0, 1480, true), piece(2, 1480, 2960, true), piece(3, 2960, 3008, false)]

function arrive(...pieces: readonly IpPacket[]) {
  const lab = createLab()
  const ns = lab.ns('node')
  const results = pieces.map((one) => ipDefrag(ns, one))
  const told = lab.events.map(({ event }) => (event.at === 'socket' ? `${event.packet.id} ${event.detail}` : event.at))
  return { results, told, left: ns.fragments.size }
}

const WAITS = 'a fragment: it waits for the rest'
const LAST = 'the last fragment: the packet is whole'

test.each([
  ['in order', [A, B, C], [`1 ${WAITS}`, `2 ${WAITS}`, `3 ${LAST}`]],
  ['backwards', [C, B, A], [`3 ${WAITS}`, `2 ${WAITS}`]],
  ['the middle last', [A, C, B], [`1 ${WAITS}`, `3 ${WAITS}`, `2 ${LAST}`]],
])('%s: whole with the last of them, as the first; each is told', (_what, pieces, told) => {
  const arrived = arrive(...pieces)
  expect(arrived.results.slice(0, 2)).toEqual([null, null])
  const whole = arrived.results[2]
  expect(whole?.id).toBe(1)
  expect(whole?.payload.length).toBe(3000)
  expect(whole?.network).toMatchObject({ mf: false, fragmentOffset: 0 })
  expect(arrived.told).toEqual(told)
  expect(arrived.left).toBe(0)
})

test.each([
  ['the end is missing', [A, B]],
  ['the middle is missing', [A, C]],
  ['the beginning is missing', [B, C]],
  ['of another datagram', [A, B, piece(4, 2960, 3008, false, { ipId: 10 })]],
  ['of another sender', [A, B, piece(4, 2960, 3008, false, { source: '10.0.0.13' })]],
])('%s: nothing is whole', (_what, pieces) => {
  const arrived = arrive(...pieces)
  expect(arrived.results.every((one) => one === null)).toBe(true)
  expect(arrived.told.every((line) => line.endsWith(WAITS))).toBe(true)
  expect(arrived.left).toBeGreaterThan(0)
})

test('a whole packet passes', () => {
  const whole = packet('udp 10.0.0.11:1000>10.0.0.12:53')
  const arrived = arrive(whole)
  expect(arrived).toEqual({ results: [whole], told: [], left: 0 })
})
