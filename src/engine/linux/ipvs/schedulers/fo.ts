/** Kernel: net/netfilter/ipvs/ip_vs_fo.c. Weighted failover: the server with the highest weight. */
import type { IpvsDest } from '../ipvs.ts'
import { isUsable, type Scheduler } from '../scheduler.ts'

/** The heaviest of the servers; the first one in the list wins a tie. */
export function heaviest(dests: readonly IpvsDest[]): IpvsDest | null {
  return dests.reduce<IpvsDest | null>((best, dest) => (best === null || dest.weight > best.weight ? dest : best), null)
}

export const fo: Scheduler = {
  name: 'fo',
  init: () => null,
  schedule: ({ dests }) => heaviest(dests.filter(isUsable)),
}
