import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { applyChecked, fixable } from './checked-fix.ts'
import { answer, cancelled, connect, ERROR, open, opened, PICTURE, scenario, walked } from './store.fixture.ts'
import { receive, store } from './store.ts'
import { applyChanges } from './text.ts'

beforeEach(connect)

it('walks nowhere in the default cluster of an empty text, whatever was on screen', () => {
  open('a')
  scenario(PICTURE)
  expect(store.getState().walk?.name).toBe('one')
  const asked = walked.length
  store.getState().edit([{ from: 0, to: 1, insert: '' }])
  vi.runAllTimers()
  const { revision } = store.getState()
  receive({ type: 'scenario', revision, diagnostics: [], documents: [], walks: [], topology: PICTURE })
  expect(store.getState()).toMatchObject({ walk: null, playing: false })
  expect(walked).toHaveLength(asked)
})

describe('edit', () => {
  it('applies changes that all refer to the text before', () => {
    const changes = [
      { from: 0, to: 1, insert: 'A' },
      { from: 2, to: 3, insert: '' },
    ]
    expect(applyChanges('abc', changes)).toBe('Ab')
  })

  it('asks the engine once, after a pause in typing', () => {
    open('a')
    opened.length = 0
    for (const letter of ['b', 'c', 'd']) store.getState().edit([{ from: 0, to: 0, insert: letter }])
    expect(store.getState().text).toBe('dcba')
    vi.advanceTimersByTime(100)
    expect(opened).toEqual([])
    vi.advanceTimersByTime(100)
    expect(opened).toEqual([{ revision: store.getState().revision, text: 'dcba' }])
  })
})

describe('a fix that the engine found', () => {
  const FIX = { title: 'Write B', changes: [{ from: 1, to: 2, insert: 'B' }] }

  it('is an edit of the text that was checked', () => {
    open('abc')
    scenario(null, [], [{ ...ERROR, fix: FIX }])
    expect(fixable(store.getState())).toBe(true)
    applyChecked(FIX)
    expect(store.getState()).toMatchObject({ text: 'aBc', reveal: { line: 1 } })
    expect(fixable(store.getState())).toBe(false)
  })

  it('waits for the engine once the text has changed, and for another text', () => {
    open('abc')
    scenario(null, [], [{ ...ERROR, fix: FIX }])
    store.getState().edit([{ from: 0, to: 0, insert: '# ' }], 'typed')
    applyChecked(FIX)
    expect(store.getState().text).toBe('# abc')
    scenario(null, [], [{ ...ERROR, fix: FIX }])
    expect(fixable(store.getState())).toBe(true)
    open('other')
    expect(fixable(store.getState())).toBe(false)
  })
})

describe('a scenario that is opened', () => {
  it('plays its first walk', () => {
    open('a')
    scenario(PICTURE)
    expect(walked.at(-1)?.request).toEqual({ name: 'one', branch: null })
    expect(store.getState()).toMatchObject({ playing: true, frame: -1, walk: { from: 'pod/a', status: 'running' } })
  })

  it('plays the walk a link names and stops at its moment', () => {
    open('a', { walk: { name: 'two' }, frame: 3, branch: null })
    scenario(PICTURE)
    expect(walked.at(-1)?.request).toEqual({ name: 'two', branch: null })
    answer(walked.at(-1)?.id ?? 0, 10)
    expect(store.getState()).toMatchObject({ playing: false, frame: 3 })
  })

  it('ignores answers for an older text', () => {
    open('a')
    receive({
      type: 'scenario',
      revision: store.getState().revision - 1,
      diagnostics: [],
      documents: [],
      walks: [],
      topology: PICTURE,
    })
    expect(store.getState().topology).toBeNull()
  })
})

describe('an edit while a walk is on screen', () => {
  beforeEach(() => {
    open('a')
    scenario(PICTURE)
    answer(walked.at(-1)?.id ?? 0, 10)
    store.getState().pause()
    store.getState().setFrame(7)
  })

  it('that breaks the text keeps picture and walk', () => {
    const { walk } = store.getState()
    store.getState().edit([{ from: 0, to: 0, insert: '\t' }])
    scenario(null)
    expect(store.getState()).toMatchObject({ topology: PICTURE, topologyStale: true, frame: 7 })
    expect(store.getState().walk).toBe(walk)
  })

  it('that breaks the text refuses new walks, in words, and keeps the one on screen', () => {
    store.getState().edit([{ from: 0, to: 0, insert: '\t' }])
    scenario(null, ['one'], [{ ...ERROR }])
    const [{ walk }, asked] = [store.getState(), walked.length]
    store.getState().startWalk({ from: 'pod/a', to: 'ping 10.0.0.1' })
    store.getState().walkAgain()
    expect(walked).toHaveLength(asked)
    expect(store.getState().walk).toBe(walk)
    expect(store.getState().toasts.at(-1)?.text).toContain('Nothing new can walk: the text has errors')
  })

  it('to another text starts the walk of that one', () => {
    store.getState().edit([{ from: 0, to: 0, insert: 'b' }])
    scenario(PICTURE, ['three'], [], 'pod/c')
    expect(walked.at(-1)?.request).toEqual({ name: 'three', branch: null })
    expect(store.getState()).toMatchObject({ frame: -1, playing: true, walk: { from: 'pod/c' } })
  })

  it('to a text in which nothing can walk leaves none on screen', () => {
    store.getState().edit([{ from: 0, to: 0, insert: 'b' }])
    const asked = walked.length
    scenario(PICTURE, [])
    expect(store.getState()).toMatchObject({ frame: -1, playing: false, walk: null })
    expect(walked).toHaveLength(asked)
  })

  it('that renames its Walk takes it by its new name', () => {
    store.getState().edit([{ from: 0, to: 0, insert: 'b' }])
    scenario(PICTURE, ['new name'])
    expect(walked.at(-1)?.request).toEqual({ name: 'new name', branch: null })
    expect(store.getState().playing).toBe(false)
  })

  it('takes the walk again and stays at the moment', () => {
    const { walk } = store.getState()
    store.getState().edit([{ from: 0, to: 0, insert: 'b' }])
    scenario(PICTURE)
    expect(store.getState().walk).toBe(walk)
    answer(walked.at(-1)?.id ?? 0, 5)
    expect(store.getState()).toMatchObject({ frame: 4, playing: false, walk: { status: 'done' } })
    expect(store.getState().walk).not.toBe(walk)
  })
})

describe('every endpoint', () => {
  beforeEach(() => {
    open('a')
    scenario(PICTURE)
    answer(walked.at(-1)?.id ?? 0, 10)
    store.getState().setEveryEndpoint(true)
  })
  afterEach(() => store.getState().setEveryEndpoint(false))

  it('takes the first way in place of the one that chance gave', () => {
    expect(walked.at(-1)?.request).toEqual({ name: 'one', branch: [] })
    expect(store.getState().walk?.branch).toBeNull()
    answer(walked.at(-1)?.id ?? 0, 10)
    expect(store.getState().walk?.branch).toEqual([])
  })

  it('plays the way that is chosen, and again when asked to', () => {
    store.getState().startWalk({ name: 'one' }, [0, 1])
    expect(walked.at(-1)?.request).toEqual({ name: 'one', branch: [0, 1] })
    expect(store.getState()).toMatchObject({ playing: true, walk: { branch: [0, 1] } })
    store.getState().walkAgain()
    expect(walked.at(-1)?.request).toEqual({ name: 'one', branch: [0, 1] })
  })

  it('begins with the first way again when the text changes', () => {
    store.getState().startWalk({ name: 'one' }, [0, 1])
    answer(walked.at(-1)?.id ?? 0, 10)
    store.getState().edit([{ from: 0, to: 0, insert: 'b' }])
    scenario(PICTURE)
    expect(walked.at(-1)?.request).toEqual({ name: 'one', branch: [] })
  })

  it('lets chance decide again when it is switched off', () => {
    store.getState().setEveryEndpoint(false)
    expect(walked.at(-1)?.request).toEqual({ name: 'one', branch: null })
  })

  it('is on where a link says which way', () => {
    store.getState().setEveryEndpoint(false)
    open('b', { walk: { name: 'two' }, frame: null, branch: [1] })
    scenario(PICTURE)
    expect(store.getState().everyEndpoint).toBe(true)
    expect(walked.at(-1)?.request).toEqual({ name: 'two', branch: [1] })
  })
})

describe('stepping', () => {
  it('stays between before the first record and the last', () => {
    open('a')
    scenario(PICTURE)
    answer(walked.at(-1)?.id ?? 0, 3)
    store.getState().setFrame(99)
    expect(store.getState().frame).toBe(2)
    store.getState().setFrame(-9)
    expect(store.getState().frame).toBe(-1)
  })

  it('begins anew after playing has come to its end, wherever it rests', () => {
    open('a')
    scenario(PICTURE)
    answer(walked.at(-1)?.id ?? 0, 10)
    store.getState().rest(4)
    expect(store.getState()).toMatchObject({ frame: 4, playing: false })
    store.getState().play()
    expect(store.getState()).toMatchObject({ frame: -1, playing: true })
    store.getState().setFrame(4)
    store.getState().play()
    expect(store.getState().frame).toBe(4)
  })

  it('tells which end of a walk was wrong', () => {
    open('a')
    scenario(PICTURE)
    const [id, { revision }] = [walked.at(-1)?.id ?? 0, store.getState()]
    receive({ type: 'failed', about: 'walk', id, revision, message: 'there is no pod "a"', end: 'from' })
    expect(store.getState().walk).toMatchObject({ status: 'failed', error: 'there is no pod "a"', errorAt: 'from' })
  })

  it('starts a newer walk only after ending the older one', () => {
    open('a')
    scenario(PICTURE)
    const first = walked.at(-1)?.id ?? 0
    store.getState().startWalk({ from: 'pod/a', to: 'ping 10.0.0.1' })
    expect(cancelled).toContain(first)
    answer(first, 3)
    expect(store.getState().walk?.records).toEqual([])
  })
})

describe('walks that are played together', () => {
  beforeEach(() => {
    open('a')
    scenario(PICTURE, ['one', 'two', 'three'])
    answer(walked.at(-1)?.id ?? 0, 10)
    store.getState().setTogether(['one', 'two'])
  })
  const lastId = (): number => walked.at(-1)?.id ?? 0

  it('outlast a mistake in the text', () => {
    store.getState().edit([{ from: 0, to: 0, insert: '\t' }])
    scenario(null, [], [ERROR])
    store.getState().edit([{ from: 0, to: 1, insert: '' }])
    scenario(PICTURE, ['one', 'two', 'three'])
    expect(store.getState().together).toEqual(['one', 'two'])
  })

  it('have their hue whatever still comes of the walk on screen', () => {
    store.getState().startWalk({ name: 'one' })
    store.getState().setTogether(['two', 'one'])
    answer(lastId(), 3)
    expect(store.getState().walk).toMatchObject({ name: 'one', status: 'done', hue: 'id-2' })
    store.getState().setTogether([])
    expect(store.getState().walk?.hue).toBeNull()
  })

  it('are left by a walk that is none of them', () => {
    store.getState().startWalk({ name: 'three' })
    expect(store.getState().together).toEqual([])
  })

  it('are looked at where the clock is', () => {
    store.getState().lookAt('two', 4)
    expect(store.getState().walk?.name).toBe('one')
    answer(lastId(), 8)
    expect(store.getState()).toMatchObject({ walk: { name: 'two' }, frame: 4, playing: false })
  })

  it('are not looked at any more when another walk has been begun, or the text has a mistake', () => {
    store.getState().lookAt('two', 4)
    store.getState().startWalk({ name: 'one' })
    answer(lastId(), 8)
    expect(store.getState()).toMatchObject({ walk: { name: 'one' }, frame: -1, playing: true })
    store.getState().edit([{ from: 0, to: 0, insert: '\t' }])
    scenario(null, [], [ERROR])
    store.getState().lookAt('two', 4)
    store.getState().edit([{ from: 0, to: 1, insert: '' }])
    scenario(PICTURE)
    answer(lastId(), 8)
    expect(store.getState()).toMatchObject({ walk: { name: 'one' }, frame: -1 })
  })

  it('are looked at although the text is edited before they have come', () => {
    store.getState().lookAt('two', 4)
    store.getState().edit([{ from: 0, to: 0, insert: '#' }])
    vi.runAllTimers()
    scenario(PICTURE)
    answer(lastId(), 8)
    expect(store.getState()).toMatchObject({ walk: { name: 'two', status: 'done' }, playing: false })
  })
})
