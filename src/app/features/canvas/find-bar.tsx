/** The search of the picture: every hit is ringed, the one that is shown stronger. */
import { useReactFlow } from '@xyflow/react'
import { ChevronDown, ChevronUp, Search as Lens, X } from 'lucide-react'
import { type KeyboardEvent, memo, useEffect, useRef } from 'react'
import { closeSearch, goToHit, searchFor } from '../../store/searching.ts'
import { useStore } from '../../store/store.ts'
import { Button } from '../../ui/button.tsx'
import styles from './find-bar.module.css'
import { rectOf } from './layout.ts'
import type { Layout, Rect } from './shapes.ts'
import { bottom, right } from './shapes.ts'

export function FindBar({ layout }: { readonly layout: Layout }) {
  const search = useStore((state) => state.search)
  const field = useRef<HTMLInputElement>(null)
  const hit = search?.hits[search.at]
  useInView(hit === undefined ? null : rectOf(layout, hit))
  const asked = search?.asked ?? null
  useEffect(() => {
    if (asked === null) return
    field.current?.focus()
    field.current?.select()
  }, [asked])
  if (search === null) return null
  const { text, hits, at } = search
  return (
    <search className={styles.bar} aria-label="Find in the picture" data-over>
      <Lens size={15} aria-hidden />
      <input
        ref={field}
        aria-label="Find in the picture"
        placeholder="Name, address, workload"
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => searchFor(event.target.value)}
        onKeyDown={goThrough}
      />
      <output aria-live="polite">{text.trim() === '' ? '' : hits.length === 0 ? 'none' : `${at + 1} of ${hits.length}`}</output>
      <Button look="icon" aria-label="Hit before" title="Hit before (Shift Enter)" disabled={hits.length < 2} onClick={() => goToHit(-1)}>
        <ChevronUp size={16} aria-hidden />
      </Button>
      <Button look="icon" aria-label="Next hit" title="Next hit (Enter)" disabled={hits.length < 2} onClick={() => goToHit(1)}>
        <ChevronDown size={16} aria-hidden />
      </Button>
      <Button look="icon" aria-label="Close the search" title="Close (Esc)" onClick={closeSearch}>
        <X size={16} aria-hidden />
      </Button>
    </search>
  )
}

function goThrough(event: KeyboardEvent): void {
  const { key, shiftKey } = event
  if (key === 'Escape') closeSearch()
  else if (key === 'Enter') goToHit(shiftKey ? -1 : 1)
  else if (key === 'ArrowDown' || key === 'ArrowUp') goToHit(key === 'ArrowDown' ? 1 : -1)
  else return
  event.preventDefault()
}

/** Of the view: a hit nearer to an edge is brought to the middle. */
const MARGIN = 4

/** Moves the view to a rectangle that is not all in it; the zoom stays. */
function useInView(rect: Rect | null): void {
  const flow = useReactFlow()
  const { x = 0, y = 0, width = 0, height = 0 } = rect ?? {}
  const is = rect !== null
  useEffect(() => {
    if (!is) return
    const box = document.querySelector('.react-flow')?.getBoundingClientRect()
    if (!box) return
    const { x: left, y: top, zoom } = flow.getViewport()
    const [from, to] = [
      { x: x * zoom + left, y: y * zoom + top },
      { x: (x + width) * zoom + left, y: (y + height) * zoom + top },
    ]
    const isInside = from.x >= MARGIN && from.y >= MARGIN && to.x <= box.width - MARGIN && to.y <= box.height - MARGIN
    const isLarge = to.x - from.x > box.width || to.y - from.y > box.height
    if (!isInside && !isLarge) void flow.setCenter(x + width / 2, y + height / 2, { zoom, duration: 0 })
  }, [flow, is, x, y, width, height])
}

interface Ring {
  readonly ref: string
  readonly rect: Rect
  readonly current: boolean
}

/** Where the rings are: what is hidden in a collapsed shape rings that shape. */
export function ringsOf(layout: Layout, hits: readonly string[], at: number): readonly Ring[] {
  const rings = hits.flatMap((ref, index) => {
    const rect = rectOf(layout, ref)
    return rect === null ? [] : [{ ref, rect, current: index === at }]
  })
  // The one that is shown lies above the others.
  return rings.sort((a, b) => Number(a.current) - Number(b.current))
}

/** Px between a shape and its ring. */
const OFF = 4

export const RingsView = memo(function RingsView({ data }: { readonly data: { readonly rings: readonly Ring[] } }) {
  return (
    <svg className={styles.rings} aria-hidden="true">
      {data.rings.map(({ ref, rect, current }) => (
        <g key={ref} data-hit={ref} data-current={current || undefined}>
          <Around rect={rect} className={styles.casing} />
          <Around rect={rect} className={styles.ring} />
        </g>
      ))}
    </svg>
  )
})

function Around({ rect, className }: { readonly rect: Rect; readonly className: string | undefined }) {
  const [width, height] = [right(rect) - rect.x + 2 * OFF, bottom(rect) - rect.y + 2 * OFF]
  return <rect className={className} x={rect.x - OFF} y={rect.y - OFF} width={width} height={height} rx={rect.width < 40 ? 6 : 11} />
}
