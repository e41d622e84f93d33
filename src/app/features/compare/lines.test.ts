import { expect, it } from 'vitest'
import type { ToldRow, ToldStep } from '../../../engine/narrator/compared.ts'
import { linesOf } from './lines.ts'

const step = (n: number, where: string): ToldStep => ({ n, where, packet: 'a SYN', sentence: `${where} ${n}` })
const both = (n: number, where: string): ToldRow => ({ a: step(n, where), b: step(n, where), same: true })

it('counts what is alike, and shows each step that differs, the first one marked', () => {
  const rows: ToldRow[] = [
    both(0, 'pod/default/a'),
    both(1, 'pod/default/a'),
    both(2, 'node/n'),
    { a: null, b: step(3, 'node/n'), same: false },
    { a: step(3, 'node/n'), b: step(4, 'node/n'), same: false },
    both(4, 'node/n'),
  ]
  expect(linesOf({ rows, first: 3 })).toEqual([
    { kind: 'place', where: 'pod/default/a', packet: 'a SYN' },
    { kind: 'alike', count: 2, n: 0 },
    { kind: 'place', where: 'node/n', packet: 'a SYN' },
    { kind: 'alike', count: 1, n: 2 },
    { kind: 'part' },
    { kind: 'step', a: null, b: step(3, 'node/n'), n: 2 },
    { kind: 'step', a: step(3, 'node/n'), b: step(4, 'node/n'), n: 3 },
    { kind: 'alike', count: 1, n: 4 },
  ])
})
