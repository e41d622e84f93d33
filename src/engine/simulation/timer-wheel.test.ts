/** Slots of the timer wheel, as 6.18 at 250 Hz has them: measured are retransmissions after 208, 208, 412 … 440, 832 and 1664 ms. */
import { expect, test } from 'vitest'
import { slotEnd } from './timer-wheel.ts'

test.each([
  // Within a quarter of a second a slot is a tick, the one after the time is over.
  [0, 1, 0, 8],
  [3.9, 4, 0, 8],
  [4, 4, 0, 12],
  [0, 248, 0, 252],
  // Then eight, of which the end of each is at a multiple of 32 ms, wherever the timer began.
  [0, 252, 1, 256],
  [0, 256, 1, 288],
  [0, 408, 1, 416],
  [8, 408, 1, 448],
  [0, 2012, 1, 2016],
  [0, 2016, 2, 2048],
  [0, 16_000, 2, 16_128],
  [0, 17_000, 3, 18_432],
])('started at %i ms for %i ms: level %i, run at %i ms', (nowMs, afterMs, level, atMs) => {
  expect(slotEnd({ tickMs: 4, phaseMs: 0 }, nowMs, afterMs)).toEqual({ atMs, level })
  expect(slotEnd({ tickMs: 4, phaseMs: 2.5 }, nowMs + 2.5, afterMs)).toEqual({ atMs: atMs + 2.5, level })
  expect(slotEnd({ tickMs: 10, phaseMs: 0 }, nowMs * 2.5, afterMs * 2.5)).toEqual({ atMs: atMs * 2.5, level })
})
