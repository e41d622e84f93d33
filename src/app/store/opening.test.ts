import { beforeEach, describe, expect, it, vi } from 'vitest'
import { encodeShare } from '../../protocol/share.ts'
import { type FakeBrowser, fakeBrowser } from './browser.fixture.ts'

vi.mock('virtual:first-picture', () => ({ default: { text: 'first', topology: null, documents: [], walks: [] } }))

let browser: FakeBrowser

/** The page as it is loaded: modules, and so what they remember, begin anew; the browser stays. */
async function load(hash?: string) {
  vi.resetModules()
  browser.reload(hash)
  const [opening, { store }, works, keeping] = await Promise.all([
    import('./opening.ts'),
    import('./store.ts'),
    import('./works.ts'),
    import('./keeping.ts'),
  ])
  const start = opening.openAtStart()
  await settled()
  const type = (insert: string) => store.getState().edit([{ from: 0, to: store.getState().text.length, insert }])
  const texts = () => works.listWorks().map(({ id }) => works.readWork(id)?.text)
  return { ...opening, ...keeping, ...works, store, start, type, texts, text: () => store.getState().text }
}

/** Lets imports and promises come to their end; no timer runs. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function link(yaml: string): string {
  const encoded = encodeShare({ yaml })
  return encoded.ok ? encoded.fragment : ''
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  vi.setSystemTime(1_000)
  browser = fakeBrowser()
})

describe('the page begins with', () => {
  it('the first scenario, on a first visit', async () => {
    const page = await load()
    expect([page.start, page.text(), page.store.getState().source]).toEqual(['first', 'first', 'gallery'])
  })

  it('the user’s last work, on the next', async () => {
    const entries = ['a', 'b'].map((id, changedMs) => ({ id, title: `${id}.yaml`, changedMs }))
    browser.storage.set('packetwalk.works', JSON.stringify(entries))
    for (const { id } of entries) browser.storage.set(`packetwalk.work.${id}`, `text of ${id}`)
    const page = await load()
    expect([page.start, page.text(), page.store.getState().workId]).toEqual(['again', 'text of b', 'b'])
  })

  it('what was on screen, after a reload', async () => {
    const page = await load()
    page.openAsOwn('mine', 'mine.yaml')
    await page.openGallery('pod-to-pod-across-nodes')
    const shown = page.text()
    expect((await load()).text()).toBe(shown)
  })

  it('the user’s own work, when the link in the address is broken', async () => {
    const before = await load()
    before.openAsOwn('mine', 'mine.yaml')
    const page = await load('#v1.d.!!!')
    expect(page.text()).toBe('mine')
    expect(page.store.getState().toasts.map(({ kind }) => kind)).toEqual(['error'])
    expect(location.hash).toBe('')
  })
})

describe('what was typed a moment ago', () => {
  it.each([
    ['a gallery scenario', (page: Awaited<ReturnType<typeof load>>) => page.openGallery('pod-to-pod-across-nodes')],
    ['a link', () => browser.follow(link('linked'))],
    ['another work', (page) => page.openWork(page.listWorks().find(({ title }) => title === 'other.yaml')?.id ?? '')],
    ['a new work', (page) => page.openAsOwn('', 'untitled.yaml')],
    ['Back', () => browser.back()],
  ] satisfies readonly (readonly [string, (page: Awaited<ReturnType<typeof load>>) => void])[])(
    'is kept when %s is opened',
    async (_, leave) => {
      const page = await load()
      page.openAsOwn('other', 'other.yaml')
      page.openAsOwn('before', 'mine.yaml')
      page.type('typed')
      await leave(page)
      await settled()
      expect(page.text()).not.toBe('typed')
      expect(page.texts()).toContain('typed')
    },
  )

  it('is kept when the page is left or hidden', async () => {
    const page = await load()
    page.openAsOwn('', 'mine.yaml')
    page.type('left')
    browser.dispatch('pagehide')
    expect(page.texts()).toEqual(['left'])
    page.type('hidden')
    Object.assign(document, { visibilityState: 'hidden' })
    browser.dispatch('visibilitychange')
    expect(page.texts()).toEqual(['hidden'])
  })
})

describe('Back', () => {
  it('returns from a link to the work before', async () => {
    const page = await load()
    page.openAsOwn('mine', 'mine.yaml')
    browser.follow(link('linked'))
    await settled()
    expect([page.text(), page.store.getState().source]).toEqual(['linked', 'link'])
    browser.back()
    await settled()
    expect([page.text(), page.store.getState().source]).toEqual(['mine', 'own'])
  })

  it('goes through gallery scenarios and works one by one', async () => {
    const page = await load()
    page.openAsOwn('one', 'one.yaml')
    page.openAsOwn('two', 'two.yaml')
    await page.openGallery('pod-to-pod-across-nodes')
    const seen = []
    for (let steps = 0; steps < 3; steps++) {
      browser.back()
      await settled()
      seen.push(page.text())
    }
    expect(seen).toEqual(['two', 'one', 'first'])
  })

  it('leads to the work that an edited link became, not to the link', async () => {
    const page = await load()
    browser.follow(link('linked'))
    await settled()
    page.type('linked and edited')
    expect([page.store.getState().source, location.hash]).toEqual(['own', ''])
    await page.openGallery('pod-to-pod-across-nodes')
    browser.back()
    await settled()
    expect(page.text()).toBe('linked and edited')
  })
})

describe('"Back to mine"', () => {
  it('opens the work that was on screen before, not the one changed last', async () => {
    const page = await load()
    page.openAsOwn('old', 'old.yaml')
    const old = page.store.getState().workId ?? ''
    vi.setSystemTime(2_000)
    page.openAsOwn('new', 'new.yaml')
    page.openWork(old)
    await page.openGallery('pod-to-pod-across-nodes')
    browser.follow(link('linked'))
    await settled()
    page.openOwnWork()
    await settled()
    expect(page.text()).toBe('old')
  })

  it('remembers it across a reload', async () => {
    const before = await load()
    before.openAsOwn('old', 'old.yaml')
    const old = before.store.getState().workId ?? ''
    vi.setSystemTime(2_000)
    before.openAsOwn('new', 'new.yaml')
    before.openWork(old)
    await before.openGallery('pod-to-pod-across-nodes')
    const page = await load()
    page.openOwnWork()
    await settled()
    expect(page.text()).toBe('old')
  })
})

describe('two tabs with the same work', () => {
  async function shared() {
    const page = await load()
    page.openAsOwn('before', 'web.yaml')
    const id = page.store.getState().workId ?? ''
    return { page, id, key: `packetwalk.work.${id}` }
  }

  it('leave what the other has written when they have nothing of their own', async () => {
    const { page, key } = await shared()
    browser.storage.set(key, 'theirs')
    browser.dispatch('pagehide')
    expect(browser.storage.get(key)).toBe('theirs')
    expect(page.texts()).toEqual(['theirs'])
  })

  it('show what the other has written', async () => {
    const { page, key } = await shared()
    browser.elsewhere(key, 'theirs')
    expect(page.text()).toBe('theirs')
    vi.runAllTimers()
    expect(page.texts()).toEqual(['theirs'])
  })

  it('arrange the picture as the other has, unless they have arranged it themselves', async () => {
    const { page, id } = await shared()
    const elsewhere = (...collapsed: readonly string[]): void => {
      const entries: { readonly id: string }[] = JSON.parse(browser.storage.get('packetwalk.works') ?? '[]')
      const changed = entries.map((entry) => (entry.id === id ? { ...entry, arrangement: { collapsed, order: {} } } : entry))
      browser.elsewhere('packetwalk.works', JSON.stringify(changed))
    }
    elsewhere('node/a')
    expect(page.store.getState().arrangement.collapsed).toEqual(['node/a'])
    const own = { collapsed: ['node/b'], order: {} }
    page.store.getState().arrange(own)
    elsewhere('node/c')
    expect(page.store.getState().arrangement).toBe(own)
    vi.runAllTimers()
    expect(page.readWork(id)?.arrangement).toEqual(own)
  })

  it('become two works when both have changed', async () => {
    const { page, id, key } = await shared()
    page.type('ours')
    browser.elsewhere(key, 'theirs')
    expect(page.text()).toBe('ours')
    expect(page.texts().toSorted()).toEqual(['ours', 'theirs'])
    expect(page.store.getState()).toMatchObject({ title: 'web 2.yaml', source: 'own' })
    expect(page.store.getState().workId).not.toBe(id)
    expect(page.store.getState().toasts.at(-1)?.text).toContain('Your version is kept as web 2.yaml')
  })

  it('become two works even when the other is only seen while leaving', async () => {
    const { page, key } = await shared()
    page.type('ours')
    browser.storage.set(key, 'theirs')
    browser.dispatch('pagehide')
    expect(page.texts().toSorted()).toEqual(['ours', 'theirs'])
  })

  it('keep what was typed in one when the other deletes the work', async () => {
    const { page, key } = await shared()
    page.type('ours')
    browser.elsewhere(key, null)
    expect(page.texts()).toEqual(['ours'])
  })

  it('do not bring back what the other has deleted and nobody has changed', async () => {
    const { page, key } = await shared()
    browser.elsewhere(key, null)
    browser.dispatch('pagehide')
    expect([page.texts(), page.text()]).toEqual([[], 'before'])
    page.type('again')
    vi.runAllTimers()
    expect(page.texts()).toEqual(['again'])
  })
})

describe('a storage that is full', () => {
  it('loses nothing while the page lives, says so once, and asks before it is left', async () => {
    const page = await load()
    page.openAsOwn('kept', 'kept.yaml')
    browser.room = 0
    page.openAsOwn('not kept', 'not-kept.yaml')
    const { workId, toasts } = page.store.getState()
    expect(toasts.map(({ text }) => text)).toEqual([expect.stringContaining('storage is full')])
    page.type('still not kept')
    await page.openGallery('pod-to-pod-across-nodes')
    expect(page.store.getState().toasts).toHaveLength(1)
    page.openWork(workId ?? '')
    expect(page.text()).toBe('still not kept')
    const leave = { preventDefault: vi.fn() }
    browser.dispatch('beforeunload', leave)
    expect(leave.preventDefault).toHaveBeenCalled()
  })
})

describe('a deleted work', () => {
  it('that is on screen comes back as it was', async () => {
    const page = await load()
    page.openAsOwn('mine', 'mine.yaml')
    const id = page.store.getState().workId ?? ''
    const work = page.deleteWork(id)
    expect([page.texts(), page.store.getState().workId, page.text()]).toEqual([[], null, 'mine'])
    if (work) page.restoreWork(work)
    expect([page.texts(), page.store.getState().workId]).toEqual([['mine'], id])
  })
})

describe('works', () => {
  it('are renamed and duplicated, on screen or not', async () => {
    const page = await load()
    page.openAsOwn('a', 'a.yaml')
    const a = page.store.getState().workId ?? ''
    page.openAsOwn('b', 'b.yaml')
    page.renameOwn(a, 'A.yaml')
    page.renameOwn(page.store.getState().workId ?? '', 'B.yaml')
    page.duplicateWork(a)
    expect(page.listWorks().map(({ title }) => title)).toEqual(expect.arrayContaining(['A.yaml', 'B.yaml', 'A 2.yaml']))
    expect(page.texts().toSorted()).toEqual(['a', 'a', 'b'])
    expect(page.store.getState().title).toBe('B.yaml')
  })
})
