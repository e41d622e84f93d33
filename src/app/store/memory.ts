/**
 * The browser's own memory. It may be missing or full (private windows, policies): what it does not take is held here instead, for as
 * long as the page lives, so that nothing is lost by looking at something else; `write` says so.
 */
const held = new Map<string, string>()

export const remember = {
  read(key: string): string | null {
    const value = held.get(key)
    if (value !== undefined) return value
    try {
      return localStorage.getItem(key)
    } catch {
      return null
    }
  },
  /** False when the browser would not keep it. */
  write(key: string, value: string): boolean {
    try {
      localStorage.setItem(key, value)
      held.delete(key)
      return true
    } catch {
      held.set(key, value)
      return false
    }
  },
  forget(key: string): void {
    held.delete(key)
    try {
      localStorage.removeItem(key)
    } catch {
      // Nothing was kept, so there is nothing to forget.
    }
  },
  /** Keys that begin with a prefix. */
  keys(prefix: string): readonly string[] {
    return [...new Set([...held.keys(), ...browserKeys()])].filter((key) => key.startsWith(prefix))
  },
  /** Are there values under this prefix that would be lost with the page? */
  holds(prefix: string): boolean {
    return [...held.keys()].some((key) => key.startsWith(prefix))
  },
}

function browserKeys(): readonly string[] {
  try {
    return Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? '')
  } catch {
    return []
  }
}
