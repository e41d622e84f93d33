/** What the store uses of a browser, in memory: storage that can be full, a history with Back, and other tabs. */
import { vi } from 'vitest'

export interface FakeBrowser {
  readonly storage: Map<string, string>
  /** Characters that the storage holds at most. */
  room: number
  readonly back: () => void
  /** A link clicked, or pasted into the address bar. */
  readonly follow: (hash: string) => void
  readonly dispatch: (name: string, event?: object) => void
  /** The page is loaded anew, at the present address or another: nobody of the old one listens any more. */
  readonly reload: (hash?: string) => void
  /** Another tab writes. */
  readonly elsewhere: (key: string, value: string | null) => void
}

/** Puts the browser in the place of the globals, for `vi.unstubAllGlobals` to take away. */
export function fakeBrowser(): FakeBrowser {
  const storage = new Map<string, string>()
  const listeners = new Map<string, ((event: object) => void)[]>()
  const listen = (name: string, heard: (event: object) => void) => listeners.set(name, [...(listeners.get(name) ?? []), heard])
  const dispatch = (name: string, event: object = {}) => {
    for (const heard of listeners.get(name) ?? []) heard(event)
  }
  const entries = [{ state: null as unknown, hash: '' }]
  let at = 0
  const location = { pathname: '/', search: '', origin: 'http://app', hash: '' }
  const show = () => Object.assign(location, { hash: entries[at]?.hash ?? '' })
  const entryOf = (state: unknown, address: string) => ({ state: structuredClone(state), hash: /#.*/.exec(address)?.[0] ?? '' })
  const browser: FakeBrowser = {
    storage,
    room: Number.POSITIVE_INFINITY,
    back: () => {
      at -= 1
      show()
      dispatch('popstate')
    },
    follow: (hash) => {
      entries.splice(at + 1, Number.POSITIVE_INFINITY, { state: null, hash })
      at += 1
      show()
      dispatch('popstate')
    },
    dispatch,
    reload: (hash) => {
      listeners.clear()
      if (hash === undefined) return
      entries.push({ state: null, hash })
      at = entries.length - 1
      show()
    },
    elsewhere: (key, value) => {
      if (value === null) storage.delete(key)
      else storage.set(key, value)
      dispatch('storage', { key })
    },
  }
  const size = () => [...storage.values()].reduce((sum, value) => sum + value.length, 0)
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (size() - (storage.get(key)?.length ?? 0) + value.length > browser.room) throw new Error('QuotaExceededError')
      storage.set(key, value)
    },
    removeItem: (key: string) => storage.delete(key),
    key: (index: number) => [...storage.keys()][index] ?? null,
    get length() {
      return storage.size
    },
  })
  vi.stubGlobal('location', location)
  vi.stubGlobal('history', {
    get state() {
      return entries[at]?.state
    },
    pushState: (state: unknown, _: string, address: string) => {
      entries.splice(at + 1, Number.POSITIVE_INFINITY, entryOf(state, address))
      at += 1
      show()
    },
    replaceState: (state: unknown, _: string, address: string) => {
      entries[at] = entryOf(state, address)
      show()
    },
  })
  vi.stubGlobal('window', { addEventListener: listen })
  vi.stubGlobal('document', { addEventListener: listen, visibilityState: 'visible' })
  return browser
}
