/** Kernel: net/netfilter/ipvs/ip_vs_mh.c. Maglev hashing: a client's address decides, and few clients move when servers come and go. */
import type { IpvsDest, IpvsService } from '../ipvs.ts'
import { dataOf, isUsable, type Scheduler } from '../scheduler.ts'
import { hsiphash } from '../siphash.ts'
import { gcdOfWeights } from './weights.ts'

/** `IP_VS_MH_TAB_SIZE`, a prime, with CONFIG_IP_VS_MH_TAB_INDEX=12. */
const TABLE_SIZE = 4093
/** `IP_VS_MH_TAB_BITS`: weights of more bits than this are scaled down. */
const TURN_BITS = 6
/** Both words of the keys for a server's first slot, which is also that of lookups, and for its step. */
const OFFSET_KEY = 2654435761
const SKIP_KEY = 2654446892

/** Where a server's slots are. `turns`: how many it takes in a row. */
interface Permutation {
  readonly dest: IpvsDest
  readonly skip: number
  readonly turns: number
  next: number
}

function hashKey(address: number, port: number, key: number, offset = 0): number {
  return hsiphash((offset + port + address) >>> 0, key)
}

function permutations({ dests }: IpvsService): Permutation[] {
  const divisor = gcdOfWeights(dests.map((dest) => dest.lastWeight))
  if (divisor === 0) return []
  const largest = Math.floor(Math.max(...dests.map((dest) => dest.lastWeight)) / divisor)
  const shift = Math.max(0, 32 - Math.clz32(largest) - TURN_BITS)
  return dests.flatMap((dest) => {
    if (dest.lastWeight === 0) return []
    const next = hashKey(dest.address, dest.port, OFFSET_KEY) % TABLE_SIZE
    const skip = (hashKey(dest.address, dest.port, SKIP_KEY) % (TABLE_SIZE - 1)) + 1
    return [{ dest, skip, next, turns: Math.max(1, Math.floor(dest.lastWeight / divisor) >> shift) }]
  })
}

/** `ip_vs_mh_populate()`: the servers take free slots in turns until the table is full. */
function populate(service: IpvsService): (IpvsDest | null)[] {
  const table = new Array<IpvsDest | null>(TABLE_SIZE).fill(null)
  const takers = permutations(service)
  let free = takers.length === 0 ? 0 : TABLE_SIZE
  while (free > 0) {
    for (const taker of takers) {
      for (let turn = 0; turn < taker.turns && free > 0; turn++) {
        while (table[taker.next]) taker.next = (taker.next + taker.skip) % TABLE_SIZE
        table[taker.next] = taker.dest
        free--
      }
    }
  }
  return table
}

/** `ip_vs_mh_get_fallback()`. */
function withFallback(buckets: readonly (IpvsDest | null)[], address: number, port: number): IpvsDest | null {
  const first = hashKey(address, port, OFFSET_KEY) % TABLE_SIZE
  const own = buckets[first] ?? null
  if (own === null || isUsable(own)) return own
  for (let offset = 0; offset < TABLE_SIZE; offset++) {
    const dest = buckets[hashKey(address, port, OFFSET_KEY, (offset + first) % TABLE_SIZE) % TABLE_SIZE] ?? null
    if (dest === null || isUsable(dest)) return dest
  }
  return null
}

export const mh: Scheduler = {
  name: 'mh',
  init: (service) => ({ kind: 'buckets', buckets: populate(service) }),
  changed(service) {
    dataOf(service, 'buckets').buckets = populate(service)
  },
  schedule(service, { source, sourcePort }) {
    const { buckets } = dataOf(service, 'buckets')
    const port = service.options.flag2 ? sourcePort : 0
    if (service.options.flag1) return withFallback(buckets, source, port)
    const dest = buckets[hashKey(source, port, OFFSET_KEY) % TABLE_SIZE] ?? null
    return dest !== null && isUsable(dest) ? dest : null
  },
}
