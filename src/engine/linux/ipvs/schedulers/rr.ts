/** Kernel: net/netfilter/ipvs/ip_vs_rr.c. Round robin: each server in turn, whatever its weight. */
import type { IpvsDest } from '../ipvs.ts'
import { dataOf, isUsable, type Scheduler } from '../scheduler.ts'

/** The list from the server after `at` on, once round; from the start when `at` is null. */
export function listAfter(dests: readonly IpvsDest[], at: IpvsDest | null): readonly IpvsDest[] {
  const places: readonly (IpvsDest | null)[] = dests
  const next = places.indexOf(at) + 1
  return [...dests.slice(next), ...dests.slice(0, next)]
}

export const rr: Scheduler = {
  name: 'rr',
  init: () => ({ kind: 'rr', at: null }),
  changed(service, what) {
    const data = dataOf(service, 'rr')
    if (what.kind === 'deleted' && data.at === what.dest) data.at = what.before
  },
  schedule(service) {
    const data = dataOf(service, 'rr')
    const chosen = listAfter(service.dests, data.at).find(isUsable) ?? null
    if (chosen !== null) data.at = chosen
    return chosen
  },
}
