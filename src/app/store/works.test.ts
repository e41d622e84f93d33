import { beforeEach, describe, expect, it, vi } from 'vitest'
import { forgetWork, keepWork, listWorks, newWorkId, readWork } from './works.ts'

function memory(most = Number.POSITIVE_INFINITY) {
  const kept = new Map<string, string>()
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (value.length > most) throw new Error('QuotaExceededError')
      kept.set(key, value)
    },
    removeItem: (key: string) => kept.delete(key),
  }
}

beforeEach(() => vi.stubGlobal('localStorage', memory()))

describe('works', () => {
  it('come back as they were, the latest first', () => {
    keepWork({ id: 'a', title: 'a.yaml', text: 'A', changedMs: 1 })
    keepWork({ id: 'b', title: 'b.yaml', text: 'B', changedMs: 2 })
    keepWork({ id: 'a', title: 'a.yaml', text: 'A2', changedMs: 3 })
    expect(listWorks().map(({ id }) => id)).toEqual(['a', 'b'])
    expect(readWork('a')?.text).toBe('A2')
    forgetWork('a')
    expect(readWork('a')).toBeNull()
  })

  it('let the oldest go beyond thirty', () => {
    for (let n = 0; n < 35; n++) keepWork({ id: `w${n}`, title: 't', text: 'x', changedMs: n })
    expect(listWorks()).toHaveLength(30)
    expect(readWork('w0')).toBeNull()
    expect(readWork('w34')).not.toBeNull()
  })

  it('say when the browser refuses', () => {
    vi.stubGlobal('localStorage', memory(10))
    expect(keepWork({ id: 'a', title: 'a', text: 'far too long to keep', changedMs: 1 })).toBe(false)
  })

  it('survive a damaged index', () => {
    localStorage.setItem('packetwalk.works', '{"not": "a list"')
    expect(listWorks()).toEqual([])
    expect(newWorkId(5)).toBe('5-0')
  })
})
