/** Zooming past a threshold leads to another level, with what is under the pointer kept in its place and size. Pure, but for what waits to be framed. */
import type { Topology } from '../../../engine/simulation/topology.ts'
import { type Arrangement, AS_LAID_OUT } from '../../store/arrangement.ts'
import { nodesOf } from '../../store/standing-order.ts'
import type { Level } from '../../store/state.ts'
import { COLLAPSED } from './collapsed-layout.ts'
import { rectOf } from './layout.ts'
import { CARD } from './overview-layout.ts'
import { gridOf, rackWidth } from './rack-layout.ts'
import type { Layout, Point, Rect } from './shapes.ts'

/** Zooms of the network: below the one it becomes an overview, above the other an overview becomes it (10 % hysteresis about 0.45). */
export const FAR = 0.4275
export const NEAR = 0.495

export interface Viewport extends Point {
  readonly zoom: number
}

/** How wide a node's card is, of its rack (its box, where all nodes are collapsed): what a zoom of the overview is worth in the network. */
export function cardShare(topology: Topology, arrangement: Arrangement = AS_LAID_OUT): number {
  const open = nodesOf(topology).filter(({ ref }) => !arrangement.collapsed.includes(ref))
  return CARD.width / (open.length === 0 ? COLLAPSED.width : rackWidth(gridOf(open, arrangement)))
}

/** The level that zooming from one zoom to another leads to; null: it stays. */
export function levelAfter(level: Level, before: number, now: number, share: number): Level | null {
  if (level === 'network') return before >= FAR && now < FAR ? 'overview' : null
  return before * share < NEAR && now * share >= NEAR ? 'network' : null
}

/** The zoom at which nodes have the same size on screen one level on. */
export function zoomAfter(next: Level, zoom: number, share: number): number {
  return next === 'overview' ? zoom / share : zoom * share
}

/** A place of the picture that can be found again in another layout of the same shapes. */
export interface Anchor {
  readonly ref: string
  /** Where in the shape, as shares of its size. */
  readonly share: Point
}

/** The shape at a point, the smallest there; where there is none, the nearest machine. */
export function anchorAt(layout: Layout, at: Point): Anchor | null {
  const machines = [...layout.racks, ...layout.cards, ...layout.boxes]
  const pods = [
    ...layout.racks.flatMap((rack) => rack.pods.map(({ pod, rect }) => ({ ref: pod.ref, rect }))),
    ...layout.cards.flatMap(({ cells }) => cells),
  ]
  const nearest = [...machines].sort((a, b) => distance(a.rect, at) - distance(b.rect, at))[0]
  const found = pods.find(({ rect }) => distance(rect, at) === 0) ?? nearest
  if (!found) return null
  const { ref, rect } = found
  return { ref, share: { x: (at.x - rect.x) / rect.width, y: (at.y - rect.y) / rect.height } }
}

function distance({ x, y, width, height }: Rect, at: Point): number {
  return Math.hypot(Math.max(x - at.x, 0, at.x - x - width), Math.max(y - at.y, 0, at.y - y - height))
}

/** The view in which an anchor lies at a point of the screen. */
export function viewOf(layout: Layout, { ref, share }: Anchor, on: Point, zoom: number): Viewport | null {
  const rect = rectOf(layout, ref)
  if (rect === null) return null
  // Outside of it, the same distance on screen: shares of a rack would be far away beside a card.
  const inside = { x: rect.x + rect.width * share.x, y: rect.y + rect.height * share.y }
  return { x: on.x - inside.x * zoom, y: on.y - inside.y * zoom, zoom }
}

interface Waiting {
  readonly level: Level
  readonly anchor: Anchor
  readonly on: Point
  readonly zoom: number
}

let waiting: Waiting | null = null

/** The next picture of that level is framed so. */
export function frameAt(next: Waiting): void {
  waiting = next
}

/** How this layout is to be framed, because zooming has led to it; null: as ever. */
export function takeFrame(layout: Layout): Viewport | null {
  if (waiting === null || waiting.level !== layout.level) return null
  const { anchor, on, zoom } = waiting
  waiting = null
  return viewOf(layout, anchor, on, zoom)
}
