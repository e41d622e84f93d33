import { beforeEach, describe, expect, it } from 'vitest'
import { type FakeBrowser, fakeBrowser } from './browser.fixture.ts'
import { forgetWork, freeTitle, keepWork, listWorks, newWorkId, readWork, worksAreAtRisk } from './works.ts'

let browser: FakeBrowser
beforeEach(() => {
  browser = fakeBrowser()
})

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

  it('are never let go unasked', () => {
    for (let n = 0; n < 100; n++) keepWork({ id: `w${n}`, title: 't', text: `text ${n}`, changedMs: n })
    expect(listWorks()).toHaveLength(100)
    expect(readWork('w0')?.text).toBe('text 0')
  })

  it('last as long as the page when the browser refuses, and it says so', () => {
    browser.room = 10
    expect(keepWork({ id: 'refused', title: 'a', text: 'far too long to keep', changedMs: 1 })).toBe(false)
    expect([readWork('refused')?.text, worksAreAtRisk()]).toEqual(['far too long to keep', true])
    browser.room = 1_000
    expect(keepWork({ id: 'refused', title: 'a', text: 'far too long to keep', changedMs: 1 })).toBe(true)
    expect(worksAreAtRisk()).toBe(false)
    forgetWork('refused')
  })

  it('are found when two tabs have written the list at once', () => {
    keepWork({ id: 'a', title: 'a.yaml', text: 'A', changedMs: 1 })
    const theirs = browser.storage.get('packetwalk.works') ?? ''
    keepWork({ id: 'b', title: 'b.yaml', text: 'B', changedMs: 2 })
    browser.storage.set('packetwalk.works', theirs)
    expect(readWork('b')).toMatchObject({ text: 'B', title: 'found.yaml' })
  })

  it('keep what their link held besides', () => {
    const carried = { fields: { future: 1 }, view: {}, keys: [] }
    keepWork({ id: 'a', title: 'a', text: 'A', changedMs: 1, carried })
    expect(readWork('a')?.carried).toEqual(carried)
  })

  it.each([
    ['web.yaml', 'web 2.yaml'],
    ['web 2.yaml', 'web 2.yaml'],
    ['notes', 'notes 3'],
  ])('a fresh title for %s is %s', (title, fresh) => {
    keepWork({ id: 'n', title: 'notes 2', text: '', changedMs: 1 })
    expect(freeTitle(title)).toBe(fresh)
  })

  it('survive a damaged index', () => {
    localStorage.setItem('packetwalk.works', '{"not": "a list"')
    expect(listWorks()).toEqual([])
  })

  it('have ids of their own, however fast they are made', () => {
    const first = newWorkId(5)
    keepWork({ id: first, title: 'a', text: 'A', changedMs: 5 })
    expect(newWorkId(5)).not.toBe(first)
  })
})
