/** What every shape has in common: its reference, its name for readers, focus, and selection. */
import type { CSSProperties, KeyboardEvent, MouseEvent, ReactNode } from 'react'
import { lookInside } from '../../store/namespaces.ts'
import { appState } from '../../store/store.ts'
import type { Look } from './looks.ts'
import styles from './shape-frame.module.css'

export interface ShapeProps {
  /** `data-testid` and what is selected. */
  readonly shapeRef: string
  /** Full name for readers: "pod webapp, 10.244.1.2, on worker-1". */
  readonly label: string
  readonly look: Look
  readonly className?: string | undefined
  readonly style?: CSSProperties | undefined
  readonly title?: string | undefined
  /** Too small to draw a line from. */
  readonly tiny?: boolean
  readonly children?: ReactNode
}

/** Shapes that lines can be drawn from. */
const LINKED = /^((pod|service|host|node|network)\/|(internet|gateway)$)/

/** With Shift it is one more, or one less, of those that are chosen. */
function choose({ shiftKey }: MouseEvent | KeyboardEvent, ref: string): void {
  if (shiftKey) appState().toggleSelected(ref)
  else appState().select(ref)
}

/** Names are typed over where they stand; other parts of a pod open it. */
function isName({ target }: MouseEvent): boolean {
  return target instanceof Element && target.closest('b') !== null
}

/** A focusable, selectable shape. Arrows move to neighbours (handled by the canvas); Enter selects, and once more looks inside. */
export function Shape({ shapeRef, label, look, className, style, title, tiny = false, children }: ShapeProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    if (look.selected && !event.shiftKey) lookInside(shapeRef)
    else choose(event, shapeRef)
  }
  const hue = look.hue ? ({ '--hue': `var(--${look.hue})` } as CSSProperties) : undefined
  const place = look.place === null ? '' : `, place ${look.place} of ${look.places} on the path`
  return (
    // biome-ignore lint/a11y/useSemanticElements: shapes hold blocks, which a button element may not
    <div
      role="button"
      tabIndex={0}
      className={`${styles.shape} ${className ?? ''}`}
      style={{ ...style, ...hue }}
      data-testid={shapeRef}
      data-shape
      data-hue={look.hue ?? undefined}
      data-faded={look.faded || undefined}
      data-place={look.place ?? undefined}
      data-selected={look.selected || undefined}
      aria-label={label + place}
      aria-pressed={look.selected}
      title={title}
      onClick={(event) => choose(event, shapeRef)}
      onDoubleClick={(event) => (shapeRef.startsWith('pod/') && !isName(event) ? lookInside(shapeRef) : appState().setRenaming(shapeRef))}
      onKeyDown={onKeyDown}
    >
      {children}
      {!tiny && LINKED.test(shapeRef) && <span className={styles.handle} data-handle={shapeRef} aria-hidden="true" />}
    </div>
  )
}
