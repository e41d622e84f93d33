/** Kernel timers of one namespace. */
import type { Effect } from './effect.ts'
import type { NetNs } from './netns.ts'
import type { Timer } from './timer.ts'

/** A timer that an effect asked for has expired; stale ones do nothing. */
export function timerExpired(_ns: NetNs, _timer: Timer): Effect[] {
  throw new Error('timerExpired: being built')
}
