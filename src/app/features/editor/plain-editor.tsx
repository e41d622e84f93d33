import { type KeyboardEvent, useEffect, useRef } from 'react'
import { appState, useStore } from '../../store/store.ts'
import { changeBetween, lineAt, offsetOfLine } from '../../store/text.ts'
import styles from './editor-pane.module.css'

/** Ctrl-Z here is that of the text, not of the field. */
function takeSteps(event: KeyboardEvent): void {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || !/^[zy]$/i.test(event.key)) return
  event.preventDefault()
  if (event.key.toLowerCase() === 'y' || event.shiftKey) appState().redo()
  else appState().undo()
}

/** The text before the full editor has loaded: a field that edits the same text. */
export function PlainEditor() {
  const text = useStore((state) => state.text)
  const focusAsked = useStore((state) => state.editorFocus)
  const reveal = useStore((state) => state.reveal)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    if (focusAsked > 0) field.current?.focus()
  }, [focusAsked])
  useEffect(() => {
    if (reveal === null || field.current === null) return
    const offset = offsetOfLine(appState().text, reveal.line)
    field.current.focus()
    field.current.setSelectionRange(offset, offset)
  }, [reveal])
  return (
    <textarea
      ref={field}
      className={styles.plain}
      aria-label="Scenario text"
      spellCheck={false}
      autoComplete="off"
      wrap="off"
      value={text}
      onChange={(event) => appState().edit([changeBetween(appState().text, event.target.value)], 'typed')}
      onKeyDown={takeSteps}
      onSelect={(event) => appState().setCursorLine(lineAt(event.currentTarget.value, event.currentTarget.selectionStart))}
    />
  )
}
