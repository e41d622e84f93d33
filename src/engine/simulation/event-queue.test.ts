import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEventQueue, peekNext, schedule, takeNext, takeScripts } from './event-queue.ts'

describe('the event queue', () => {
  it('gives events by time, those of one time in the order they came', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
        const queue = createEventQueue()
        for (const [index, time] of times.entries()) schedule(queue, time, { kind: 'script', step: index })
        const expected = times.map((time, index) => ({ time, index })).sort((a, b) => a.time - b.time || a.index - b.index)
        const got = times.map(() => {
          const next = takeNext(queue)
          return { time: next?.timeMs, index: next?.event.kind === 'script' ? next.event.step : -1 }
        })
        expect(got).toEqual(expected)
        expect(takeNext(queue)).toBeNull()
      }),
    )
  })

  it('keeps its order when events come and go', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 9 }))), (steps) => {
        const queue = createEventQueue()
        const mirror: { time: number; sequence: number }[] = []
        for (const step of steps) {
          if (step !== null) {
            mirror.push({ time: step, sequence: queue.nextSequence })
            schedule(queue, step, { kind: 'script', step: 0 })
            continue
          }
          mirror.sort((a, b) => a.time - b.time || a.sequence - b.sequence)
          expect(takeNext(queue)?.sequence).toBe(mirror.shift()?.sequence)
        }
        expect(queue.heap.length).toBe(mirror.length)
      }),
    )
  })

  it('gives up its scripts and keeps the rest in order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.boolean())), (events) => {
        const queue = createEventQueue()
        for (const [index, [time, script]] of events.entries())
          schedule(queue, time, script ? { kind: 'script', step: index } : { kind: 'process', process: index, input: { kind: 'start' } })
        const sorted = events.map(([time, script], index) => ({ time, script, index })).sort((a, b) => a.time - b.time || a.index - b.index)
        expect(takeScripts(queue)).toEqual(sorted.filter(({ script }) => script).map(({ index }) => index))
        const rest = sorted.filter(({ script }) => !script)
        expect(rest.map(() => takeNext(queue)?.sequence)).toEqual(rest.map(({ index }) => index))
        expect(queue.busy).toBe(0)
      }),
    )
  })

  it('puts what goes first before all of its moment, the newest foremost', () => {
    const queue = createEventQueue()
    const start = (process: number) => ({ kind: 'process', process, input: { kind: 'start' } }) as const
    schedule(queue, 5, start(1))
    schedule(queue, 5, start(2), 'first')
    schedule(queue, 5, start(3), 'first')
    schedule(queue, 4, start(4))
    const order = [1, 2, 3, 4].map(() => takeNext(queue)?.event)
    expect(order).toEqual([start(4), start(3), start(2), start(1)])
  })

  it('is busy while frames and processes wait, not for timers', () => {
    const queue = createEventQueue()
    schedule(queue, 5, { kind: 'process', process: 1, input: { kind: 'timer', id: 'x' } })
    schedule(queue, 6, { kind: 'timer', netns: 'a', timer: { kind: 'tcp-retransmit', socket: 1, generation: 1 } })
    expect(queue.busy).toBe(0)
    schedule(queue, 1, { kind: 'process', process: 1, input: { kind: 'start' } })
    expect(queue.busy).toBe(1)
    expect(peekNext(queue)?.timeMs).toBe(1)
    takeNext(queue)
    expect(queue.busy).toBe(0)
  })
})
