/** Where in the picture the view is, while the picture is larger than it: machines only, so that it costs the same with thousands of pods. */
import { useStore as useFlow, useReactFlow } from '@xyflow/react'
import { memo, type PointerEvent } from 'react'
import { appState, useStore } from '../../store/store.ts'
import styles from './canvas.module.css'
import { boundsOf } from './layout.ts'
import type { Look } from './looks.ts'
import type { Layout, Rect } from './shapes.ts'

/** Px, at most. */
const WIDTH = 168
const HEIGHT = 112
/** Of the picture: when less than this is in view, there is something to find. */
const ENOUGH = 0.7

interface MinimapProps {
  readonly layout: Layout
  readonly look: (ref: string) => Look
}

export function Minimap({ layout, look }: MinimapProps) {
  const wanted = useStore((state) => state.minimap === 'fitting')
  const { x, y, width, height } = boundsOf(layout)
  // In words, since it is asked for with every frame of a pan: equal words draw nothing.
  const view = useFlow(({ transform, width: wide, height: high }) => {
    const zoom = transform[2]
    const rect = { x: -transform[0] / zoom, y: -transform[1] / zoom, width: wide / zoom, height: high / zoom }
    return partIn({ x, y, width, height }, rect) < ENOUGH ? wordsOf(rect) : ''
  })
  const flow = useReactFlow()
  if (!wanted || view === '' || width === 0 || height === 0) return null
  const scale = Math.min(WIDTH / width, HEIGHT / height)
  const [left = 0, top = 0, wide = 0, high = 0] = view.split(' ').map(Number)
  const go = (event: PointerEvent<SVGSVGElement>): void => {
    const box = event.currentTarget.getBoundingClientRect()
    const at = { x: x + (event.clientX - box.left) / scale, y: y + (event.clientY - box.top) / scale }
    appState().setCameraFollows(false)
    void flow.setCenter(at.x, at.y, { zoom: flow.getZoom(), duration: 0 })
  }
  return (
    <svg
      className={styles.minimap}
      data-over
      role="img"
      aria-label="Minimap: the part of the picture that is in view"
      data-testid="minimap"
      width={Math.round(width * scale)}
      height={Math.round(height * scale)}
      viewBox={`${x} ${y} ${width} ${height}`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        go(event)
      }}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && go(event)}
    >
      <Machines layout={layout} look={look} />
      <rect className={styles.inView} x={left} y={top} width={wide} height={high} />
    </svg>
  )
}

const Machines = memo(function Machines({ layout, look }: MinimapProps) {
  return [...layout.racks, ...layout.cards, ...layout.boxes].map(({ ref, rect }) => (
    <rect key={ref} {...rect} rx={8} data-path={look(ref).place !== null || undefined} vectorEffect="non-scaling-stroke" />
  ))
})

function wordsOf(rect: Rect): string {
  return [rect.x, rect.y, rect.width, rect.height].map(Math.round).join(' ')
}

/** How much of a rectangle lies in another. */
function partIn(whole: Rect, view: Rect): number {
  const width = Math.min(whole.x + whole.width, view.x + view.width) - Math.max(whole.x, view.x)
  const height = Math.min(whole.y + whole.height, view.y + view.height) - Math.max(whole.y, view.y)
  return width > 0 && height > 0 ? (width * height) / (whole.width * whole.height) : 0
}
