/** The level follows the zoom, if the user lets it: with the wheel, a pinch, the buttons and the keys. */
import { useReactFlow } from '@xyflow/react'
import { type RefObject, useCallback, useEffect, useRef } from 'react'
import type { Topology } from '../../../engine/simulation/topology.ts'
import { onCanvasCommand } from '../../store/playback.ts'
import { appState, useStore } from '../../store/store.ts'
import type { Layout, Point } from './shapes.ts'
import { anchorAt, cardShare, frameAt, levelAfter, NEAR, zoomAfter } from './zoom-levels.ts'

/** Of the zoom, with each press. */
const STEP = 1.2
/** As far as one can zoom in, where no level begins farther on. */
const MOST = 3

export interface ZoomLevels {
  /** A gesture has moved the view. */
  readonly onMove: (event: MouseEvent | TouchEvent | null, view: { readonly zoom: number }) => void
  /** One press of a button or a key. */
  readonly zoomBy: (direction: 1 | -1) => void
  readonly maxZoom: number
}

export function useZoomLevels(topology: Topology, layout: Layout, wrapper: RefObject<HTMLElement | null>): ZoomLevels {
  const flow = useReactFlow()
  const arrangement = useStore((state) => state.arrangement)
  const share = cardShare(topology, arrangement)
  const last = useRef<number | null>(null)
  const check = useCallback(
    (zoom: number, at: Point | null) => {
      const before = last.current ?? zoom
      last.current = zoom
      const { level, levels, setLevel } = appState()
      const box = wrapper.current?.getBoundingClientRect()
      const next = levels === 'follow' && layout.level === level ? levelAfter(level, before, zoom, share) : null
      if (next === null || !box) return
      const on = at === null ? { x: box.width / 2, y: box.height / 2 } : { x: at.x - box.left, y: at.y - box.top }
      const anchor = anchorAt(layout, flow.screenToFlowPosition({ x: on.x + box.left, y: on.y + box.top }))
      if (anchor !== null) frameAt({ level: next, anchor, on, zoom: zoomAfter(next, zoom, share) })
      last.current = null
      setLevel(next)
    },
    [flow, layout, share, wrapper],
  )
  const onMove = useCallback<ZoomLevels['onMove']>(
    (event, { zoom }) => {
      if (event === null) last.current = zoom
      else check(zoom, 'clientX' in event ? { x: event.clientX, y: event.clientY } : null)
    },
    [check],
  )
  const maxZoom = layout.level === 'overview' ? Math.max(MOST, (1.1 * NEAR) / share) : MOST
  const zoomBy = useCallback(
    (direction: 1 | -1) => {
      const zoom = flow.getZoom()
      last.current = zoom
      const next = Math.min(maxZoom, direction > 0 ? zoom * STEP : zoom / STEP)
      void flow.zoomTo(next, { duration: 0 }).then(() => {
        last.current = zoom
        check(flow.getZoom(), null)
      })
    },
    [flow, check, maxZoom],
  )
  useEffect(
    () =>
      onCanvasCommand((command) => {
        if (command === 'zoom-in') zoomBy(1)
        else if (command === 'zoom-out') zoomBy(-1)
      }),
    [zoomBy],
  )
  return { onMove, zoomBy, maxZoom }
}
