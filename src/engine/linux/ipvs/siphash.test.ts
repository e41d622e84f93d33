/** SipHash-1-3 of four bytes under a key of two equal words, its low 32 bits: the algorithm of lib/siphash.c on 64-bit integers. */
import { expect, test } from 'vitest'
import { hsiphash } from './siphash.ts'

test.each([
  [0x0, 0x0, 0x9ac48af0],
  [0x1, 0x0, 0xc37b7090],
  [0xffffffff, 0x0, 0x74cad6e2],
  [0x0, 0x1, 0xfa87290],
  [0xa000001, 0x12345678, 0x34a81925],
  [0xffffffff, 0xffffffff, 0xd87e417a],
  [0x80000000, 0x92d68ca2, 0x57d892bb],
  [0xa0a0a0a, 0x6d2b79f5, 0x9fc25a3e],
])('hsiphash(%i, %i)', (value, key, hash) => {
  expect(hsiphash(value, key)).toBe(hash)
})
