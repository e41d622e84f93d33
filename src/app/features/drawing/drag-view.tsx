/** What a drag looks like: the thing at the pointer, the line to it, the lasso. */
import { shortRef } from '../../store/references.ts'
import type { Drag } from './drags.ts'
import styles from './drawing.module.css'
import { linkWords } from './links.ts'
import { ToolIcon } from './tool-icons.tsx'

export function DragView({ drag }: { readonly drag: Drag }) {
  const { dragged, from, to, target, slot } = drag
  if (dragged.kind === 'lasso') {
    const [left, top] = [Math.min(from.x, to.x), Math.min(from.y, to.y)]
    return <div className={styles.lasso} style={{ left, top, width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) }} />
  }
  return (
    <>
      {dragged.kind === 'link' && (
        <svg className={styles.line} aria-hidden="true">
          <line x1={from.x} y1={from.y} x2={to.x} y2={to.y} data-lands={target !== null || undefined} />
          <circle cx={to.x} cy={to.y} r="5" />
        </svg>
      )}
      {slot && (
        <div
          className={styles.guide}
          data-testid="guide"
          style={{ left: slot.guide.x - 2, top: slot.guide.top, height: slot.guide.bottom - slot.guide.top }}
        />
      )}
      <div className={styles.ghost} style={{ left: to.x + 14, top: to.y + 10 }}>
        {dragged.kind === 'tool' && <ToolIcon what={dragged.what} />}
        {wordsOf(drag)}
      </div>
    </>
  )
}

function wordsOf({ dragged, target, slot }: Drag): string {
  if (slot && 'ref' in dragged)
    return slot.before === null ? `${shortRef(dragged.ref)}: last` : `${shortRef(dragged.ref)}: before ${shortRef(slot.before)}`
  switch (dragged.kind) {
    case 'tool':
      return target === null ? dragged.name : `${dragged.name} on ${shortRef(target)}`
    case 'pod':
      return target === null ? shortRef(dragged.ref) : `${shortRef(dragged.ref)} to ${shortRef(target)}`
    case 'node':
      return shortRef(dragged.ref)
    case 'link':
      return target === null
        ? `${shortRef(dragged.from)} → …`
        : `${shortRef(dragged.from)} → ${shortRef(target)}: ${linkWords(dragged.from, target)}`
    case 'lasso':
      return ''
  }
}
