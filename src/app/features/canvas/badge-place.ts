/** Numbers of stations stand clear of each other and of a packet that ended: it lies broken before the place, with a bar and a cross. Pure. */
import type { Badge, Letter } from './scene.ts'
import type { Point } from './shapes.ts'

/** A number is so wide, px. */
const SIZE = 18
/** Of a broken packet: behind its cross, before it, and to both sides. */
const BROKEN = { behind: 66, before: 16, aside: 22 }
/** How far beside its place a number is tried, left of the way and right of it. */
const ASIDE = [32, -32, 52, -52] as const

/** The numbers, each where it can be read; one that finds no room stays. */
export function clearBadges(badges: readonly Badge[], letters: readonly Letter[]): readonly Badge[] {
  const broken = letters.filter(({ ended }) => ended !== null)
  const placed: Badge[] = []
  for (const badge of badges) {
    const isFree = (at: Point): boolean =>
      !broken.some((letter) => isUnder(at, letter)) && !placed.some(({ station }) => isNear(station.badge, at))
    const { station } = badge
    const near = broken.find((letter) => isUnder(station.badge, letter))
    const angle = near?.pose.angle ?? 0
    const from = near?.pose.at ?? station.badge
    const free = isFree(station.badge)
      ? station.badge
      : ASIDE.map((by) => ({ x: from.x + Math.sin(angle) * -by, y: from.y + Math.cos(angle) * -by })).find(isFree)
    placed.push(free === undefined || free === station.badge ? badge : { ...badge, station: { ...station, badge: free } })
  }
  return placed
}

function isNear(a: Point, b: Point): boolean {
  return Math.abs(a.x - b.x) < SIZE && Math.abs(a.y - b.y) < SIZE
}

/** Would a broken packet lie over a number there? */
function isUnder(at: Point, { pose }: Letter): boolean {
  const [dx, dy] = [at.x - pose.at.x, at.y - pose.at.y]
  const along = dx * Math.cos(pose.angle) + dy * Math.sin(pose.angle)
  const across = -dx * Math.sin(pose.angle) + dy * Math.cos(pose.angle)
  return along > -BROKEN.behind && along < BROKEN.before && Math.abs(across) < BROKEN.aside
}
