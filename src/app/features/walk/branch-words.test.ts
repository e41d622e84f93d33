import { describe, expect, it } from 'vitest'
import { branchOnScreen, odds, wayBack, wayThere } from './branch-words.ts'

describe('a branch', () => {
  it.each([
    [1, '100 %'],
    [0.5, '50 %'],
    [1 / 3, '33.3 %'],
    [0.0001, '< 0.1 %'],
  ])('of probability %f is %s', (probability, words) => expect(odds(probability)).toBe(words))

  const path = ['pod/default/web', 'node/worker-1', 'node/worker-2', 'pod/shop/db']
  it.each([
    [path.toReversed(), 'back the same way'],
    [['pod/shop/db', 'node/worker-2', 'pod/default/web'], 'back: shop/db → worker-2 → web'],
    [[], ''],
  ])('comes back by %j: %s', (returnPath, words) => expect(wayBack({ path, returnPath })).toBe(words))

  it('names the places on its way', () => expect(wayThere({ path })).toBe('web → worker-1 → worker-2 → shop/db'))

  const branches = [{ taken: [0, 1] }, { taken: [1, 0] }]
  it.each([
    [null, -1],
    [[], 0],
    [[0, 1], 0],
    [[1, 0], 1],
    [[2, 0], -1],
  ])('on screen for the answers %j: %i', (branch, index) => expect(branchOnScreen(branches, branch)).toBe(index))
})
