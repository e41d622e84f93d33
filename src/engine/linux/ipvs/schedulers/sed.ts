/** Kernel: net/netfilter/ipvs/ip_vs_sed.c. Shortest expected delay: the new connection counts, inactive ones do not. */
import type { IpvsDest } from '../ipvs.ts'
import { leastLoaded, type Scheduler } from '../scheduler.ts'

/** `ip_vs_sed_dest_overhead()`. */
export function expectedDelay(dest: IpvsDest): number {
  return dest.active + 1
}

export const sed: Scheduler = {
  name: 'sed',
  init: () => null,
  schedule: ({ dests }) => leastLoaded(dests, expectedDelay),
}
