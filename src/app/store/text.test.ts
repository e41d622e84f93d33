import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changeBetween, lineAt, normalized, offsetOfLine } from './text.ts'

describe('changeBetween', () => {
  it('makes the second text of the first', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (head, a, b, tail) => {
        const [before, after] = [head + a + tail, head + b + tail]
        const { from, to, insert } = changeBetween(before, after)
        expect(before.slice(0, from) + insert + before.slice(to)).toBe(after)
        expect(insert.length).toBeLessThanOrEqual(Math.max(a.length, b.length))
      }),
    )
  })
})

describe('lines and offsets', () => {
  it('are inverse at beginnings of lines', () => {
    const text = 'a\n\nbc\nd'
    expect([1, 2, 3, 4].map((line) => offsetOfLine(text, line))).toEqual([0, 2, 3, 6])
    expect([0, 1, 2, 3, 5, 6].map((offset) => lineAt(text, offset))).toEqual([1, 1, 2, 3, 3, 4])
    expect(offsetOfLine(text, 9)).toBe(text.length)
  })
})

describe('normalized', () => {
  it('has one kind of line end and no byte-order mark', () => expect(normalized('\ufeffa\r\nb\rc\n')).toBe('a\nb\nc\n'))
})
