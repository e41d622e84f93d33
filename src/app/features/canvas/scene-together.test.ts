import { expect, test } from 'vitest'
import { EMPTY_SCENE, type Letter, type Scene } from './scene.ts'
import { type Beside, withOthers } from './scene-together.ts'

const END = { hue: 'id-1', glyph: 'circle', rewritten: null } as const
const letter = (x: number, y: number): Letter => ({
  ...{ kind: 'packet', tail: END, point: END, hollow: false, icmpError: false, outer: [], ended: null },
  pose: { at: { x, y }, angle: 0 },
})
const sceneOf = (...letters: readonly Letter[]): Scene => ({ ...EMPTY_SCENE, letters })
const beside = (number: number): Beside => ({ number, hue: 'id-2', at: () => EMPTY_SCENE })
const OWN = { number: 1, hue: 'id-1' } as const
const places = ({ letters }: Scene) =>
  letters.map(({ pose: { at }, walk }) => `${walk?.number ?? '-'} ${Math.round(at.x)},${Math.round(at.y)}`)

test('packets at one place stand side by side, the one in focus where it is', () => {
  const scene = withOthers(sceneOf(letter(50, 50)), OWN, [
    { beside: beside(2), scene: sceneOf(letter(52, 50)) },
    { beside: beside(3), scene: sceneOf(letter(50, 50)) },
    { beside: beside(4), scene: sceneOf(letter(200, 50)) },
  ])
  expect(places(scene)).toEqual(['1 50,50', '2 52,71', '3 50,92', '4 200,50'])
})

test('the copies of a broadcast stay where they are, without numbers', () => {
  const scene = withOthers(sceneOf(letter(50, 50), letter(55, 50), letter(60, 50)), OWN, [
    { beside: beside(2), scene: sceneOf(letter(300, 50), letter(58, 50)) },
  ])
  expect(places(scene)).toEqual(['1 50,50', '2 300,50', '- 55,50', '- 60,50', '- 58,50'])
})

test('one alone is what it is', () => {
  const scene = sceneOf(letter(50, 50))
  expect(withOthers(scene, null, [{ beside: beside(2), scene: sceneOf(letter(50, 50)) }])).toBe(scene)
})
