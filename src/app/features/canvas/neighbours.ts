/** Which shape an arrow key leads to: the nearest one in that direction. Pure. */
import type { Rect } from './shapes.ts'

export type Direction = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown'

export function isDirection(key: string): key is Direction {
  return key === 'ArrowLeft' || key === 'ArrowRight' || key === 'ArrowUp' || key === 'ArrowDown'
}

/** Index of the rectangle nearest to `from` in a direction; −1 when there is none. Sideways distance counts double. */
export function neighbourOf(from: Rect, others: readonly Rect[], direction: Direction): number {
  const horizontal = direction === 'ArrowLeft' || direction === 'ArrowRight'
  const sign = direction === 'ArrowLeft' || direction === 'ArrowUp' ? -1 : 1
  let best = -1
  let least = Number.POSITIVE_INFINITY
  for (const [index, other] of others.entries()) {
    const dx = other.x + other.width / 2 - (from.x + from.width / 2)
    const dy = other.y + other.height / 2 - (from.y + from.height / 2)
    const along = sign * (horizontal ? dx : dy)
    const across = Math.abs(horizontal ? dy : dx)
    if (along <= 1) continue
    const cost = along + 2 * across
    if (cost < least) {
      least = cost
      best = index
    }
  }
  return best
}
