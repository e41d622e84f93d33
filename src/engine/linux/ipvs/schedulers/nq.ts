/** Kernel: net/netfilter/ipvs/ip_vs_nq.c. Never queue: the first idle server, else the shortest expected delay. */
import { isUsable, leastLoaded, type Scheduler } from '../scheduler.ts'
import { expectedDelay } from './sed.ts'

export const nq: Scheduler = {
  name: 'nq',
  init: () => null,
  schedule: ({ dests }) => dests.find((dest) => isUsable(dest) && dest.active === 0) ?? leastLoaded(dests, expectedDelay),
}
