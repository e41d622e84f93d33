/** "Marks": which kinds of moments the timeline marks, and how near it is looked at. */
import { ListFilter } from 'lucide-react'
import { MARK_KINDS, showAllMarks, timelineMarks, toggleMarks, useTimelineMarks, ZOOMS, zoomTimeline } from '../../store/timeline-marks.ts'
import { LazyMenu } from '../../ui/lazy-menu.tsx'
import type { MenuEntry } from '../../ui/menu.tsx'
import styles from './transport.module.css'

export function MarksMenu() {
  const hidden = useTimelineMarks((state) => state.hidden)
  useTimelineMarks((state) => state.zoom)
  const words = hidden.length === 0 ? 'all' : `${MARK_KINDS.length - hidden.length} of ${MARK_KINDS.length} kinds`
  return (
    <LazyMenu
      look="ghost"
      align="end"
      className={styles.marks}
      aria-label={`Marks: ${words}`}
      title="What the timeline marks, and how near it is"
      data-some={hidden.length > 0 || undefined}
      entries={entriesOf}
    >
      <ListFilter size={15} aria-hidden />
      <span>Marks</span>
    </LazyMenu>
  )
}

function entriesOf(): readonly MenuEntry[] {
  const { hidden, zoom } = timelineMarks()
  return [
    { kind: 'heading', label: 'Moments that are marked' },
    ...MARK_KINDS.map(
      (kind) => ({ kind: 'item', label: kind, checked: !hidden.includes(kind), onSelect: () => toggleMarks(kind) }) as const,
    ),
    { kind: 'item', label: 'Mark everything', disabled: hidden.length === 0, onSelect: showAllMarks },
    { kind: 'line' },
    { kind: 'item', label: 'Timeline nearer', shortcut: 'Ctrl scroll', disabled: zoom === ZOOMS.at(-1), onSelect: () => zoomTimeline(1) },
    { kind: 'item', label: 'Timeline farther', disabled: zoom === ZOOMS[0], onSelect: () => zoomTimeline(-1) },
    { kind: 'item', label: 'Timeline as at first', disabled: zoom === 1, onSelect: () => zoomTimeline(0) },
  ]
}
