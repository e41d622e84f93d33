/** Kernel: net/netfilter/ipvs/ip_vs_rr.c. Round robin: each server in turn, whatever its weight. */
import type { IpvsDest } from '../ipvs.ts'
import { isUsable, type Scheduler } from '../scheduler.ts'

/** The list from the server after `at` on, once round; from the start when `at` is null. */
export function listAfter(dests: readonly IpvsDest[], at: IpvsDest | null): readonly IpvsDest[] {
  const place = at === null ? -1 : dests.indexOf(at)
  return place < 0 ? dests : [...dests.slice(place + 1), ...dests.slice(0, place + 1)]
}

export const rr: Scheduler = {
  name: 'rr',
  init: () => ({ kind: 'rr', at: null }),
  changed({ data }, what) {
    if (data?.kind === 'rr' && what.kind === 'deleted' && data.at === what.dest) data.at = what.before
  },
  schedule({ data, dests }) {
    if (data?.kind !== 'rr') return null
    const chosen = listAfter(dests, data.at).find(isUsable) ?? null
    if (chosen !== null) data.at = chosen
    return chosen
  },
}
