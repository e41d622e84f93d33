/** When the kernel of a run ticked: its timers run then, and in slots that are counted in ticks (kernel/time/timer.c). */
import type { TimerWheel } from '../../src/engine/simulation/timer-wheel.ts'
import type { Frame } from './captures.ts'

/** How long a tick is: here (CONFIG_HZ=250), and in User-Mode-Linux (100), ms. */
export const TICK_MS = { here: 4, uml: 10 }

/** After so long a silence only a timer sends, ms … */
const SILENCE_MS = 100
/** … so soon after the tick, ms. */
const SOON_MS = 0.5
/** The first of them leaves so long after the tick, ms. */
const AFTER_TICK_MS = 0.02
/** The longer slots begin at every eighth tick; of those that are longer still no frame tells. */
const PHASES = 8

/**
 * The wheels that a run's frames allow: they tell when a tick begins, not at which of eight the longer slots do. None where no timer sent anything.
 * `order` of a frame: ms since the first step.
 */
export function wheelsOf(frames: readonly Frame[], tickMs: number, firstMs: number): TimerWheel[] {
  const times = frames.map(({ order }) => order).sort((a, b) => a - b)
  const sent = times.filter((time, i) => time - (times[i - 1] ?? time) > SILENCE_MS).map((time) => time % tickMs)
  const near = (begin: number): number => sent.filter((time) => (time - begin + tickMs) % tickMs < SOON_MS).length
  const [first] = sent.toSorted((a, b) => near(b) - near(a))
  if (first === undefined) return []
  const phaseMs = firstMs + first - AFTER_TICK_MS
  return Array.from({ length: PHASES }, (_, tick) => ({ tickMs, phaseMs: phaseMs + tick * tickMs }))
}
