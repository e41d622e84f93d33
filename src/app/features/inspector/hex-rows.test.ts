import { expect, test } from 'vitest'
import type { Packet } from '../../../engine/net/packet.ts'
import { recordsOf, WALK } from '../../store/walk.fixture.ts'
import { hexRows } from './hex-rows.ts'

const rewrite = recordsOf(WALK).find(({ event }) => event.at === 'nat_manip')?.event

const dumped = (packet: Packet, before: Packet | null) =>
  hexRows(packet, before)
    .map(({ runs }) => runs.map(({ hex, changed }) => (changed ? `[${hex}]` : hex)).join(' '))
    .join(' ')

test('the destination address that a rule has changed is marked, with the checksums over it', () => {
  if (rewrite?.at !== 'nat_manip') throw new Error('the fixture rewrites nothing')
  const plain = dumped(rewrite.packet, null)
  expect(plain).toMatch(/45 00 [0-9a-f]{2} [0-9a-f]{2} /)
  expect(plain).not.toContain('[')
  const marked = dumped(rewrite.packet, rewrite.before)
  expect(marked.replaceAll(/[[\]]/g, '')).toBe(plain)
  expect(marked.match(/\[/g)?.length).toBeGreaterThanOrEqual(2)
})

test('a packet of another length has nothing marked', () => {
  if (rewrite?.at !== 'nat_manip') throw new Error('the fixture rewrites nothing')
  const longer = { ...rewrite.packet, payload: { ...rewrite.packet.payload, length: rewrite.packet.payload.length + 4 } }
  expect(dumped(longer, rewrite.before)).not.toContain('[')
})
