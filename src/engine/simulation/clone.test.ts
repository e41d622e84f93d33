import { describe, expect, it } from 'vitest'
import { clonePlain } from './clone.ts'

describe('clonePlain', () => {
  it('copies maps, sets, arrays and objects deeply', () => {
    const value = {
      map: new Map([['a', { list: [1, 2] }]]),
      set: new Set([3]),
      bytes: new Uint8Array([1, 2]),
      none: null,
      missing: undefined,
    }
    const copy = clonePlain(value)
    expect(copy).toEqual(value)
    copy.map.get('a')?.list.push(3)
    copy.bytes[0] = 9
    expect(value.map.get('a')?.list).toEqual([1, 2])
    expect(value.bytes[0]).toBe(1)
  })

  it('keeps what is shared shared, circles too', () => {
    const rule = { packets: 0 }
    const value = { chain: [rule], index: new Map([['x', rule]]), self: null as unknown }
    value.self = value
    const copy = clonePlain(value)
    expect(copy.chain[0]).toBe(copy.index.get('x'))
    expect(copy.chain[0]).not.toBe(rule)
    expect(copy.self).toBe(copy)
  })
})
