/** What of the picture is on screen at first, and on request. */
import { useStore as useFlow, useReactFlow } from '@xyflow/react'
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { onCanvasCommand } from '../../store/playback.ts'
import { reducesMotion } from '../../store/settings.ts'
import type { Level } from '../../store/state.ts'
import { appState } from '../../store/store.ts'
import { boundsOf, rectOf } from './layout.ts'
import type { Look } from './looks.ts'
import type { Layout, Rect } from './shapes.ts'
import { takeFrame } from './zoom-levels.ts'

const MARGIN = 16
/** Most px above a picture that leaves room: small overviews stand in the middle. */
const MOST_TOP = 90
/** Below the picture; the buttons stand left of the gateway, where nothing is drawn. */
const FOOT = 6
/** The same where hosts hang above the buttons. */
const FOOT_UNDER_HOSTS = 56
/** More pods than this are looked at whole as an overview; the network shows the part of it around the path. */
const MANY_PODS = 600
/** The farthest that many pods are looked at from; farther away the overview takes over. */
const NEAR = 0.45

function isVast(layout: Layout): boolean {
  return layout.level === 'network' && layout.racks.reduce((pods, rack) => pods + rack.pods.length, 0) > MANY_PODS
}

/** How far out the picture can be zoomed. */
export function leastZoom(layout: Layout): number {
  return isVast(layout) ? NEAR * 0.9 : 0.1
}

/** Frames the picture when it first has a size, when its bounds change, and on request. False: it is not yet in the view that it will be seen in. */
export function useFraming(layout: Layout, look: (ref: string) => Look): boolean {
  const flow = useReactFlow()
  const width = useFlow((state) => state.width)
  const height = useFlow((state) => state.height)
  const foot = layout.boxes.some((box) => box.kind === 'host') ? FOOT_UNDER_HOSTS : FOOT
  const vast = isVast(layout)
  const least = vast ? NEAR : 0.1
  const highest = layout.level === 'overview' ? MOST_TOP : 10
  const frame = useCallback(
    (rect: Rect, most: number) => {
      if (width === 0 || height === 0) return
      const zoom = Math.max(least, Math.min(most, (width - 2 * MARGIN) / rect.width, (height - foot) / rect.height))
      const x = (width - rect.width * zoom) / 2 - rect.x * zoom
      const y = Math.max(0, Math.min(highest, (height - rect.height * zoom) / 2)) - rect.y * zoom
      void flow.setViewport({ x: Math.round(x), y: Math.round(y), zoom })
    },
    [flow, width, height, foot, highest, least],
  )
  const whole = vast ? firstRack(layout, look) : boundsOf(layout)
  const most = layout.level === 'overview' ? 1.6 : 1.15
  const present = useRef(layout)
  present.current = layout
  const { level } = layout
  const hasSize = width > 0 && height > 0
  const [framedLevel, setFramedLevel] = useState<Level | null>(null)
  useLayoutEffect(() => {
    const view = takeFrame(present.current)
    if (view === null) frame({ x: whole.x, y: whole.y, width: whole.width, height: whole.height }, most)
    else {
      void flow.setViewport(view)
      appear()
    }
    if (hasSize) setFramedLevel(level)
  }, [flow, frame, whole.x, whole.y, whole.width, whole.height, most, hasSize, level])
  useEffect(
    () =>
      onCanvasCommand((command) => {
        if (command === 'zoom-in' || command === 'zoom-out') return
        const path = command === 'focus-path' ? pathBounds(layout, look) : null
        if (path) frame(path, 1.6)
        else if (vast) appState().setLevel('overview')
        else frame(boundsOf(layout), most)
      }),
    [frame, layout, look, most, vast],
  )
  const far = useFlow((state) => vast && state.transform[2] < NEAR * 0.95)
  useEffect(() => {
    if (far) appState().setLevel('overview')
  }, [far])
  return framedLevel === level
}

/** Ms in which another level comes into sight. */
const APPEAR_MS = 180

/** Zooming has led to another level: its shapes come into sight where the others were. */
function appear(): void {
  if (!reducesMotion())
    document
      .querySelector('.react-flow__viewport')
      ?.animate([{ opacity: 0.25 }, { opacity: 1 }], { duration: APPEAR_MS, easing: 'ease-out' })
}

/** The node that the path begins in. */
function firstRack(layout: Layout, look: (ref: string) => Look): Rect {
  const places = layout.racks.flatMap(({ ref, rect }) => {
    const { place } = look(ref)
    return place === null ? [] : [{ place, rect }]
  })
  return places.sort((a, b) => a.place - b.place)[0]?.rect ?? layout.racks[0]?.rect ?? boundsOf(layout)
}

/** The rectangle around every shape on the path. */
function pathBounds(layout: Layout, look: (ref: string) => Look): Rect | null {
  const refs = [...layout.racks, ...layout.cards, ...layout.boxes].map((shape) => shape.ref)
  const services = layout.services.filter((shape) => shape.focused).map((shape) => shape.rect)
  const rects = refs.flatMap((ref) => (look(ref).place === null ? [] : [rectOf(layout, ref)])).filter((rect) => rect !== null)
  if (rects.length === 0) return null
  rects.push(...services)
  const x = Math.min(...rects.map((rect) => rect.x))
  const y = Math.min(...rects.map((rect) => rect.y))
  const bars = layout.segments.flatMap((segment) => segment.bars.map((bar) => bar.y + 34))
  const end = Math.max(...rects.map((rect) => rect.y + rect.height), ...bars.filter((bar) => bar < layout.height))
  return { x: x - 8, y: y - 8, width: Math.max(...rects.map((rect) => rect.x + rect.width)) - x + 16, height: end - y + 16 }
}
