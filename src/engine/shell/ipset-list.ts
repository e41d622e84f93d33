/** `ipset list` and `ipset save`. Userspace: ipset 7.17, lib/session.c. */
import type { IpSet } from '../linux/netfilter/ipset/ip-set.ts'
import { entriesInOrder, formatEntry, formatHeader, memorySize, sortedEntries } from '../linux/netfilter/ipset/set-text.ts'
import { setTypeOf } from '../linux/netfilter/ipset/set-type.ts'
import { referencesOf } from '../linux/netfilter/ipset/sets.ts'
import type { NetNs } from '../linux/netns.ts'

/** How sets are to be listed. */
export interface Listing {
  sorted: boolean
  /** Only the names. */
  names: boolean
  /** Without the members. */
  terse: boolean
  output: 'plain' | 'save'
}

function entryLines(ns: NetNs, set: IpSet, listing: Listing): readonly string[] {
  const now = ns.kernel.nowMs
  const entries = listing.sorted ? sortedEntries(set, now) : entriesInOrder(set, now)
  return entries.map((entry) => formatEntry(set, entry, now))
}

function listSet(ns: NetNs, set: IpSet, listing: Listing): string {
  const entries = entryLines(ns, set, listing)
  const lines = [
    `Name: ${set.name}`,
    `Type: ${set.type}`,
    `Revision: ${setTypeOf(set.type).revision}`,
    `Header: ${formatHeader(set)}`,
    `Size in memory: ${memorySize(set)}`,
    `References: ${referencesOf(ns.netfilter.ip, set.name)}`,
    `Number of entries: ${entries.length}`,
    ...(listing.terse ? [] : ['Members:', ...entries]),
  ]
  return `${lines.join('\n')}\n`
}

/** What `ipset list` prints: a block for each set, empty lines between. */
export function listSets(ns: NetNs, sets: readonly IpSet[], listing: Listing): string {
  if (listing.names) return sets.map((set) => `${set.name}\n`).join('')
  return sets.map((set) => listSet(ns, set, listing)).join('\n')
}

/** What `ipset save` prints: text that `ipset restore` reads. */
export function saveSets(ns: NetNs, sets: readonly IpSet[], listing: Listing): string {
  return sets
    .map((set) => {
      const create = `create ${set.name} ${set.type} ${formatHeader(set)}\n`
      return (
        create +
        entryLines(ns, set, listing)
          .map((line) => `add ${set.name} ${line}\n`)
          .join('')
      )
    })
    .join('')
}
