/** Kernel: net/netfilter/ipvs/ip_vs_lblcr.c. Locality-based least connections with replication: a set of servers for each address that is called. */
import type { IpvsDest } from '../ipvs.ts'
import { dataOf, type LocalitySet, leastLoaded, overhead, type Scheduler } from '../scheduler.ts'
import { isBusy } from './lblc.ts'

/** `ip_vs_dest_set_max()`: the one with the most load in proportion to its weight. */
function mostLoaded(dests: readonly IpvsDest[]): IpvsDest | null {
  let most: IpvsDest | null = null
  for (const dest of dests) {
    if (dest.weight <= 0) continue
    if (most === null || overhead(most) * dest.weight < overhead(dest) * most.weight) most = dest
  }
  return most
}

/** A set that has not changed for long loses its busiest server. */
function shrink(set: LocalitySet, nowMs: number, expirationMs: number): void {
  if (set.dests.length <= 1 || nowMs <= set.changedMs + expirationMs) return
  const most = mostLoaded(set.dests)
  if (most === null) return
  set.dests = set.dests.filter((dest) => dest !== most)
  set.changedMs = nowMs
}

export const lblcr: Scheduler = {
  name: 'lblcr',
  init: () => ({ kind: 'locality', sets: new Map() }),
  schedule(service, { destination, nowMs, expirationMs }) {
    const { dests } = service
    const { sets } = dataOf(service, 'locality')
    const set = sets.get(destination)
    const known =
      set === undefined
        ? null
        : leastLoaded(
            set.dests.filter((dest) => dest.available),
            overhead,
          )
    if (set !== undefined) {
      set.usedMs = nowMs
      shrink(set, nowMs, expirationMs)
      if (known !== null && !isBusy(known, dests)) return known
    }
    const chosen = leastLoaded(dests, overhead)
    if (chosen === null) return null
    if (set === undefined) sets.set(destination, { dests: [chosen], changedMs: nowMs, usedMs: nowMs })
    else if (!set.dests.includes(chosen)) {
      set.dests = [chosen, ...set.dests]
      set.changedMs = nowMs
    }
    return chosen
  },
}
