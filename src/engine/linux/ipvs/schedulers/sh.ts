/** Kernel: net/netfilter/ipvs/ip_vs_sh.c. Source hashing: a client's address decides its server. */
import type { IpvsDest, IpvsService } from '../ipvs.ts'
import { dataOf, isUsable, type Scheduler, type SchedulerFlow } from '../scheduler.ts'

/** `IP_VS_SH_TAB_SIZE`, and that of dh. */
export const TABLE_SIZE = 256
/** `GOLDEN_RATIO_32`. */
const GOLDEN_RATIO = 0x61c88647

/** `hash_32(value, 8)`: 0 … 255. */
export function hash32(value: number): number {
  return Math.imul(value, GOLDEN_RATIO) >>> 24
}

/** A bucket for each server in turn, as many as its weight (at least one), until the table is full. */
function fill({ dests }: IpvsService): (IpvsDest | null)[] {
  const turns = dests.flatMap((dest) => Array.from({ length: Math.min(TABLE_SIZE, Math.max(1, dest.weight)) }, () => dest))
  return Array.from({ length: TABLE_SIZE }, (_, i) => turns[i % turns.length] ?? null)
}

/** `ip_vs_sh_get_fallback()`: the bucket's own server, else the first usable one that further hashes find. */
function withFallback(buckets: readonly (IpvsDest | null)[], hash: number): IpvsDest | null {
  const own = buckets[hash] ?? null
  if (own === null || isUsable(own)) return own
  for (let offset = 0; offset < TABLE_SIZE; offset++) {
    const dest = buckets[(((offset + hash) % TABLE_SIZE) + hash) % TABLE_SIZE] ?? null
    if (dest === null || isUsable(dest)) return dest
  }
  return null
}

/** What is hashed: the client's address, and with `-b sh-port` its port. */
function hashOf({ options }: IpvsService, flow: SchedulerFlow): number {
  return hash32(flow.source + (options.flag2 ? flow.sourcePort : 0))
}

export const sh: Scheduler = {
  name: 'sh',
  init: (service) => ({ kind: 'buckets', buckets: fill(service) }),
  changed(service) {
    dataOf(service, 'buckets').buckets = fill(service)
  },
  schedule(service, flow) {
    const { buckets } = dataOf(service, 'buckets')
    const hash = hashOf(service, flow)
    if (service.options.flag1) return withFallback(buckets, hash)
    const dest = buckets[hash] ?? null
    return dest !== null && isUsable(dest) ? dest : null
  },
}
