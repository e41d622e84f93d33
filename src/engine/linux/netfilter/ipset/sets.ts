/** Kernel: net/netfilter/ipset/ip_set_core.c. Sets come and go; who refers to them. */
import { MATCHES } from '../matches/list.ts'
import type { Netfilter } from '../netfilter.ts'
import type { Rule } from '../rule.ts'
import { TARGETS } from '../targets/list.ts'
import { createHashTable } from './hash-table.ts'
import { freeIndex, type IpSet, type IpSets, type SetOptions } from './ip-set.ts'
import { listMembers } from './list-set.ts'
import type { SetType } from './set-type.ts'

const NO_NAMES: readonly string[] = []

/** Names of the sets that the matches and the target of a rule look into. */
export function setsOfRule(rule: Rule): readonly string[] {
  let names = NO_NAMES
  for (const match of rule.matches) {
    const more = MATCHES.get(match.name)?.sets?.(match)
    if (more) names = [...names, ...more]
  }
  const more = rule.target && TARGETS.get(rule.target.name)?.sets?.(rule.target)
  return more ? [...names, ...more] : names
}

/** The first set that rules name and that is not there; null when all are. */
export function missingSet(sets: IpSets, rules: readonly Rule[]): string | null {
  for (const rule of rules) for (const name of setsOfRule(rule)) if (!sets.has(name)) return name
  return null
}

/** How many rules and list:sets refer to a set. */
export function referencesOf(netfilter: Netfilter, name: string): number {
  let count = 0
  for (const set of netfilter.sets.values()) if (set.type === 'list:set' && listMembers(set).includes(name)) count++
  for (const table of netfilter.tables.values()) {
    for (const chain of table.chains.values()) {
      for (const rule of chain.rules) count += setsOfRule(rule).filter((each) => each === name).length
    }
  }
  return count
}

/** Makes a set. The name is free. */
export function createSet(sets: IpSets, name: string, type: SetType, options: SetOptions & { readonly hashsize: number }): IpSet {
  const { hashsize, ...kept } = options
  const isHash = type.name.startsWith('hash:')
  const set: IpSet = {
    name,
    index: freeIndex(sets),
    type: type.name,
    options: kept,
    entries: new Map(),
    table: isHash ? createHashTable(hashsize, options.bucketsize, options.initval) : null,
    lengths: [],
    lengths2: [],
  }
  sets.set(name, set)
  return set
}

/** `same_set()`: is this set the same as one that was asked for once more (`-exist`)? Sizes and seeds of hashes do not count. */
export function isSameSet(set: IpSet, type: SetType, options: SetOptions): boolean {
  const compared = ({ family, maxelem, netmask, timeout, counters, comment, skbinfo, range, size }: SetOptions) =>
    [family, maxelem, netmask, timeout, counters, comment, skbinfo, range.min, range.max, size].join(' ')
  return set.type === type.name && compared(set.options) === compared(options)
}

/** `ip_set_swap()`: each gets the other's content. Rules and lists keep looking by name. False: their types differ. */
export function swapSets(sets: IpSets, a: IpSet, b: IpSet): boolean {
  if (a.type !== b.type || a.options.family !== b.options.family) return false
  const [name, index] = [a.name, a.index]
  a.name = b.name
  a.index = b.index
  b.name = name
  b.index = index
  sets.set(a.name, a)
  sets.set(b.name, b)
  return true
}

/** `ip_set_rename()`. */
export function renameSet(sets: IpSets, set: IpSet, name: string): void {
  sets.delete(set.name)
  set.name = name
  sets.set(name, set)
}
