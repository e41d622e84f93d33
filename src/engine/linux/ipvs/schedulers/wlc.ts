/** Kernel: net/netfilter/ipvs/ip_vs_wlc.c. Least connections in proportion to the weights. */
import { leastLoaded, overhead, type Scheduler } from '../scheduler.ts'

export const wlc: Scheduler = {
  name: 'wlc',
  init: () => null,
  schedule: ({ dests }) => leastLoaded(dests, overhead),
}
