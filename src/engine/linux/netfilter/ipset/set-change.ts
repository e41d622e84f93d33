/** Kernel: net/netfilter/ipset/ip_set_hash_gen.h, mtype_add() and mtype_del(); ip_set_list_set.c. Elements come and go. */
import { hashAdd, hashDelete } from './hash-table.ts'
import { elementKey, type IpSet, isAlive, type PrefixLengths, type SetElement, type SetEntry } from './ip-set.ts'
import { hashWords, setTypeOf } from './set-type.ts'

/** Extensions given with an element; undefined where they were not. */
export interface EntryOptions {
  readonly timeout?: number | undefined
  readonly packets?: number | undefined
  readonly bytes?: number | undefined
  readonly comment?: string | undefined
  readonly skbinfo?: SetEntry['skbinfo']
  readonly nomatch?: boolean
}

/** What the kernel answers; ipset has a sentence for each. */
export type SetChange = 'ok' | 'exists' | 'absent' | 'full' | 'null' | 'cidr' | 'range' | 'reference'

function count(lengths: PrefixLengths, length: number, by: 1 | -1): PrefixLengths {
  const known = lengths.find((each) => each.length === length)?.count ?? 0
  const rest = lengths.filter((each) => each.length !== length)
  if (known + by > 0) rest.push({ length, count: known + by })
  return rest.sort((a, b) => b.length - a.length)
}

function countLengths(set: IpSet, element: SetElement, by: 1 | -1): void {
  const [first, , third] = setTypeOf(set.type).parts
  if (first === 'net') set.lengths = count(set.lengths, element.length, by)
  if (third === 'net') set.lengths2 = count(set.lengths2, element.length2, by)
}

/** Can this element be in this set at all? */
function checkElement(set: IpSet, element: SetElement): SetChange {
  const { parts } = setTypeOf(set.type)
  if (set.type === 'bitmap:port') {
    return element.port < set.options.range.min || element.port > set.options.range.max ? 'range' : 'ok'
  }
  if (parts[0] === 'ip' && element.address === 0 && parts.length === 1) return 'null'
  if (set.type === 'hash:mac' && element.mac === '00:00:00:00:00:00') return 'null'
  if (parts[0] === 'net' && element.length === 0) return 'cidr'
  return parts[2] === 'net' && element.length2 === 0 ? 'cidr' : 'ok'
}

/** Takes entries out whose time is over (`mtype_gc`). */
export function expireEntries(set: IpSet, nowMs: number): void {
  if (set.options.timeout === null) return
  for (const [key, entry] of set.entries) if (!isAlive(entry, nowMs)) forget(set, key, entry)
}

function forget(set: IpSet, key: string, entry: SetEntry): void {
  set.entries.delete(key)
  if (set.table) hashDelete(set.table, key, hashWords(set.type, entry.element))
  countLengths(set, entry.element, -1)
}

/** The entry for an element; one that was there before keeps its counters unless new ones are given. */
export function entryOf(
  set: IpSet,
  element: SetElement,
  given: EntryOptions,
  when: { nowMs: number; before: SetEntry | undefined },
): SetEntry {
  const { options } = set
  const { nowMs, before } = when
  const seconds = options.timeout === null ? 0 : (given.timeout ?? options.timeout)
  return {
    element,
    nomatch: given.nomatch ?? false,
    expiresMs: seconds === 0 ? null : nowMs + seconds * 1000,
    packets: given.packets ?? before?.packets ?? 0,
    bytes: given.bytes ?? before?.bytes ?? 0,
    comment: given.comment === undefined || given.comment === '' ? null : given.comment,
    skbinfo: options.skbinfo ? (given.skbinfo ?? null) : null,
  }
}

/** Adds an element. `exist`: one that is there already gets the new extensions instead of being an error. */
export function addElement(set: IpSet, element: SetElement, given: EntryOptions, when: { exist: boolean; nowMs: number }): SetChange {
  const checked = checkElement(set, element)
  if (checked !== 'ok') return checked
  const key = elementKey(set.type, element)
  const known = set.entries.get(key)
  const before = known && isAlive(known, when.nowMs) ? known : undefined
  if (before && !when.exist) return 'exists'
  if (known === undefined) {
    if (set.entries.size >= set.options.maxelem) expireEntries(set, when.nowMs)
    if (set.entries.size >= set.options.maxelem) return 'full'
    countLengths(set, element, 1)
  }
  set.entries.set(key, entryOf(set, element, given, { nowMs: when.nowMs, before }))
  if (known === undefined && set.table) {
    hashAdd(set.table, key, (each) => {
      const entry = set.entries.get(each)
      return entry ? hashWords(set.type, entry.element) : []
    })
  }
  return 'ok'
}

/** Deletes an element. */
export function deleteElement(set: IpSet, element: SetElement, nowMs: number): SetChange {
  const checked = checkElement(set, element)
  if (checked !== 'ok') return checked
  const key = elementKey(set.type, element)
  const entry = set.entries.get(key)
  if (!entry) return 'absent'
  forget(set, key, entry)
  return isAlive(entry, nowMs) ? 'ok' : 'absent'
}

/** `ipset flush`. */
export function flushSet(set: IpSet): void {
  set.entries.clear()
  set.table?.buckets.clear()
  set.lengths = []
  set.lengths2 = []
}
