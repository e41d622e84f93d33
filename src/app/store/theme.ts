/** The theme on the page's root and in the browser's memory. */
import { remember } from './memory.ts'
import type { Theme } from './state.ts'
import { store } from './store.ts'

const KEY = 'packetwalk.theme'

/** Takes the remembered theme, then follows the store. */
export function applyTheme(): void {
  const kept = remember.read(KEY)
  if (kept === 'light' || kept === 'dark') store.setState({ theme: kept })
  show(store.getState().theme)
  store.subscribe((state, before) => {
    if (state.theme === before.theme) return
    remember.write(KEY, state.theme)
    show(state.theme)
  })
}

/** Is the page dark now, whoever decided it? */
export function isDark(theme: Theme): boolean {
  return theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
}

function show(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}
