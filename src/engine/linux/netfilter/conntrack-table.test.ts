/** The hash of connections: an entry is found by both its tuples, and taken out by both; others with the same tuple stay. */
import { describe, expect, test } from 'vitest'
import { type ConntrackEntry, conntrackEntries, conntrackFind, createEntry, hashInsert, nfCtDelete, nfCtKill } from './conntrack-table.ts'
import { invertTuple, tupleOf } from './conntrack-tuple.ts'
import { DEFAULT_ZONE } from './conntrack-zone.ts'
import { createTestMachine, packet } from './testdata/machine.ts'

const tuple = (text: string) => {
  const found = tupleOf(packet(text))
  if (found === null) throw new Error(text)
  return found
}
const THERE = tuple('udp 10.0.0.11:1000>192.168.9.2:53')
const BACK = invertTuple(THERE)

/** Two connections, the second in the direction of the answers to the first: both have both tuples. */
function two(direction: 'there' | 'back' = 'back') {
  const { ns, kernel } = createTestMachine()
  const table = ns.netfilter.ip.conntrack
  const add = (original: typeof THERE): ConntrackEntry => {
    const entry = createEntry(ns, original, DEFAULT_ZONE)
    Object.assign(entry, { confirmed: true, expiresMs: kernel.nowMs + 30_000 })
    table.loose.delete(entry.id)
    hashInsert(table, entry)
    return entry
  }
  const found = (): string =>
    [THERE, BACK]
      .map((asked) => {
        const hit = conntrackFind(ns, asked)
        return hit ? `${hit.entry.id} ${hit.direction}` : 'none'
      })
      .join(', ')
  return { ns, kernel, table, first: add(THERE), second: add(direction === 'there' ? THERE : BACK), found }
}

describe('two connections with the same tuples', () => {
  test('the newest is found, by each of its tuples', () => {
    expect(two().found()).toBe('2 reply, 2 original')
  })

  test.each([
    ['killed', nfCtKill],
    ['deleted', nfCtDelete],
  ])('the newest %s: the other is found by both', (_what, end) => {
    const { table, second, found } = two()
    end(table, second)
    expect(found()).toBe('1 original, 1 reply')
    expect([...table.hash.values()].map((hashed) => hashed.length)).toEqual([1, 1])
  })

  test.each([
    ['killed', nfCtKill],
    ['deleted', nfCtDelete],
  ])('the older %s: the newest stays', (_what, end) => {
    const { table, first, found } = two()
    end(table, first)
    expect(found()).toBe('2 reply, 2 original')
  })

  test.each([
    ['killed', nfCtKill],
    ['deleted', nfCtDelete],
  ])('in the same direction, one %s: the other is found by both', (_what, end) => {
    const newest = two('there')
    expect(newest.found()).toBe('2 original, 2 reply')
    end(newest.table, newest.second)
    expect(newest.found()).toBe('1 original, 1 reply')
    const older = two('there')
    end(older.table, older.first)
    expect(older.found()).toBe('2 original, 2 reply')
  })

  test('both gone: no bucket is left', () => {
    const { table, first, second, found } = two()
    nfCtDelete(table, first)
    nfCtDelete(table, second)
    expect(found()).toBe('none, none')
    expect(table.hash.size).toBe(0)
    expect(table.entries.size).toBe(0)
  })
})

test('a killed entry is still there for the packet that killed it, but in no list', () => {
  const { ns, table, first, second } = two()
  nfCtKill(table, first)
  expect(table.entries.has(first.id)).toBe(true)
  expect(first.dying).toBe(true)
  expect(conntrackEntries(ns)).toEqual([second])
})

test('an expired entry is deleted when it is looked for; at its last moment it is expired', () => {
  const { ns, kernel, table, found } = two()
  kernel.nowMs += 29_999
  expect(found()).toBe('2 reply, 2 original')
  expect(conntrackEntries(ns)).toHaveLength(2)
  kernel.nowMs += 1
  expect(conntrackEntries(ns)).toEqual([])
  expect(found()).toBe('none, none')
  expect(table.entries.size).toBe(0)
})

test('what packets left unconfirmed is swept a minute after, when a new connection begins', () => {
  const { ns, kernel, table } = two()
  const left = createEntry(ns, THERE, DEFAULT_ZONE)
  const sweep = (afterMs: number): boolean => {
    kernel.nowMs += afterMs
    createEntry(ns, BACK, DEFAULT_ZONE)
    return !table.entries.has(left.id)
  }
  expect(sweep(60_000)).toBe(false)
  expect(sweep(1)).toBe(true)
  expect(table.loose.has(left.id)).toBe(false)
})
