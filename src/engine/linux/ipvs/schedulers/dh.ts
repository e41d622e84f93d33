/** Kernel: net/netfilter/ipvs/ip_vs_dh.c. Destination hashing: the address that was called decides. */
import type { IpvsDest, IpvsService } from '../ipvs.ts'
import { isUsable, type Scheduler } from '../scheduler.ts'
import { hash32, TABLE_SIZE } from './sh.ts'

function fill({ dests }: IpvsService): (IpvsDest | null)[] {
  return Array.from({ length: TABLE_SIZE }, (_, i) => dests[i % dests.length] ?? null)
}

export const dh: Scheduler = {
  name: 'dh',
  init: (service) => ({ kind: 'buckets', buckets: fill(service) }),
  changed(service, what) {
    if (service.data?.kind === 'buckets' && what.kind !== 'edited') service.data.buckets = fill(service)
  },
  schedule({ data }, flow) {
    const dest = data?.kind === 'buckets' ? (data.buckets[hash32(flow.destination)] ?? null) : null
    return dest !== null && isUsable(dest) ? dest : null
  },
}
