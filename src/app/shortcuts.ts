/** Hears the keys of `commands.ts`. */
import { KEY_GROUPS } from './commands.ts'
import { isPresenting } from './store/presenting.ts'
import { appState } from './store/store.ts'

const ACTS: ReadonlyMap<string, () => void> = new Map(
  KEY_GROUPS.flatMap(({ rows }) =>
    rows.flatMap(({ commands }) => commands.flatMap(({ keys, run }) => (run === null ? [] : keys.map((key) => [key, run] as const)))),
  ),
)
/** Acts wherever the focus is. */
const EVERYWHERE = 'Ctrl+k'
/** What has the focus uses letters itself. */
const OWN_KEYS = 'input, textarea, select, [contenteditable], .monaco-editor, [role="dialog"], [role="menu"], [role="listbox"]'

/** The first of two keys is forgotten after this time, ms. */
const FORGET_AFTER_MS = 1_000

let last = { key: '', at: 0 }

/** Listens for the page's keys. Returns the way to stop. */
export function listenToKeys(): () => void {
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented) return
  const { target } = event
  const key = pressed(event)
  if (key !== EVERYWHERE && target instanceof Element && target.closest(OWN_KEYS)) return
  // A dialog that is still being fetched has no focus yet: what is typed is meant for it, not for the page.
  if (key !== EVERYWHERE && appState().overlay !== null) {
    if (key === 'Escape') appState().setOverlay(null)
    return
  }
  // Selecting the whole page selects inside the editor too, which then scrolls away from its text.
  if (key === 'Ctrl+a') event.preventDefault()
  if (key.endsWith('Space') && target instanceof Element && target.closest('button, a, summary') && !goesOn(target)) return
  const first = event.timeStamp - last.at <= FORGET_AFTER_MS ? last.key : ''
  const act = ACTS.get(`${first} ${key}`) ?? ACTS.get(key)
  last = { key, at: event.timeStamp }
  if (!act) return
  event.preventDefault()
  act()
}

/** Before an audience Space goes on, also when the focus is still on the step that was pressed last. */
function goesOn(target: Element): boolean {
  return isPresenting() && target.closest('[role="log"]') !== null
}

/** A key as the table writes it. Shift counts only where it makes no other character, or with Ctrl or Alt; ⌘ is Ctrl for some letters, and the browser's otherwise. */
function pressed({ key, shiftKey, altKey, ctrlKey, metaKey }: KeyboardEvent): string {
  const name = key === ' ' ? 'Space' : key.length === 1 ? key.toLowerCase() : key
  if (metaKey && !/^[kazy]$/.test(name)) return `Meta+${name}`
  if (ctrlKey || metaKey) return `Ctrl+${shiftKey && key.length === 1 ? 'Shift+' : ''}${name}`
  return `${shiftKey && (altKey || key.length > 1 || key === ' ') ? 'Shift+' : ''}${altKey ? 'Alt+' : ''}${name}`
}
