/** The camera that follows: how far the view has to move for the packet to stay in it. Pure. */
import type { Point } from './shapes.ts'

export interface View {
  /** x, y, zoom. */
  readonly transform: readonly [number, number, number]
  readonly width: number
  readonly height: number
}

/** Of the view: nearer to an edge the packet does not come. */
const EDGE = 0.2
/** Of the way left, moved in each frame while it plays. */
const SHARE = 0.15

/** Where the view goes next; null: the packet is well in it. `gliding`: a part of the way, else all of it at once. */
export function followed(
  at: Point,
  { transform, width, height }: View,
  gliding: boolean,
): { readonly x: number; readonly y: number } | null {
  const [x, y, zoom] = transform
  const [dx, dy] = [outside(at.x * zoom + x, width), outside(at.y * zoom + y, height)]
  if (Math.abs(dx) < 1 && Math.abs(dy) < 1) return null
  const share = gliding ? SHARE : 1
  return { x: x - dx * share, y: y - dy * share }
}

/** How far beyond the inner part of a side, signed. */
function outside(at: number, side: number): number {
  return at - Math.min(Math.max(at, side * EDGE), side * (1 - EDGE))
}
