/**
 * The shapes of the picture, in React Flow's viewport but not as its nodes: those are measured, watched and asked again with each movement of the
 * view, for dragging and linking that we do ourselves. See docs/decisions/008-many-of-everything.md.
 */
import { useStore as useFlow, ViewportPortal } from '@xyflow/react'
import { type ComponentType, memo, useMemo } from 'react'
import type { Placed, PlacedAs, PlacedShapes } from './placed-shapes.ts'
import { isSameData } from './same-data.ts'
import styles from './shape-frame.module.css'
import type { Rect } from './shapes.ts'
import { type ShapeData, type ShapeKind, VIEWS } from './views.ts'

/** Shapes beyond which only those in view are kept in the page. */
const MANY_SHAPES = 900
/** Steps in which the view is followed then, canvas units. */
const STEP = 64

export function ShapeSheet({ placed }: { readonly placed: PlacedShapes }) {
  const isMany = placed.count > MANY_SHAPES
  // In words, since it is asked for with every frame of a pan: equal words draw nothing.
  const view = useFlow(({ transform, width, height }) => (isMany ? viewWords(transform, { width, height }) : ''))
  const shown = useMemo(() => placed.within(view === '' ? null : rectIn(view)), [placed, view])
  return (
    <ViewportPortal>
      {shown.map((one) => (
        <PlacedShape key={`${one.kind} ${one.id}`} placed={one} />
      ))}
    </ViewportPortal>
  )
}

/** Placed by its edges: a thousand transforms would be sorted into layers anew by the browser whenever anything on the page moves. */
const PlacedShape = memo(
  function PlacedShape({ placed }: { readonly placed: Placed }) {
    const { rect, z } = placed
    return (
      <div className={styles.placed} style={{ left: rect.x, top: rect.y, width: rect.width, height: rect.height, zIndex: z }}>
        {viewOf(placed)}
      </div>
    )
  },
  (before, now) => isSameData(before.placed, now.placed),
)

function viewOf<Kind extends ShapeKind>({ kind, data }: PlacedAs<Kind>) {
  const View: ComponentType<{ readonly data: ShapeData[Kind] }> = VIEWS[kind]
  return <View data={data} />
}

/** What is in view, in whole steps. */
function viewWords(
  [x, y, zoom]: readonly [number, number, number],
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const [left, top] = [before(-x / zoom), before(-y / zoom)]
  return [left, top, after((width - x) / zoom) - left, after((height - y) / zoom) - top].join(' ')
}

function before(at: number): number {
  return Math.floor(at / STEP) * STEP
}

function after(at: number): number {
  return Math.ceil(at / STEP) * STEP
}

function rectIn(words: string): Rect {
  const [x = 0, y = 0, width = 0, height = 0] = words.split(' ').map(Number)
  return { x, y, width, height }
}
