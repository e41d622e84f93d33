/** Before an audience: the editor steps aside, the path is in focus, words are larger, and Space goes on by one step. */
import { appState } from './store.ts'

/** What is put back afterwards; null: nobody presents. */
let before: { readonly editorOpen: boolean; readonly inspectorOpen: boolean; readonly focusPath: boolean } | null = null

export function isPresenting(): boolean {
  return before !== null
}

/** Begins, or puts everything back. */
export function togglePresenting(): void {
  const { editorOpen, inspectorOpen, focusPath, setEditorOpen, setFocusPath, setInspectorOpen, pause, walk } = appState()
  if (before === null) {
    before = { editorOpen, inspectorOpen, focusPath }
    pause()
    setEditorOpen(false)
    setInspectorOpen(true)
    setFocusPath(walk !== null)
  } else {
    setEditorOpen(before.editorOpen)
    setInspectorOpen(before.inspectorOpen)
    setFocusPath(before.focusPath)
    before = null
  }
  document.documentElement.toggleAttribute('data-presenting', before !== null)
}
