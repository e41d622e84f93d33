/** Kernel: net/netfilter/ipvs/ip_vs_dh.c. Destination hashing: the address that was called decides. */
import type { IpvsDest, IpvsService } from '../ipvs.ts'
import { dataOf, isUsable, type Scheduler } from '../scheduler.ts'
import { hash32, TABLE_SIZE } from './sh.ts'

function fill({ dests }: IpvsService): (IpvsDest | null)[] {
  return Array.from({ length: TABLE_SIZE }, (_, i) => dests[i % dests.length] ?? null)
}

export const dh: Scheduler = {
  name: 'dh',
  init: (service) => ({ kind: 'buckets', buckets: fill(service) }),
  changed(service, what) {
    if (what.kind !== 'edited') dataOf(service, 'buckets').buckets = fill(service)
  },
  schedule(service, flow) {
    const dest = dataOf(service, 'buckets').buckets[hash32(flow.destination)] ?? null
    return dest !== null && isUsable(dest) ? dest : null
  },
}
