import { describe, expect, it } from 'vitest'
import type { Choice } from '../linux/chooser.ts'
import { chooserOf, nextBranch, probabilityOf, seededState } from './chooser.ts'

const choice = (...odds: number[]): Choice => ({ kind: 'statistic', where: 'test', odds })

describe('a seeded chooser', () => {
  it('gives the same answers for the same seed and others for another', () => {
    const draw = (seed: number): number[] => {
      const chooser = chooserOf(seededState(seed))
      return Array.from({ length: 40 }, () => chooser.choose(choice(0.5, 0.5)))
    }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
  })

  it('draws by the odds', () => {
    const chooser = chooserOf(seededState(1))
    const drawn = Array.from({ length: 4000 }, () => chooser.choose(choice(0.1, 0.9)))
    const share = drawn.filter((one) => one === 0).length / drawn.length
    expect(share).toBeGreaterThan(0.08)
    expect(share).toBeLessThan(0.12)
  })

  it('never draws what cannot happen', () => {
    const chooser = chooserOf(seededState(3))
    for (let i = 0; i < 500; i++) expect(chooser.choose(choice(0, 1, 0))).toBe(1)
  })

  it('keeps values apart from branches: a branch more does not change the ports', () => {
    const [one, other] = [seededState(5), seededState(5)]
    chooserOf(one).choose(choice(0.5, 0.5))
    expect(chooserOf(one).pick('port', 28232)).toBe(chooserOf(other).pick('port', 28232))
  })
})

describe('all branches', () => {
  it('are each visited once, and their probabilities sum to 1', () => {
    // The second question depends on the first answer, as the rules of a Service with three endpoints do.
    const story = (ask: (choice: Choice) => number): string =>
      ask(choice(1 / 3, 2 / 3)) === 0 ? 'a' : ask(choice(0.5, 0.5)) === 0 ? 'b' : 'c'
    const seen: [string, number][] = []
    for (let forced: number[] | null = []; forced !== null; ) {
      const state = { ...seededState(0), forced: [...forced], rest: 'first' as const }
      const end = story(chooserOf(state).choose)
      seen.push([end, probabilityOf(state.made)])
      forced = nextBranch(state.made)
    }
    expect(seen.map(([end]) => end)).toEqual(['a', 'b', 'c'])
    for (const [, probability] of seen) expect(probability).toBeCloseTo(1 / 3, 12)
  })

  it('leaves out branches that cannot happen', () => {
    const state = { ...seededState(0), rest: 'first' as const }
    expect(chooserOf(state).choose(choice(0, 0.5, 0, 0.5))).toBe(1)
    expect(nextBranch(state.made)).toEqual([3])
    expect(nextBranch([{ choice: choice(0, 1), taken: 1 }])).toBeNull()
  })
})
