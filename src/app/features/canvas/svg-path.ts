/** Poly-lines as SVG path data with rounded corners. Pure. */
import type { Point } from './shapes.ts'

/** Orthogonal lines with corners of a radius, smaller where a run is too short. */
export function roundedPath(points: readonly Point[], radius: number): string {
  return points
    .map((point, index) => {
      const before = points[index - 1]
      const after = points[index + 1]
      if (!before) return `M${point.x} ${point.y}`
      if (!after) return `L${point.x} ${point.y}`
      const into = Math.hypot(point.x - before.x, point.y - before.y)
      const out = Math.hypot(after.x - point.x, after.y - point.y)
      const r = Math.min(radius, into / 2, out / 2)
      if (r === 0) return `L${point.x} ${point.y}`
      const a = towards(point, before, r)
      const b = towards(point, after, r)
      return `L${a.x} ${a.y}Q${point.x} ${point.y} ${b.x} ${b.y}`
    })
    .join('')
}

function towards(from: Point, to: Point, by: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1
  return { x: from.x + ((to.x - from.x) / length) * by, y: from.y + ((to.y - from.y) / length) * by }
}
