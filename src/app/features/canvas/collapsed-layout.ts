/** A collapsed node: one box in the place of its rack, with the NIC that its packets come and go by. Pure. */
import type { TopologyMachine } from '../../../engine/simulation/topology.ts'
import type { CardShape, Point, Rect } from './shapes.ts'
import { bottom } from './shapes.ts'

export const COLLAPSED = { width: 236, height: 92 }
const NIC = { width: 40, height: 18 }
/** Where packets of what is inside are: right of the words, with room for the loop of those that stay inside. */
const INSIDE = { x: 152, y: 52 }

/** Lays one out with its upper left corner at `at`. */
export function collapsedOf(machine: TopologyMachine, at: Point): CardShape {
  const rect: Rect = { ...at, ...COLLAPSED }
  const nic: Rect = { x: at.x + rect.width - 14 - NIC.width, y: bottom(rect) - NIC.height / 2, ...NIC }
  return { ref: machine.ref, machine, rect, cells: [], workloads: [], nic, collapsed: true }
}

/** The point that stands for everything inside. */
export function insideOf({ rect }: CardShape): Point {
  return { x: rect.x + INSIDE.x, y: rect.y + INSIDE.y }
}
