/** Where the packet's label stands: off the path, off other words, above the station if that is free. Pure. */
import type { Layout, Point, Rect } from './shapes.ts'

export interface LabelRoom {
  /** The packet, in canvas units. */
  readonly at: Point
  /** The label's size in canvas units. */
  readonly size: { readonly width: number; readonly height: number }
  /** What is on screen, in canvas units. */
  readonly view: Rect
  /** Lines that should stay visible. */
  readonly lines: readonly (readonly Point[])[]
  readonly layout: Layout
}

const GAP = 26

/** The upper left corner of the label. */
export function placeLabel(room: LabelRoom): Point {
  let best: Point = room.at
  let least = Number.POSITIVE_INFINITY
  for (const [index, candidate] of candidates(room).entries()) {
    const cost = costOf({ ...candidate, ...room.size }, room) + index * 12
    if (cost < least) {
      least = cost
      best = candidate
    }
  }
  return best
}

/** Above, below, right, left; each in the middle and moved sideways, then the same farther away. */
function candidates({ at, size }: LabelRoom): Point[] {
  const { width, height } = size
  return [GAP, 1.8 * GAP, 2.8 * GAP].flatMap((gap) => [
    ...SHIFTS.map((share) => ({ x: at.x - width * share, y: at.y - height - gap })),
    ...SHIFTS.map((share) => ({ x: at.x - width * share, y: at.y + gap })),
    ...[0.5, 0.15, 0.85].flatMap((share) => [
      { x: at.x + gap + 8, y: at.y - height * share },
      { x: at.x - width - gap - 8, y: at.y - height * share },
    ]),
  ])
}

const SHIFTS = [0.25, 0.5, 0.75, 0.08, 0.92] as const

function costOf(label: Rect, { view, lines, layout }: LabelRoom): number {
  const outside = label.width * label.height - overlap(label, view)
  let cost = outside * 8
  for (const rack of layout.racks) {
    for (const pod of rack.pods) cost += overlap(label, pod.rect) * 2.5
    for (const device of [...rack.nics, ...rack.tunnels]) cost += overlap(label, device.rect) * 2.5
    for (const bridge of rack.bridges) {
      const words: Rect = { ...bridge.rect, x: bridge.rect.x + bridge.rect.width - 130, width: 130 }
      cost += overlap(label, bridge.rect) * 0.15 + overlap(label, words) * 0.8
    }
    cost += overlap(label, { x: rack.rect.x, y: rack.rect.y, width: 220, height: 34 }) * 0.7
    cost += overlap(label, { x: rack.strip.x + rack.strip.width - 160, y: rack.strip.y, width: 160, height: 22 }) * 0.7
    cost += overlap(label, { x: rack.strip.x, y: rack.strip.y + rack.strip.height - 22, width: 170, height: 22 }) * 0.9
  }
  for (const card of layout.cards) cost += overlap(label, card.rect) * 1.2
  for (const callout of layout.callouts) cost += overlap(label, callout.rect) * 2.5
  for (const box of layout.boxes) cost += overlap(label, box.rect) * 2
  for (const service of layout.services) cost += overlap(label, service.rect) * 2
  for (const line of lines) cost += covered(label, line) * 26
  return cost
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
