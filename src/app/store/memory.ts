/** The browser's own memory. It may be missing or full (private windows, policies): then reading finds nothing and writing says so. */
export const remember = {
  read(key: string): string | null {
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
      return true
    } catch {
      return false
    }
  },
  forget(key: string): void {
    try {
      localStorage.removeItem(key)
    } catch {
      // Nothing was kept, so there is nothing to forget.
    }
  },
}
