/** Kernel: net/netfilter/ipset/ip_set_hash_gen.h, mtype_add(): entries whose time is over make room when a set is full. */
import { expect, test } from 'vitest'
import { createTestMachine } from '../testdata/machine.ts'
import { parseElement } from './element-parser.ts'
import { elementsOf } from './element-range.ts'
import type { IpSet } from './ip-set.ts'
import { parseCreateOptions } from './ipset-arguments.ts'
import { addElement, deleteElement, type SetChange } from './set-change.ts'
import { findSetType } from './set-type.ts'
import { createSet } from './sets.ts'

function made(type: string, options: string): IpSet {
  const known = findSetType(type)
  const parsed = known && parseCreateOptions(known, options.split(' '), () => 1)
  if (!known || !parsed || 'usage' in parsed) throw new Error(type)
  return createSet(createTestMachine().ns.netfilter.ip.sets, 's', known, parsed)
}

function change(set: IpSet, text: string, nowMs: number, by: 'add' | 'del' = 'add'): SetChange[] {
  const type = findSetType(set.type)
  const typed = type && parseElement(type, text)
  if (typeof typed !== 'object') throw new Error(text)
  return [...elementsOf(set, typed)].map((element) =>
    by === 'add' ? addElement(set, element, {}, { exist: false, nowMs }) : deleteElement(set, element, nowMs),
  )
}

test('a full set takes no more, until what it holds is over', () => {
  const set = made('hash:ip', 'timeout 10 maxelem 2')
  expect(change(set, '10.0.0.1-10.0.0.3', 0)).toEqual(['ok', 'ok', 'full'])
  expect(change(set, '10.0.0.3', 9999)).toEqual(['full'])
  expect(change(set, '10.0.0.3', 10_000)).toEqual(['ok'])
  expect(set.entries.size).toBe(1)
})

test('what is over is not there to be deleted, but may be added again', () => {
  const set = made('hash:ip', 'timeout 10')
  expect(change(set, '10.0.0.1', 0)).toEqual(['ok'])
  expect(change(set, '10.0.0.1', 9999)).toEqual(['exists'])
  expect(change(set, '10.0.0.1', 10_000)).toEqual(['ok'])
  expect(change(set, '10.0.0.1', 20_000, 'del')).toEqual(['absent'])
})

test('what is over lies in the set until it is full', () => {
  const set = made('hash:ip', 'timeout 10 maxelem 3')
  for (const [text, nowMs] of [
    ['10.0.0.1', 0],
    ['10.0.0.2', 20_000],
  ] as const)
    expect(change(set, text, nowMs)).toEqual(['ok'])
  expect(set.entries.size).toBe(2)
})

test('prefix lengths are those that elements have', () => {
  const set = made('hash:ip,port,net', 'timeout 10')
  const lengths = () => set.lengths2.map(({ length, count }) => `${length}: ${count}`)
  change(set, '10.0.0.1,80-81,10.1.0.0/16', 0)
  change(set, '10.0.0.1,80,10.1.0.0/24', 0)
  expect(lengths()).toEqual(['24: 1', '16: 2'])
  change(set, '10.0.0.1,80,10.1.0.0/24', 0, 'del')
  change(set, '10.0.0.1,80,10.1.0.0/16', 0, 'del')
  expect(lengths()).toEqual(['16: 1'])
})
