/** Where the packet's label stands: off the path, off other words, above the station if that is free. Pure. */
import type { Layout, Point, RackShape, Rect } from './shapes.ts'

export interface LabelRoom {
  /** The packet, in canvas units. */
  readonly at: Point
  /** The label's size in canvas units. */
  readonly size: { readonly width: number; readonly height: number }
  /** What is on screen, in canvas units. */
  readonly view: Rect
  /** Lines that should stay visible. */
  readonly lines: readonly (readonly Point[])[]
  /** Numbers of the stations. */
  readonly stations: readonly Point[]
  /** Buttons and fields that lie above the picture. */
  readonly over: readonly Rect[]
  readonly layout: Layout
}

/** Of each px² of the label that is out of view, or under something that lies above the picture. */
const UNSEEN = 8

const GAP = 26

/** Where a label stands, and whether a line leads from there to the packet. */
export interface LabelPlace extends Point {
  readonly docked: boolean
}

/** More than this hides something: a label that would cost as much stands in a place of its own, if there is one. */
const HIDES = 400

/** The upper left corner of the label. */
export function placeLabel(room: LabelRoom): LabelPlace {
  let best: Point = room.at
  let least = Number.POSITIVE_INFINITY
  const reach = reachOf(room)
  const near = [...obstaclesOf(room.layout), ...room.stations.map(aroundStation)].filter(({ rect }) => overlap(rect, reach) > 0)
  for (const [index, candidate] of candidates(room).entries()) {
    const cost = costOf({ ...candidate, ...room.size }, room, near) + index * 12
    if (cost < least) {
      least = cost
      best = candidate
    }
  }
  const dock = least > HIDES ? dockOf(room) : null
  return dock ? { ...dock, docked: true } : { ...best, docked: false }
}

/** An overview may have no room near the packet: below its cards, left of the gateway, there is always some. Null: not on screen. */
function dockOf({ layout, size, view, over }: LabelRoom): Point | null {
  if (layout.level !== 'overview') return null
  const end = Math.max(0, ...layout.cards.map(({ rect }) => rect.y + rect.height))
  const dock: Rect = { x: layout.cards[0]?.rect.x ?? 0, y: end + DOCK_GAP, ...size }
  const isFree = [...layout.boxes.map(({ rect }) => rect), ...over].every((rect) => overlap(dock, rect) === 0)
  return isFree && isWithin(dock, view) ? dock : null
}

function isWithin(inner: Rect, outer: Rect): boolean {
  const [left, top] = [inner.x - outer.x, inner.y - outer.y]
  return left >= 0 && top >= 0 && left + inner.width <= outer.width && top + inner.height <= outer.height
}

/** Below the cards, under the network that runs there. */
const DOCK_GAP = 24

/** Above, below, right, left; each in the middle and moved sideways, then the same farther away. */
function candidates({ at, size, layout }: LabelRoom): Point[] {
  const { width, height } = size
  const shifts = layout.level === 'overview' ? [...SHIFTS, ...BESIDE] : SHIFTS
  return gapsOf(layout).flatMap((gap) => [
    ...shifts.map((share) => ({ x: at.x - width * share, y: at.y - height - gap })),
    ...shifts.map((share) => ({ x: at.x - width * share, y: at.y + gap })),
    ...[0.5, 0.15, 0.85].flatMap((share) => [
      { x: at.x + gap + 8, y: at.y - height * share },
      { x: at.x - width - gap - 8, y: at.y - height * share },
    ]),
  ])
}

/** An overview is full of cards: there the label may go farther, to where nothing is. */
function gapsOf({ level }: Layout): readonly number[] {
  return (level === 'overview' ? [1, 1.8, 2.8, 4, 5.5, 7.5, 10] : [1, 1.4, 1.8, 2.8, 4, 5, 6, 7]).map((times) => times * GAP)
}

/** Every candidate lies in it. */
function reachOf({ at, size: { width, height }, layout }: LabelRoom): Rect {
  const most = Math.max(...gapsOf(layout)) + 8
  const [dx, dy] = [2.3 * width + most, height + most]
  return { x: at.x - dx, y: at.y - dy, width: 2 * dx, height: 2 * dy }
}

const SHIFTS = [0.25, 0.5, 0.75, 0.08, 0.92] as const
/** Farther to the sides, where a line to the label crosses fewer cards. */
const BESIDE = [-0.7, 1.7, -1.3, 2.3] as const

/** Something that the label should not hide, and how much a covered px² of it costs. */
interface Obstacle {
  readonly rect: Rect
  readonly cost: number
}

const known = new WeakMap<Layout, readonly Obstacle[]>()

function obstaclesOf(layout: Layout): readonly Obstacle[] {
  const made = known.get(layout) ?? [
    ...layout.racks.flatMap(inRack),
    ...layout.cards.map(({ rect }) => ({ rect, cost: 2 })),
    ...layout.callouts.map(({ rect }) => ({ rect, cost: 5 })),
    ...layout.boxes.map(({ rect }) => ({ rect, cost: 2 })),
    // Words from edge to edge, as a pod is.
    ...layout.services.map(({ rect }) => ({ rect, cost: 4 })),
  ]
  known.set(layout, made)
  return made
}

function aroundStation({ x, y }: Point): Obstacle {
  return { rect: { x: x - 9, y: y - 9, width: 18, height: 18 }, cost: 40 }
}

function inRack({ rect, strip, pods, nics, tunnels, bridges }: RackShape): Obstacle[] {
  return [
    ...pods.map((shape) => ({ rect: shape.rect, cost: 4 })),
    ...[...nics, ...tunnels].map((shape) => ({ rect: shape.rect, cost: 2.5 })),
    ...bridges.flatMap((bridge) => [
      { rect: bridge.rect, cost: 0.15 },
      { rect: { ...bridge.rect, x: bridge.rect.x + bridge.rect.width - 130, width: 130 }, cost: 0.8 },
    ]),
    { rect: { x: rect.x, y: rect.y, width: 220, height: 34 }, cost: 0.7 },
    { rect: { x: strip.x + strip.width - 160, y: strip.y - (bridges.length > 0 ? 18 : 0), width: 160, height: 22 }, cost: 0.7 },
    { rect: { x: strip.x, y: strip.y + strip.height - 22, width: 170, height: 22 }, cost: 0.9 },
  ]
}

/** Of each px of the line to the packet that crosses another shape: it would look like a cable to it. */
const CROSSING = 100

/** Where the line from the packet meets the label. */
export function leaderEnd(at: Point, label: Rect): Point {
  return {
    x: Math.min(Math.max(at.x, label.x + 12), label.x + label.width - 12),
    y: Math.min(Math.max(at.y, label.y), label.y + label.height),
  }
}

/** Length of a straight line inside a rectangle, to about 4 px. */
function inside(from: Point, to: Point, rect: Rect): number {
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  const parts = Math.ceil(length / 4)
  let within = 0
  for (let part = 0; part < parts; part++) {
    const share = (part + 0.5) / parts
    const [x, y] = [from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share]
    if (x > rect.x && x < rect.x + rect.width && y > rect.y && y < rect.y + rect.height) within += length / parts
  }
  return within
}

/** In an overview: how much of the line to the label lies over cards that the packet is not in. */
function crossed({ at, layout }: LabelRoom, end: Point): number {
  if (layout.level !== 'overview') return 0
  const box: Rect = {
    x: Math.min(at.x, end.x),
    y: Math.min(at.y, end.y),
    width: Math.abs(at.x - end.x) + 1,
    height: Math.abs(at.y - end.y) + 1,
  }
  let length = 0
  for (const { rect } of layout.cards) if (overlap(rect, box) > 0 && !isIn(at, rect)) length += inside(at, end, rect)
  return length
}

function isIn({ x, y }: Point, rect: Rect): boolean {
  return x >= rect.x && x <= rect.x + rect.width && y >= rect.y && y <= rect.y + rect.height
}

function costOf(label: Rect, room: LabelRoom, obstacles: readonly Obstacle[]): number {
  const { view, lines, at, over } = room
  const outside = label.width * label.height - overlap(label, view)
  let cost = outside * UNSEEN
  for (const rect of over) cost += overlap(label, rect) * UNSEEN
  for (const obstacle of obstacles) cost += overlap(label, obstacle.rect) * obstacle.cost
  for (const line of lines) cost += covered(label, line) * 26
  return cost + crossed(room, leaderEnd(at, label)) * CROSSING
}

function overlap(a: Rect, b: Rect): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  return width > 0 && height > 0 ? width * height : 0
}

/** Length of an orthogonal line that a rectangle covers. */
function covered(rect: Rect, points: readonly Point[]): number {
  let length = 0
  for (let index = 1; index < points.length; index++) {
    const [a, b] = [points[index - 1], points[index]]
    if (!a || !b) continue
    const run: Rect = {
      x: Math.min(a.x, b.x) - 2,
      y: Math.min(a.y, b.y) - 2,
      width: Math.abs(a.x - b.x) + 4,
      height: Math.abs(a.y - b.y) + 4,
    }
    length += overlap(rect, run) / 4
  }
  return length
}
