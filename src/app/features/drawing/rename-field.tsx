import { useState } from 'react'
import { gesture } from '../../store/drawing.ts'
import { shortRef } from '../../store/references.ts'
import { appState } from '../../store/store.ts'
import styles from './drawing.module.css'
import { nameToType } from './links.ts'

/** The name of a shape, typed over in its place: Enter takes it, Escape leaves it as it was. */
export function RenameField({ shape, box }: { readonly shape: string; readonly box: DOMRect }) {
  const before = nameToType(shape, appState().topology)
  const [name, setName] = useState(before)
  const close = (): void => appState().setRenaming(null)
  const commit = (): void => {
    close()
    if (name.trim() !== '' && name !== before) void gesture({ kind: 'rename', ref: shape, name: name.trim() })
  }
  return (
    <input
      className={styles.rename}
      style={{ left: box.left + 6, top: box.top + 5, width: Math.max(96, Math.min(220, box.width - 12)) }}
      aria-label={`New name of ${shortRef(shape)}`}
      // biome-ignore lint/a11y/noAutofocus: it opens because the user asked to type here
      autoFocus
      spellCheck={false}
      autoComplete="off"
      value={name}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setName(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit()
        else if (event.key === 'Escape') close()
        else return
        event.preventDefault()
        event.stopPropagation()
      }}
    />
  )
}
