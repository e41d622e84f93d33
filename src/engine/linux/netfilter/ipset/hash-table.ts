/** Kernel: net/netfilter/ipset/ip_set_hash_gen.h, struct htable. Where elements of a hash lie; it decides the order in which a set is listed. */
import { jhash2 } from '../jhash.ts'

/** `struct hbucket`: slots of keys; null where one was deleted. */
interface Bucket {
  /** Slots there is memory for. */
  size: number
  slots: (string | null)[]
}

export interface HashTable {
  /** The table has 2^bits buckets. */
  bits: number
  readonly buckets: Map<number, Bucket>
  readonly seed: number
  /** Slots a bucket may have before the table doubles (`AHASH_MAX`). */
  readonly bucketSize: number
}

/** `AHASH_INIT_SIZE`. */
const STEP = 2

/** An empty table for about `hashsize` buckets (at least 64). */
export function createHashTable(hashsize: number, bucketSize: number, seed: number): HashTable {
  return { bits: hashBits(hashsize), buckets: new Map(), seed, bucketSize }
}

/** `htable_bits()`: the smallest power of two that is large enough. */
export function hashBits(hashsize: number): number {
  return Math.max(6, Math.ceil(Math.log2(Math.max(1, hashsize))))
}

function place(table: HashTable, hash: number, key: string): boolean {
  const at = hash & (2 ** table.bits - 1)
  let bucket = table.buckets.get(at)
  if (!bucket) {
    bucket = { size: STEP, slots: [] }
    table.buckets.set(at, bucket)
  }
  const hole = bucket.slots.indexOf(null)
  if (hole >= 0) {
    bucket.slots[hole] = key
    return true
  }
  if (bucket.slots.length >= bucket.size) {
    if (bucket.size >= table.bucketSize) return false
    bucket.size = Math.min(bucket.size + STEP, table.bucketSize)
  }
  bucket.slots.push(key)
  return true
}

/** `mtype_resize()`: twice as many buckets, until every element finds room. */
function resize(table: HashTable, wordsOf: (key: string) => readonly number[]): void {
  const keys = hashOrder(table)
  for (let done = false; !done; ) {
    table.bits++
    table.buckets.clear()
    done = keys.every((key) => place(table, jhash2(wordsOf(key), table.seed), key))
  }
}

/** Puts a key in; `wordsOf` gives the words to hash of this and every other key. */
export function hashAdd(table: HashTable, key: string, wordsOf: (key: string) => readonly number[]): void {
  const hash = jhash2(wordsOf(key), table.seed)
  while (!place(table, hash, key)) resize(table, wordsOf)
}

/** `mtype_del()`: takes a key out; a bucket with two free slots shrinks. */
export function hashDelete(table: HashTable, key: string, words: readonly number[]): void {
  const at = jhash2(words, table.seed) & (2 ** table.bits - 1)
  const bucket = table.buckets.get(at)
  const slot = bucket?.slots.indexOf(key) ?? -1
  if (!bucket || slot < 0) return
  if (slot === bucket.slots.length - 1) bucket.slots.pop()
  else bucket.slots[slot] = null
  const rest = bucket.slots.filter((each) => each !== null)
  if (rest.length === 0) table.buckets.delete(at)
  else if (bucket.slots.length - rest.length >= STEP) {
    bucket.slots = rest
    bucket.size = Math.max(STEP, bucket.size - STEP)
  }
}

/** All keys, bucket by bucket: the order in which the kernel dumps them. */
export function hashOrder(table: HashTable): readonly string[] {
  const places = [...table.buckets.keys()].sort((a, b) => a - b)
  return places.flatMap((at) => table.buckets.get(at)?.slots.filter((key) => key !== null) ?? [])
}

/** How often a bucket got room for two more: each time counts as memory. */
export function hashSteps(table: HashTable): number {
  let slots = 0
  for (const bucket of table.buckets.values()) slots += bucket.size
  return slots / STEP
}
