import { expect, test } from 'vitest'
import { followed } from './follow-camera.ts'

const view = { transform: [10, 20, 2] as const, width: 1000, height: 500 }

test.each([
  ['well in the view', { x: 200, y: 100 }, false, null],
  ['beyond the right edge: as far as it takes', { x: 500, y: 100 }, false, { x: -200, y: 20 }],
  ['above', { x: 200, y: 0 }, false, { x: 10, y: 100 }],
  ['while playing: a part of the way', { x: 500, y: 100 }, true, { x: 10 - 210 * 0.15, y: 20 }],
])('%s', (_, at, gliding, to) => {
  expect(followed(at, view, gliding)).toEqual(to)
})
