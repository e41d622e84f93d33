/** Zooming in on a kernel strip leads inside; the picture steps back behind the threshold, so that leaving does not lead in again. */
import { useStore as useFlow, useReactFlow } from '@xyflow/react'
import { useEffect } from 'react'
import { appState } from '../../store/store.ts'
import type { Layout, Point, RackShape } from './shapes.ts'

/** Zoom from which a strip is looked into, and the one that is left behind (10 % hysteresis). */
const INSIDE = 2.2
const OUTSIDE = INSIDE * 0.9

export function ZoomInside({ layout }: { readonly layout: Layout }) {
  const near = useFlow((state) => state.transform[2] >= INSIDE)
  const flow = useReactFlow()
  useEffect(() => {
    if (!near || appState().levels === 'stay') return
    const hovered = document.querySelector<HTMLElement>('[data-strip]:hover')?.dataset.strip
    const box = document.querySelector('.react-flow')?.getBoundingClientRect()
    const middle = box && flow.screenToFlowPosition({ x: box.left + box.width / 2, y: box.top + box.height / 2 })
    const rack = layout.racks.find(({ ref }) => ref === hovered) ?? (middle && layout.racks.find((one) => isInStrip(one, middle)))
    if (!rack) return
    void flow.zoomTo(OUTSIDE, { duration: 0 })
    appState().openKernel(rack.ref)
  }, [near, flow, layout])
  return null
}

function isInStrip({ strip }: RackShape, { x, y }: Point): boolean {
  return x >= strip.x && x <= strip.x + strip.width && y >= strip.y && y <= strip.y + strip.height
}
