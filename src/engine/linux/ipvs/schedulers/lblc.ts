/** Kernel: net/netfilter/ipvs/ip_vs_lblc.c. Locality-based least connections: one server for each address that is called. */
import type { IpvsDest } from '../ipvs.ts'
import { dataOf, leastLoaded, overhead, type Scheduler } from '../scheduler.ts'

/** `is_overloaded()`: more active connections than weight, while another server has less than half of its own. */
export function isBusy(dest: IpvsDest, dests: readonly IpvsDest[]): boolean {
  return dest.active > dest.weight && dests.some((other) => other.active * 2 < other.weight)
}

export const lblc: Scheduler = {
  name: 'lblc',
  init: () => ({ kind: 'locality', sets: new Map() }),
  schedule(service, { destination, nowMs }) {
    const { dests } = service
    const { sets } = dataOf(service, 'locality')
    const known = sets.get(destination)?.dests[0]
    if (known?.available && known.weight > 0 && !isBusy(known, dests)) return known
    const chosen = leastLoaded(dests, overhead)
    if (chosen !== null) sets.set(destination, { dests: [chosen], changedMs: nowMs, usedMs: nowMs })
    return chosen
  },
}
