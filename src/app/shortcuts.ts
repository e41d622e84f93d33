/** The keys that belong to the page as a whole; those of playback are the timeline's. The help dialog lists all of them. */
import { causeOf } from './store/cause.ts'
import { appState } from './store/store.ts'

export interface Shortcut {
  readonly keys: string
  readonly does: string
}

/** All keys, in the order the help shows them. */
export const SHORTCUTS: readonly { readonly group: string; readonly keys: readonly Shortcut[] }[] = [
  {
    group: 'Play',
    keys: [
      { keys: 'Space, K', does: 'play or pause' },
      { keys: '← →', does: 'one event back or on' },
      { keys: 'Shift ← →', does: 'one hop back or on' },
      { keys: 'Ctrl ← →', does: 'one machine back or on' },
      { keys: 'Home, End', does: 'first or last moment' },
      { keys: 'N, D, M', does: 'run to the next rewrite, drop, machine' },
      { keys: '[ ]', does: 'slower, faster' },
      { keys: 'W', does: 'walk again' },
    ],
  },
  {
    group: 'Look',
    keys: [
      { keys: '1, 2', does: 'overview, network' },
      { keys: '0', does: 'fit everything' },
      { keys: 'F', does: 'focus on the path' },
      { keys: 'Tab', does: 'next shape in path order' },
      { keys: 'Enter, Esc', does: 'choose a shape, let it go' },
    ],
  },
  {
    group: 'Go to',
    keys: [
      { keys: 'E', does: 'the YAML editor' },
      { keys: 'I', does: 'show or hide walk and packet' },
      { keys: 'G then Y', does: 'the YAML line that decided' },
      { keys: 'Ctrl K', does: 'command menu' },
      { keys: '/', does: 'search for a shape' },
      { keys: '?', does: 'this help' },
      { keys: 'Ctrl M', does: 'in the editor: Tab moves on instead of indenting' },
    ],
  },
]

/** Does a field, the editor or a dialog have the focus, so that letters are text? */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input, textarea, select, [contenteditable], .monaco-editor, [role="dialog"], [role="menu"]') !== null
  )
}

let lastKey = ''

/** Listens for the page's keys. Returns the way to stop. */
export function listenToKeys(): () => void {
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented) return
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  if ((event.ctrlKey || event.metaKey) && key === 'k') {
    event.preventDefault()
    appState().setOverlay('palette')
    return
  }
  if (isTyping(event.target)) return
  // Selecting the whole page selects inside the editor too, which then scrolls away from its text.
  if ((event.ctrlKey || event.metaKey) && key === 'a') event.preventDefault()
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const before = lastKey
  lastKey = key
  const act = before === 'g' && key === 'y' ? goToOrigin : ACTS[key]
  if (!act) return
  event.preventDefault()
  act()
}

const ACTS: Readonly<Record<string, () => void>> = {
  w: () => appState().walkAgain(),
  e: () => {
    appState().setEditorOpen(true)
    appState().focusEditor()
  },
  i: () => appState().setInspectorOpen(!appState().inspectorOpen),
  '?': () => appState().setOverlay('help'),
  '/': () => appState().setOverlay('palette'),
}

function goToOrigin(): void {
  const { walk, frame, revealLine, toast } = appState()
  const event = walk?.records[frame]?.event
  const line = event ? causeOf(event)?.origin?.line : null
  if (line) revealLine(line)
  else toast('No line of the scenario decided this step.')
}
