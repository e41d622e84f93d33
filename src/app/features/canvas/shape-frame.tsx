/** What every shape has in common: its reference, its name for readers, focus, and selection. */
import type { CSSProperties, KeyboardEvent, ReactNode } from 'react'
import { lookInside } from '../../store/namespaces.ts'
import { appState } from '../../store/store.ts'
import type { Look } from './looks.ts'
import styles from './shapes.module.css'

export interface ShapeProps {
  /** `data-testid` and what is selected. */
  readonly shapeRef: string
  /** Full name for readers: "pod webapp, 10.244.1.2, on worker-1". */
  readonly label: string
  readonly look: Look
  readonly className?: string | undefined
  readonly style?: CSSProperties | undefined
  readonly title?: string | undefined
  readonly children?: ReactNode
}

/** A focusable, selectable shape. Arrows move to neighbours (handled by the canvas); Enter selects, and once more looks inside. */
export function Shape({ shapeRef, label, look, className, style, title, children }: ShapeProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    if (look.selected) lookInside(shapeRef)
    else appState().select(shapeRef)
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
      onClick={() => appState().select(shapeRef)}
      onKeyDown={onKeyDown}
    >
      {children}
    </div>
  )
}
