import { expect, test } from 'vitest'
import { clearBadges } from './badge-place.ts'
import type { Badge, Letter } from './scene.ts'

const badge = (x: number, y: number): Badge => ({
  station: { moment: 0, kind: 'box', badge: { x, y } },
  number: 1,
  state: 'here',
  icon: 'dropped',
})
const END = { hue: 'id-1', glyph: 'circle', rewritten: null } as const
const letter = (ended: Letter['ended']): Letter => ({
  ...{ kind: 'packet', tail: END, point: END, hollow: false, icmpError: false, outer: [], ended },
  pose: { at: { x: 100, y: 100 }, angle: Math.PI / 2 },
})
const places = (badges: readonly Badge[]) => badges.map(({ station }) => [Math.round(station.badge.x), Math.round(station.badge.y)])

test.each([
  ['a number that a broken packet would hide stands beside it', [badge(100, 81)], 'dropped', [[68, 100]]],
  [
    'the next one on its other side',
    [badge(100, 81), badge(104, 70)],
    'dropped',
    [
      [68, 100],
      [132, 100],
    ],
  ],
  [
    'numbers elsewhere stay',
    [badge(20, 20), badge(100, 140)],
    'dropped',
    [
      [20, 20],
      [100, 140],
    ],
  ],
  ['a packet on its way hides none', [badge(100, 81)], null, [[100, 81]]],
] as const)('%s', (_, badges, ended, expected) => {
  expect(places(clearBadges(badges, [letter(ended)]))).toEqual(expected)
})
