import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../engine/simulation/trace.ts'
import { framesOf } from './frames.ts'
import { advance, HALT_MS, nextStop, restingRecord, TRAVEL_MS } from './playback.ts'
import type { WalkState } from './state.ts'
import { recordsOf, smallTopology, WALK } from './walk.fixture.ts'
import { outcomeOf, walkState } from './walk-state.fixture.ts'

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

describe('the end of a walk', () => {
  const DROPS = `${WALK}
packet 9 tcp 10.244.1.3:40000 10.96.0.20:80 SYN
pod/default/web send
node/worker-1 drop
packet 10 tcp 10.244.1.3:40000 10.96.0.20:80 SYN
pod/default/web send
node/worker-1 drop`
  const records = recordsOf(DROPS)
  const drops = records.filter(({ event }) => event.at === 'kfree_skb')
  const ended = (outcome: Outcome): WalkState =>
    walkState({ records, outcome: outcomeOf({ outcome, by: { where: 'node/worker-1', rule: null } }) })

  it('is the first drop that decided it, not the last moment', () => {
    const failed = framesOf(records, smallTopology())
    expect(drops.length).toBeGreaterThan(1)
    expect(restingRecord(ended('timeout'), failed)).toBe(drops[0]?.n)
    expect(failed.moments.at(-1)?.n).not.toBe(drops[0]?.n)
  })

  it('is the last moment when all went well', () => {
    expect(restingRecord(ended('delivered'), frames)).toBe(frames.moments.at(-1)?.n)
    expect(restingRecord(null, framesOf([], null))).toBe(-1)
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
