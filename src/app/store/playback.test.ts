import { describe, expect, it } from 'vitest'
import { framesOf } from './frames.ts'
import { advance, HALT_MS, nextStop, TRAVEL_MS } from './playback.ts'
import { recordsOf, smallTopology, WALK } from './walk.fixture.ts'

const frames = framesOf(recordsOf(WALK), smallTopology())
const rewrite = frames.moments.findIndex((moment) => moment.icon === 'rewritten')
const start = { index: -1, fraction: 0, haltMs: 0 }

describe('the playback clock', () => {
  it('takes one travel time a moment at 1×', () => {
    expect(advance(start, frames, TRAVEL_MS, 1)).toEqual({ index: 0, fraction: 0, haltMs: 0 })
    expect(advance(start, frames, TRAVEL_MS / 2, 1)).toEqual({ index: -1, fraction: 0.5, haltMs: 0 })
  })

  it.each([0.1, 0.25, 0.5, 1, 2, 4])('is that many times faster at %f×', (speed) => {
    expect(advance(start, frames, (3 * TRAVEL_MS) / speed + 0.001, speed).index).toBe(2)
  })

  it('holds a rewrite', () => {
    const before = { index: rewrite - 1, fraction: 0, haltMs: 0 }
    const there = advance(before, frames, TRAVEL_MS, 1)
    expect(there).toEqual({ index: rewrite, fraction: 0, haltMs: HALT_MS })
    expect(advance(there, frames, HALT_MS - 1, 1).fraction).toBe(0)
    expect(advance(there, frames, HALT_MS + TRAVEL_MS / 2, 1).fraction).toBeCloseTo(0.5)
  })

  it('stops on the last moment, however long it runs', () => {
    const end = { index: frames.moments.length - 1, fraction: 0, haltMs: 0 }
    expect(advance(start, frames, 1e9, 1)).toEqual(end)
    expect(advance(end, frames, 1e9, 1)).toEqual(end)
  })

  it('gives the same in small steps as in one', () => {
    let head = start
    for (let index = 0; index < 200; index++) head = advance(head, frames, 17, 1)
    const once = advance(start, frames, 200 * 17, 1)
    expect(head.index).toBe(once.index)
    expect(head.fraction).toBeCloseTo(once.fraction)
  })
})

describe('stops', () => {
  it('are the next rewrite, the next machine, or the end', () => {
    expect(nextStop(frames, -1, 'rewrite')).toBe(rewrite)
    expect(frames.moments[nextStop(frames, rewrite, 'rewrite')]?.packet).toBe(6)
    expect(frames.moments[nextStop(frames, 0, 'machine')]?.where).toBe('node/worker-1')
    expect(nextStop(frames, -1, 'drop')).toBe(frames.moments.length - 1)
  })
})
