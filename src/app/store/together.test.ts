import { describe, expect, it } from 'vitest'
import { type Frames, type Moment, NO_FRAMES } from './frames.ts'
import { clockOf, hueOfWalk, knownOf, placeAt, timeAt, timesAfter, toggled } from './together.ts'

const framesAt = (...times: readonly number[]): Frames => ({
  ...NO_FRAMES,
  moments: times.map((timeMs, index) => ({ ...MOMENT, index, timeMs })),
})
const MOMENT: Moment = {
  ...{ index: 0, n: 0, first: 0, last: 0, records: [], icon: 'wire', lane: '', where: '', packet: 0, reply: false, copies: [], chapter: 0 },
  timeMs: 0,
}

describe('the clock that walks share', () => {
  it('spreads what happens in one instant up to the next one, and begins with the walk', () => {
    expect(clockOf(framesAt(5, 5, 7, 7, 7, 7, 15))).toEqual([0, 1, 2, 4, 6, 8, 10])
  })

  it('never runs backwards, though a story may be told a little ahead of time', () => {
    const clock = clockOf(framesAt(0, 4, 2, 6, 6))
    for (const [index, time] of clock.entries()) if (index > 0) expect(time).toBeGreaterThan(clock[index - 1] ?? 0)
  })

  it('says the time of a place and the place of a time', () => {
    const clock = clockOf(framesAt(0, 2, 10))
    for (const at of [
      { index: -1, fraction: 0.5 },
      { index: 0, fraction: 0 },
      { index: 1, fraction: 0.25 },
    ])
      expect(placeAt(clock, timeAt(clock, at))).toEqual(at)
    expect(placeAt(clock, Number.POSITIVE_INFINITY)).toEqual({ index: 2, fraction: 0 })
    expect(placeAt(clock, -1)).toEqual({ index: -1, fraction: 0 })
    expect(placeAt([], 3)).toEqual({ index: -1, fraction: 0 })
  })

  it('goes on while anybody walks', () => {
    expect(timesAfter(5, [[0, 4, 6], [], [0, 6, 9]])).toEqual([6, 9])
  })
})

describe('walks that are played together', () => {
  const walks = ['a', 'b', 'c'].map((name) => ({ name }))

  it.each([
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [
      ['c', 'a', 'c', 'gone'],
      ['c', 'a'],
    ],
    [['b'], []],
    [['b', 'gone'], []],
  ])('are those of the text: %j', (names, expected) => {
    expect(knownOf(names, walks)).toEqual(expected)
  })

  it('begin with the one on screen', () => {
    expect(toggled('b', [], 'a')).toEqual(['a', 'b'])
    expect(toggled('b', ['a', 'b'], 'a')).toEqual(['a'])
    expect(toggled('b', [], null)).toEqual(['b'])
  })

  it('have a hue each, and one alone has none', () => {
    expect(['a', 'b', 'c', null].map((name) => hueOfWalk(name, ['a', 'b']))).toEqual(['id-1', 'id-2', null, null])
    expect(hueOfWalk('a', ['a'])).toBeNull()
  })
})
