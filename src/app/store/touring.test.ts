import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type FakeBrowser, fakeBrowser } from './browser.fixture.ts'
import type { WalkState } from './state.ts'

let browser: FakeBrowser
let wide: boolean

beforeEach(() => {
  vi.resetModules()
  browser = fakeBrowser()
  wide = true
  vi.stubGlobal('matchMedia', () => ({ matches: wide }))
})
afterEach(() => vi.unstubAllGlobals())

const WALKED: WalkState = {
  ...{ id: 1, name: 'one', from: 'pod/a', to: 'http://b/', status: 'done', records: [], sentences: [] },
  ...{ outcome: null, summary: null, why: null, error: null, errorAt: null, revision: 1, branch: null },
}

/** A first visit, and whether the tour is there when the walk has been walked. */
async function visit(): Promise<boolean> {
  const { tourFirstVisit } = await import('./touring.ts')
  const { appState, store } = await import('./store.ts')
  tourFirstVisit()
  expect(appState().touring).toBe(false)
  store.setState({ walk: { ...WALKED, status: 'running' } })
  expect(appState().touring).toBe(false)
  store.setState({ walk: WALKED })
  return appState().touring
}

test('the first visit has a tour, as soon as there is a walk to look at; the second has none', async () => {
  expect(await visit()).toBe(true)
  vi.resetModules()
  expect(await visit()).toBe(false)
})

test('none where it would have no room', async () => {
  wide = false
  expect(await visit()).toBe(false)
  expect(browser.storage.size).toBe(0)
})

test('it waits until no dialog is open', async () => {
  const { tourFirstVisit } = await import('./touring.ts')
  const { appState, store } = await import('./store.ts')
  tourFirstVisit()
  store.setState({ walk: WALKED, overlay: 'help' })
  expect(appState().touring).toBe(false)
  appState().setOverlay(null)
  expect(appState().touring).toBe(true)
  appState().setTouring(false)
  store.setState({ walk: { ...WALKED, id: 2 } })
  expect(appState().touring).toBe(false)
})
