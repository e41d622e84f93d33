/** Kernel: net/netfilter/ipvs/ip_vs_lc.c. Least connections, whatever the weights. */
import type { IpvsDest } from '../ipvs.ts'
import { isUsable, overhead, type Scheduler } from '../scheduler.ts'

export const lc: Scheduler = {
  name: 'lc',
  init: () => null,
  schedule({ dests }) {
    let least: IpvsDest | null = null
    for (const dest of dests) if (isUsable(dest) && (least === null || overhead(dest) < overhead(least))) least = dest
    return least
  },
}
