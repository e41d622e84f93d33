/** Kernel: kernel/time/timer.c, calc_wheel_index(). When timers run on a machine whose ticks are known. */

/** The ticks of a machine: how long one is, and the time of one at which the longest slots begin, ms. */
export interface TimerWheel {
  readonly tickMs: number
  readonly phaseMs: number
}

/** `LVL_SIZE`, `LVL_CLK_DIV`, and of the nine levels those that something waits for here. */
const SLOTS = 64
const TICKS_OF_NEXT = 8
const LEVELS = 5
/** What runs when a tick begins runs after it, ms. */
const JUST_MS = 0.001

/** The end of the slot that a timer is put into, and its level: the longer a timer runs, the longer are the slots, of which it has the first that is not too early. */
export function slotEnd(
  { tickMs, phaseMs }: TimerWheel,
  nowMs: number,
  afterMs: number,
): { readonly atMs: number; readonly level: number } {
  const jiffies = Math.floor((nowMs + JUST_MS - phaseMs) / tickMs)
  const delta = Math.ceil(afterMs / tickMs)
  let level = 0
  let ticks = 1
  while (level < LEVELS - 1 && delta >= (SLOTS - 1) * ticks) {
    level++
    ticks *= TICKS_OF_NEXT
  }
  const slot = Math.floor((jiffies + delta) / ticks) + 1
  return { atMs: phaseMs + slot * ticks * tickMs, level }
}
