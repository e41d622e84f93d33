import { expect, it } from 'vitest'
import { MOST_ACTIONS, matchingActions } from './matching-actions.ts'

const run = (): void => {}
const services = Array.from({ length: 5000 }, (_, i) => ({ name: `service/s${i}`, hint: `172.20.${i >> 8}.${i & 255}`, run }))

it.each([
  ['s432', ['service/s432', 'service/s4320', 'service/s4321'], 11],
  ['172.20.16.225', ['service/s4321'], 1],
  ['service s4999', ['service/s4999'], 1],
  ['nobody', [], 0],
])('finds %s among thousands, whole names first', (typed, first, count) => {
  const { shown, found } = matchingActions(services, typed)
  expect(shown.slice(0, first.length).map(({ name }) => name)).toEqual(first)
  expect(found).toBe(count)
})

it('draws no more than a menu can hold, and short groups whole', () => {
  expect(matchingActions(services, '')).toMatchObject({ shown: { length: MOST_ACTIONS }, found: 5000 })
  const few = services.slice(0, 3)
  expect(matchingActions(few, 'nobody').shown).toBe(few)
})
