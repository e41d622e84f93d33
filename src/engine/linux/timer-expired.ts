/** Kernel timers of one namespace: neighbours, queueing disciplines, TCP and SCTP. */
import { decidedBy, drop } from './drop.ts'
import type { Effect } from './effect.ts'
import { devHardStartXmit, deviceReady } from './link-xmit.ts'
import { neighTimer } from './neighbour.ts'
import type { NetNs } from './netns.ts'
import { sctpTimer } from './sctp-timer.ts'
import { settle } from './settle.ts'
import { tcpTimer } from './tcp-timer.ts'
import type { Timer } from './timer.ts'

/** A timer that an effect asked for has expired; stale ones do nothing. */
export function timerExpired(ns: NetNs, timer: Timer): Effect[] {
  switch (timer.kind) {
    case 'neighbour':
      return settle(ns, neighTimer(ns, timer))
    case 'qdisc': {
      const device = ns.devices.get(timer.device)
      if (!device) return drop(ns, timer.packet, 'DEV_READY', { by: decidedBy('device', `${timer.device} is gone`) })
      return deviceReady(ns, device, timer.packet) ? settle(ns, devHardStartXmit(ns, device, timer.packet)) : []
    }
    case 'sctp':
      return settle(ns, sctpTimer(ns, timer))
    default:
      return settle(ns, tcpTimer(ns, timer))
  }
}
