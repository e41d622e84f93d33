import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type FakeBrowser, fakeBrowser } from './browser.fixture.ts'

let browser: FakeBrowser
let dataset: Record<string, string>

beforeEach(() => {
  vi.resetModules()
  browser = fakeBrowser()
  dataset = {}
  vi.stubGlobal('document', { documentElement: { dataset } })
})
afterEach(() => vi.unstubAllGlobals())

/** The page as it starts. */
async function start() {
  const { applySettings, reducesMotion } = await import('./settings.ts')
  const { appState } = await import('./store.ts')
  applySettings()
  return { appState, reducesMotion }
}

test('at first the system decides, and nothing is written', async () => {
  const { appState } = await start()
  expect(appState()).toMatchObject({ theme: 'system', density: 'dense', motion: 'system', startLevel: 'fitting' })
  expect(dataset).toEqual({})
  expect(browser.storage.size).toBe(0)
})

test('what is chosen is on the page at once, and kept', async () => {
  const { appState } = await start()
  appState().choose({ density: 'roomy', theme: 'dark' })
  appState().choose({ motion: 'reduced', startLevel: 'overview' })
  expect(dataset).toEqual({ density: 'roomy', theme: 'dark', motion: 'reduced' })
  expect(Object.fromEntries(browser.storage)).toEqual({
    'packetwalk.density': 'roomy',
    'packetwalk.theme': 'dark',
    'packetwalk.motion': 'reduced',
    'packetwalk.startLevel': 'overview',
  })
  appState().choose({ density: 'dense', theme: 'system' })
  expect(dataset).toEqual({ motion: 'reduced' })
})

test('what was kept holds the next time; what nobody can choose does not', async () => {
  browser.storage.set('packetwalk.density', 'roomy')
  browser.storage.set('packetwalk.startLevel', 'kernel')
  browser.storage.set('packetwalk.theme', 'purple')
  const { appState } = await start()
  expect(appState()).toMatchObject({ theme: 'system', density: 'roomy', motion: 'system', startLevel: 'kernel' })
  expect(dataset).toEqual({ density: 'roomy' })
})

describe('nothing moves', () => {
  test.each([
    ['system', false, false],
    ['system', true, true],
    ['reduced', false, true],
  ] as const)('%s, and the system wants it reduced: %s', async (motion, matches, expected) => {
    vi.stubGlobal('matchMedia', () => ({ matches }))
    const { appState, reducesMotion } = await start()
    appState().choose({ motion })
    expect(reducesMotion()).toBe(expected)
  })
})
