import { ChevronDown, ChevronLeft, ChevronRight } from 'lucide-react'
import { lazy, Suspense, useRef } from 'react'
import { keepCopy, openOwnWork } from '../../store/opening.ts'
import { appState, useStore } from '../../store/store.ts'
import { Button } from '../../ui/button.tsx'
import styles from './editor-pane.module.css'
import { PlainEditor } from './plain-editor.tsx'
import { Problems } from './problems.tsx'
import { useMonaco } from './use-monaco.ts'

const Outline = lazy(() => import('./outline.tsx'))

/** The scenario's text: a plain field at once, the full editor in its place when it has loaded. */
export function EditorPane() {
  const open = useStore((state) => state.editorOpen)
  const documents = useStore((state) => state.documents.length)
  const outline = useStore((state) => state.outlineOpen)
  const title = useStore((state) => state.title)
  // Before there is a text there is no field: what came later would take the place of what was typed.
  const isThere = useStore((state) => state.opened > 0)
  const place = useRef<HTMLDivElement>(null)
  const ready = useMonaco(place)
  const count = `${documents} ${documents === 1 ? 'document' : 'documents'}`
  return (
    <section className={styles.pane} aria-label="Scenario" data-folded={!open || undefined}>
      <div className={styles.folded}>
        <Button look="icon" aria-label="Unfold the scenario" onClick={() => appState().setEditorOpen(true)}>
          <ChevronRight size={16} aria-hidden />
        </Button>
        <span>
          {title} · {count}
        </span>
      </div>
      <header className={styles.header}>
        <h2>Scenario</h2>
        <Button
          look="ghost"
          className={styles.count}
          aria-expanded={outline}
          title="List of documents (G then D)"
          onClick={() => appState().setOutlineOpen(!outline)}
        >
          <span>
            {documents} <span className={styles.word}>{documents === 1 ? 'document' : 'documents'}</span>
          </span>
          <ChevronDown size={14} aria-hidden />
        </Button>
        <Button look="icon" className={styles.fold} aria-label="Fold the scenario" onClick={() => appState().setEditorOpen(false)}>
          <ChevronLeft size={16} aria-hidden />
        </Button>
      </header>
      <NotSaved />
      {outline && (
        <Suspense fallback={null}>
          <Outline />
        </Suspense>
      )}
      <div className={styles.body}>
        <div ref={place} className={`nokey ${styles.monaco}`} data-ready={ready || undefined} />
        {isThere && !ready && <PlainEditor />}
      </div>
      <Problems />
    </section>
  )
}

/** Says that a link shows somebody else's scenario, and the ways on from there. */
function NotSaved() {
  const source = useStore((state) => state.source)
  if (source !== 'link') return null
  return (
    <div className={styles.notice} role="note">
      <p>Opened from a link, not saved. Your own work is untouched; an edit makes this a copy of your own.</p>
      <Button onClick={openOwnWork}>Back to mine</Button>
      <Button onClick={keepCopy}>Keep a copy</Button>
    </div>
  )
}
