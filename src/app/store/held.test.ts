import { beforeEach, describe, expect, it, vi } from 'vitest'
import { closeSearch, openSearch, searchFor } from './searching.ts'
import { answer, connect, ERROR, open, PICTURE, scenario, walked } from './store.fixture.ts'
import { store } from './store.ts'

beforeEach(connect)
const lastId = (): number => walked.at(-1)?.id ?? 0

/** Types, and lets the engine look at it. */
function type(): void {
  store.getState().edit([{ from: 0, to: 0, insert: 'b' }])
  vi.runAllTimers()
}

describe('an edit while a walk is on screen', () => {
  beforeEach(() => {
    open('a')
    scenario(PICTURE)
    answer(lastId(), 10)
    store.getState().pause()
    store.getState().setFrame(7)
  })

  it('shows the new picture and the new walk at once', () => {
    const [{ walk }, picture] = [store.getState(), { ...PICTURE }]
    type()
    const seen: boolean[] = []
    const leave = store.subscribe((state) => seen.push(state.topology === picture, state.walk !== walk))
    scenario(picture)
    answer(lastId(), 5)
    leave()
    expect(seen).toEqual([true, true])
  })

  it('shows the new picture without the walk when that takes long', () => {
    const [{ walk }, picture] = [store.getState(), { ...PICTURE }]
    type()
    scenario(picture)
    vi.advanceTimersByTime(40)
    expect(store.getState().topology).toBe(PICTURE)
    vi.advanceTimersByTime(40)
    expect(store.getState()).toMatchObject({ topology: picture, walk, engine: 'ready' })
  })

  it('shows the new picture before a walk that somebody begins in it', () => {
    const picture = { ...PICTURE }
    type()
    scenario(picture)
    store.getState().startWalk({ name: 'two' })
    expect(store.getState()).toMatchObject({ topology: picture, walk: { name: 'two' } })
  })

  it('shows a good picture although the text changes again, and its walk in it when that text is broken', () => {
    const picture = { ...PICTURE }
    type()
    scenario(picture)
    const { revision } = store.getState()
    type()
    expect(store.getState()).toMatchObject({ engine: 'checking' })
    expect(store.getState().topology).toBe(picture)
    scenario(null, [], [ERROR])
    answer(lastId(), 5)
    expect(store.getState()).toMatchObject({ topologyStale: true, walk: { revision, status: 'done' } })
    expect(store.getState().topology).toBe(picture)
  })

  it('leaves what is typed into the search meanwhile', () => {
    openSearch()
    type()
    scenario({ ...PICTURE })
    searchFor('web')
    answer(lastId(), 5)
    expect(store.getState().search?.text).toBe('web')
  })

  it('leaves a search closed that is closed meanwhile', () => {
    openSearch()
    type()
    scenario({ ...PICTURE })
    closeSearch()
    answer(lastId(), 5)
    expect(store.getState().search).toBeNull()
  })
})

describe('an edit while walks are played together', () => {
  beforeEach(() => {
    open('a')
    scenario(PICTURE, ['one', 'two', 'three'])
    answer(lastId(), 10)
    store.getState().setTogether(['one', 'two', 'three'])
  })

  it('that takes one away gives the others their hues anew', () => {
    store.getState().startWalk({ name: 'two' })
    answer(lastId(), 10)
    expect(store.getState().walk?.hue).toBe('id-2')
    type()
    scenario(PICTURE, ['two', 'three'])
    answer(lastId(), 10)
    expect(store.getState()).toMatchObject({ together: ['two', 'three'], walk: { name: 'two', hue: 'id-1' } })
  })

  it('that renames the one on screen plays it alone, as soon as it is there and not before', () => {
    type()
    scenario(PICTURE, ['new name', 'two', 'three'])
    expect(store.getState().together).toEqual(['one', 'two', 'three'])
    answer(lastId(), 10)
    expect(store.getState()).toMatchObject({ together: [], walk: { name: 'new name', hue: null } })
  })

  it('leaves those together that are chosen meanwhile', () => {
    type()
    scenario(PICTURE, ['one', 'two', 'three'])
    store.getState().setTogether(['three', 'one'])
    answer(lastId(), 10)
    expect(store.getState()).toMatchObject({ together: ['three', 'one'], walk: { name: 'one', hue: 'id-2' } })
  })
})
