/** The one canvas over the shapes: path, packets and numbers, drawn from the playhead. Nothing is drawn while nothing changes. */
import { useReactFlow, useStoreApi } from '@xyflow/react'
import { useEffect, useMemo, useRef } from 'react'
import type { TraceRecord } from '../../../engine/simulation/trace.ts'
import type { Frames } from '../../store/frames.ts'
import type { Identities } from '../../store/identities.ts'
import { currentPlayhead, onPlayhead, type Playhead, sharedTime, stepsBeyond } from '../../store/playback.ts'
import { reducesMotion } from '../../store/settings.ts'
import { appState, useStore } from '../../store/store.ts'
import type { Palette, Token } from './brush.ts'
import styles from './canvas.module.css'
import { drawScene } from './draw.ts'
import { followed } from './follow-camera.ts'
import { leaderEnd, placeLabel } from './label-place.ts'
import { PacketLabel } from './packet-label.tsx'
import { offsetLine } from './path.ts'
import { type Scene, sceneMaker, type WalkMark } from './scene.ts'
import { type Beside, withOthers } from './scene-together.ts'
import type { Layout, Point, Rect } from './shapes.ts'

const TOKENS: readonly Token[] = [
  ...(['id-1', 'id-2', 'id-3', 'id-4', 'id-5', 'id-svc', 'id-node'] as const),
  ...(['bg', 'panel', 'ink', 'ink-2', 'ink-3', 'on-ink', 'stroke', 'rewrite', 'drop', 'knock'] as const),
]

export interface OverlayProps {
  readonly layout: Layout
  readonly frames: Frames
  readonly records: readonly TraceRecord[]
  readonly identities: Identities
  /** Index of the moment whose label is shown; −1 for none. */
  readonly shown: number
  /** Which it is of several walks; null: it is alone. */
  readonly own: WalkMark | null
  readonly others: readonly Beside[]
}

export function Overlay({ layout, frames, records, identities, shown, own, others }: OverlayProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const label = useRef<HTMLDivElement>(null)
  const flow = useStoreApi()
  const { setViewport } = useReactFlow()
  const follows = useStore((state) => state.cameraFollows)
  const redraw = useRef(() => {})
  const make = useMemo(() => {
    const focused = sceneMaker({ layout, frames, records, identities, hue: own?.hue ?? null })
    return (head: Playhead, still: boolean): Scene => {
      const scene = focused(still ? { ...head, fraction: 0 } : head)
      if (own === null) return scene
      const time = sharedTime()
      return withOthers(
        scene,
        own,
        others.map((beside) => ({ beside, scene: beside.at(time, still) })),
      )
    }
  }, [layout, frames, records, identities, own, others])
  useEffect(() => {
    const element = canvas.current
    const context = element?.getContext('2d')
    if (!element || !context) return
    const { schedule, stop } = keepDrawn({ element, context, make, layout, flow, setViewport, label })
    redraw.current = schedule
    return stop
  }, [make, flow, layout, setViewport])
  useEffect(() => {
    if (follows) redraw.current()
  }, [follows])
  useEffect(() => redraw.current())
  const moment = frames.moments[shown]
  const record = moment && records[moment.n]
  return (
    <>
      <canvas
        ref={canvas}
        className={styles.overlay}
        role="img"
        aria-label="The packet and its path; the list of steps tells them in words"
      />
      {moment && record && <PacketLabel ref={label} record={record} moment={moment} identities={identities} />}
    </>
  )
}

interface Stage {
  readonly element: HTMLCanvasElement
  readonly context: CanvasRenderingContext2D
  readonly make: (head: Playhead, still: boolean) => Scene
  readonly layout: Layout
  readonly flow: ReturnType<typeof useStoreApi>
  readonly setViewport: ReturnType<typeof useReactFlow>['setViewport']
  readonly label: { readonly current: HTMLDivElement | null }
}

/** Draws again when the playhead, the camera or the colours change, once a frame at most. */
function keepDrawn(stage: Stage): { readonly schedule: () => void; readonly stop: () => void } {
  let handle = 0
  const schedule = () => {
    if (handle !== 0) return
    handle = requestAnimationFrame(() => {
      handle = 0
      drawOn(stage, paletteOf(stage.element), reducesMotion())
    })
  }
  const themes = new MutationObserver(schedule)
  themes.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  DARK.addEventListener('change', schedule)
  let drawn = -2
  const follow = () => {
    const step = currentPlayhead().index + stepsBeyond()
    if (reducesMotion() && step === drawn) return
    drawn = step
    schedule()
  }
  const leave = [onPlayhead(follow), stage.flow.subscribe(schedule)]
  // Not `fonts.ready`: to read it lays the page out.
  document.fonts.addEventListener('loadingdone', schedule)
  schedule()
  const stop = () => {
    for (const one of leave) one()
    themes.disconnect()
    DARK.removeEventListener('change', schedule)
    document.fonts.removeEventListener('loadingdone', schedule)
    cancelAnimationFrame(handle)
  }
  return { schedule, stop }
}

/** `still`: nobody wants to see it move. */
function drawOn({ element, context, make, layout, flow, setViewport, label }: Stage, palette: Palette, still: boolean): void {
  const { width, height, transform } = flow.getState()
  const [x, y, zoom] = transform
  const ratio = devicePixelRatio
  if (element.width !== Math.round(width * ratio) || element.height !== Math.round(height * ratio)) {
    element.width = Math.round(width * ratio)
    element.height = Math.round(height * ratio)
  }
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.clearRect(0, 0, element.width, element.height)
  const scene = make(currentPlayhead(), still)
  const [letter] = scene.letters
  const { cameraFollows, playing } = appState()
  const view = cameraFollows && letter ? followed(letter.pose.at, { transform, width, height }, playing && !still) : null
  if (view) void setViewport({ ...view, zoom })
  context.setTransform(zoom * ratio, 0, 0, zoom * ratio, x * ratio, y * ratio)
  const leader = placeCard(label.current, scene, { layout, transform, width, height })
  if (leader) drawLeader(context, leader, palette)
  drawScene(scene, { context, palette, zoom })
}

const DARK = matchMedia('(prefers-color-scheme: dark)')
let known: { readonly theme: string; readonly palette: Palette } | null = null

/** The colours of the theme; read once for each, since to ask for them makes the browser work the style of the whole page out. */
function paletteOf(element: Element): Palette {
  const theme = `${document.documentElement.dataset.theme ?? ''} ${DARK.matches}`
  if (known?.theme !== theme) {
    const style = getComputedStyle(element)
    known = { theme, palette: Object.fromEntries(TOKENS.map((token) => [token, style.getPropertyValue(`--${token}`).trim()])) as Palette }
  }
  return known.palette
}

interface Room {
  readonly layout: Layout
  readonly transform: readonly [number, number, number]
  readonly width: number
  readonly height: number
}

/** Moves the label beside the packet; answers the leader line between them, in canvas units. */
function placeCard(card: HTMLDivElement | null, scene: Scene, room: Room): readonly [Point, Point] | null {
  const letter = scene.letters[0]
  if (!card) return null
  if (!letter || scene.moment === null) {
    card.style.visibility = 'hidden'
    return null
  }
  const [x, y, zoom] = room.transform
  const size = { width: card.offsetWidth / zoom, height: card.offsetHeight / zoom }
  const view = { x: (8 - x) / zoom, y: (8 - y) / zoom, width: (room.width - 16) / zoom, height: (room.height - 16) / zoom }
  const over = overIn(card).map((box) => ({
    x: (box.x - x) / zoom,
    y: (box.y - y) / zoom,
    width: box.width / zoom,
    height: box.height / zoom,
  }))
  const { at } = letter.pose
  const lines = scene.lines.filter((line) => !line.copy).map((line) => offsetLine(line.path.points, line.offset))
  const stations = scene.badges.map(({ station }) => station.badge)
  const corner = placeLabel({ at, size, view, lines, stations, over, layout: room.layout })
  card.style.visibility = 'visible'
  card.style.transform = `translate(${Math.round(corner.x * zoom + x)}px, ${Math.round(corner.y * zoom + y)}px)`
  return corner.docked ? null : [leaderEnd(at, { ...corner, ...size }), at]
}

/** What lies above the picture, px from its upper left corner. */
function overIn(card: HTMLElement): readonly Rect[] {
  const picture = card.closest('[data-testid="canvas"]')
  if (picture === null) return []
  const { left, top } = picture.getBoundingClientRect()
  return [...picture.querySelectorAll('[data-over]')].map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect()
    return { x: x - left, y: y - top, width, height }
  })
}

function drawLeader(context: CanvasRenderingContext2D, [from, to]: readonly [Point, Point], palette: Palette): void {
  context.beginPath()
  context.moveTo(from.x, from.y)
  context.lineTo(to.x, to.y)
  context.lineWidth = 1.25
  context.strokeStyle = palette.stroke
  context.stroke()
}
