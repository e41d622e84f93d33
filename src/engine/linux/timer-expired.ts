/** Kernel timers of one namespace: neighbours and TCP. */
import type { Effect } from './effect.ts'
import { neighTimer } from './neighbour.ts'
import type { NetNs } from './netns.ts'
import { settle } from './settle.ts'
import { tcpTimer } from './tcp-timer.ts'
import type { Timer } from './timer.ts'

/** A timer that an effect asked for has expired; stale ones do nothing. */
export function timerExpired(ns: NetNs, timer: Timer): Effect[] {
  return settle(ns, timer.kind === 'neighbour' ? neighTimer(ns, timer) : tcpTimer(ns, timer))
}
