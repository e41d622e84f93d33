import { useVirtualizer } from '@tanstack/react-virtual'
import { CircleAlert, TriangleAlert } from 'lucide-react'
import { type KeyboardEvent, type RefObject, useEffect, useId, useMemo, useRef, useState } from 'react'
import type { Diagnostic } from '../../../engine/kubernetes/diagnostic.ts'
import type { DocumentInfo } from '../../../engine/kubernetes/scenario.ts'
import { documentAt } from '../../store/highlight.ts'
import { appState, useStore } from '../../store/store.ts'
import { SearchField } from '../../ui/search-field.tsx'
import styles from './outline.module.css'
import { matchingDocuments, worstIn } from './outline-rows.ts'

/** The documents of the text, above it: by typing and arrow keys, or by pointing. It stays until it is closed. */
export default function Outline() {
  const documents = useStore((state) => state.documents)
  const diagnostics = useStore((state) => state.diagnostics)
  const current = useStore((state) => documentAt(state.documents, state.cursorLine))
  const [words, setWords] = useState('')
  const [asked, setAsked] = useState<number | null>(null)
  const rows = useMemo(() => matchingDocuments(documents, words), [documents, words])
  const here = current === null ? 0 : Math.max(0, rows.indexOf(current))
  const active = Math.min(asked ?? here, rows.length - 1)
  const id = useId()
  const field = useRef<HTMLDivElement>(null)
  useEffect(() => field.current?.querySelector('input')?.focus(), [])
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = moved(event.key, active, rows.length)
    const row = rows[active]
    if (next !== null) setAsked(next)
    else if (event.key === 'Enter' && row) go(row)
    else if (event.key === 'Escape') close()
    else return
    event.preventDefault()
  }
  return (
    <section className={styles.outline} aria-label="Documents" data-outline>
      <div ref={field} className={styles.filter}>
        <SearchField
          label="Filter the documents"
          placeholder="Kind or name"
          value={words}
          onChange={(typed) => {
            setWords(typed)
            setAsked(typed === '' ? null : 0)
          }}
          onKeyDown={onKeyDown}
          list={{ id, active: rows[active] ? `${id}-${active}` : undefined }}
        />
      </div>
      {rows.length === 0 && <p className={styles.none}>{documents.length === 0 ? 'No documents yet.' : 'No document is called so.'}</p>}
      <Rows id={id} rows={rows} active={active} current={current} diagnostics={diagnostics} />
    </section>
  )
}

function go({ range }: DocumentInfo): void {
  appState().revealLine(range.line)
}

function close(): void {
  appState().setOutlineOpen(false)
  appState().focusEditor()
}

const PAGE = 8

/** Where a key leads in a list; null: nowhere. */
function moved(key: string, from: number, count: number): number | null {
  const by: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE }
  const step = by[key]
  if (step === undefined || count === 0) return null
  return Math.max(0, Math.min(count - 1, from + step))
}

interface RowsProps {
  readonly id: string
  readonly rows: readonly DocumentInfo[]
  readonly active: number
  readonly current: DocumentInfo | null
  readonly diagnostics: readonly Diagnostic[]
}

/** Only rows in view are in the page: a dump has thousands. */
function Rows({ id, rows, active, current, diagnostics }: RowsProps) {
  const box = useRef<HTMLDivElement>(null)
  const list = useRowsInView(box, rows.length, active)
  return (
    <div ref={box} id={id} role="listbox" aria-label="Documents" tabIndex={-1} className={styles.list} hidden={rows.length === 0}>
      <div style={{ position: 'relative', height: list.getTotalSize() }}>
        {list.getVirtualItems().map(({ index, start, size }) => {
          const document = rows[index]
          if (!document) return null
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field above the list hears the keys
            <div
              key={index}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              aria-setsize={rows.length}
              aria-posinset={index + 1}
              aria-current={document === current ? 'location' : undefined}
              className={styles.row}
              style={{ transform: `translateY(${start}px)`, height: size }}
              // The focus stays in the field until the line is shown.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => go(document)}
            >
              <Words document={document} worst={worstIn(document, diagnostics)} />
            </div>
          )
        })}
      </div>
    </div>
  )
}

function useRowsInView(box: RefObject<HTMLDivElement | null>, count: number, active: number) {
  const roomy = useStore((state) => state.density === 'roomy')
  const list = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => (roomy ? 31 : 26),
    overscan: 8,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is a new object each time
  useEffect(() => list.measure(), [roomy])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is a new object each time
  useEffect(() => {
    if (active >= 0) list.scrollToIndex(active, { align: 'auto' })
  }, [active, count])
  return list
}

function Words({
  document: { kind, name, namespace, range },
  worst,
}: {
  readonly document: DocumentInfo
  readonly worst: Diagnostic['severity'] | null
}) {
  return (
    <>
      <span className={styles.kind}>{kind}</span>
      <span className={styles.name} title={name}>
        {name}
      </span>
      {namespace !== null && namespace !== 'default' && <span className={styles.namespace}>{namespace}</span>}
      {worst === 'error' && <CircleAlert size={13} className={styles.error} aria-label="has errors" />}
      {worst === 'warning' && <TriangleAlert size={13} className={styles.warning} aria-label="has warnings" />}
      <span className={styles.line}>
        <span className="visually-hidden">line </span>
        {range.line}
      </span>
    </>
  )
}
