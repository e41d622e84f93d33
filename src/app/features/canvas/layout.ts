/** Where everything is drawn: a pure function of the topology. Input order decides; no randomness, no forces. */
import type { Topology, TopologyMachine } from '../../../engine/simulation/topology.ts'
import { AS_LAID_OUT } from '../../store/arrangement.ts'
import { nodesOf } from '../../store/standing-order.ts'
import { boxesBelow, boxesWidth, mainOf, SEGMENT_HEIGHT, segmentNetworks } from './boxes-layout.ts'
import { COLLAPSED, collapsedOf } from './collapsed-layout.ts'
import { overviewOf } from './overview-layout.ts'
import { gridOf, type RackGrid, rackOf, rackWidth, tallestRack } from './rack-layout.ts'
import { bandOf, tethersOf } from './services-layout.ts'
import type { CardShape, Layout, LayoutOptions, PodShape, RackShape, Rect, SegmentShape } from './shapes.ts'
import { bottom, right, standsFor } from './shapes.ts'

const RACK_GAP = 20
const SEGMENT_DROP = 50
const MIN_WIDTH = 560
const ROW_GAP = 56
const RISER = 14
/** Where every node is collapsed. */
const COLLAPSED_PER_ROW = 3

/** Lays a topology out. */
export function layoutOf(topology: Topology, options: LayoutOptions): Layout {
  return options.level === 'overview' ? overviewOf(topology, options) : networkOf(topology, options)
}

function networkOf(topology: Topology, options: LayoutOptions): Layout {
  const { arrangement = AS_LAID_OUT } = options
  const { collapsed } = arrangement
  const nodes = nodesOf(topology, arrangement.order)
  const isOpen = ({ ref }: TopologyMachine): boolean => !collapsed.includes(ref)
  const grid = gridOf(nodes.filter(isOpen), arrangement)
  const perRow = racksPerRow(nodes.filter(isOpen), grid, nodes.length)
  const widthOf = (machine: TopologyMachine): number => (isOpen(machine) ? rackWidth(grid) : COLLAPSED.width)
  const inRows = rowsOf(nodes, perRow)
  const racksWidth = Math.max(0, ...inRows.map((row) => row.reduce((sum, machine) => sum + widthOf(machine) + RACK_GAP, -RACK_GAP)))
  const left = inRows.length > 1 ? RISER + 12 : 0
  const main = mainOf(topology)
  const band = bandOf(topology.services, Math.max(MIN_WIDTH, left + racksWidth, boxesWidth(topology, main)), options)
  const { width } = band
  const racks: RackShape[] = []
  const cards: CardShape[] = []
  const bottoms: number[] = []
  let y = band.next
  for (const row of inRows) {
    let x = left
    for (const machine of row) {
      if (isOpen(machine)) racks.push(rackOf(machine, { x, y }, grid))
      else cards.push(collapsedOf(machine, { x, y }))
      x += widthOf(machine) + RACK_GAP
    }
    const end = Math.max(...[...racks, ...cards].filter((shape) => shape.rect.y === y).map((shape) => bottom(shape.rect)))
    bottoms.push(end)
    y = end + SEGMENT_DROP + SEGMENT_HEIGHT + ROW_GAP
  }
  const lan = segmentUnder(topology, bottoms, { width, top: band.next })
  const below = lan ? boxesBelow(topology, lan, width) : { boxes: [], segments: [] }
  const ends = [...below.segments.flatMap((segment) => segment.bars.map(bottom)), ...below.boxes.map((box) => bottom(box.rect))]
  return {
    level: 'network',
    width,
    height: Math.max(band.bottom, ...bottoms.map((end) => end + 18), ...ends.map((end) => end + 14)),
    racks,
    cards,
    callouts: [],
    segments: below.segments,
    boxes: below.boxes,
    services: band.services,
    more: band.more,
    tethers: tethersOf(band, tetheredOf(racks, cards)),
  }
}

function rowsOf(nodes: readonly TopologyMachine[], perRow: number): readonly (readonly TopologyMachine[])[] {
  return Array.from({ length: Math.ceil(nodes.length / perRow) }, (_, row) => nodes.slice(row * perRow, (row + 1) * perRow))
}

/** Where the tethers of a Service reach a pod, or what stands for it; worked out when the first is asked for. */
function tetheredOf(racks: readonly RackShape[], cards: readonly CardShape[]): (pod: string) => PodShape['tether'] | undefined {
  let known: ReadonlyMap<string, PodShape['tether']> | null = null
  return (pod) => {
    known ??= new Map([
      ...racks.flatMap((rack) => rack.pods.flatMap(({ pods, tether }) => pods.map(({ ref }) => [ref, tether] as const))),
      ...cards.flatMap(({ machine, rect }) => machine.pods.map(({ ref }) => [ref, [{ x: rect.x + rect.width / 2, y: rect.y }]] as const)),
    ])
    return known.get(pod)
  }
}

/** The proportions of the pane that racks are arranged for: fixed, so that the picture does not change with the window. */
const PANE = { width: 800, height: 680 }

/** At most three; fewer where that fills a pane better, because racks are wide. */
function racksPerRow(nodes: readonly TopologyMachine[], grid: RackGrid, count: number): number {
  if (nodes.length === 0) return COLLAPSED_PER_ROW
  const tallest = tallestRack(nodes, grid)
  let best = 1
  let largest = 0
  for (let perRow = 1; perRow <= Math.min(3, count); perRow++) {
    const rows = Math.ceil(count / perRow)
    const even = Math.ceil(count / rows)
    const width = even * (rackWidth(grid) + RACK_GAP)
    const height = rows * (tallest + SEGMENT_DROP + ROW_GAP) + 200
    const zoom = Math.min(PANE.width / width, PANE.height / height)
    if (zoom > largest * 1.05) {
      largest = zoom
      best = even
    }
  }
  return best
}

interface Ground {
  readonly width: number
  readonly top: number
}

/** The network of the racks' first NICs runs under every row of racks. */
function segmentUnder(topology: Topology, bottoms: readonly number[], ground: Ground): SegmentShape | null {
  const [main] = segmentNetworks(topology, mainOf(topology))
  if (!main) return null
  const x = bottoms.length > 1 ? RISER / 2 : 0
  const bars: Rect[] = bottoms.map((end) => ({ x, y: end + SEGMENT_DROP, width: ground.width - x, height: SEGMENT_HEIGHT }))
  if (bars.length === 0) bars.push({ x: 0, y: ground.top + 20, width: ground.width, height: SEGMENT_HEIGHT })
  return { ref: main.ref, network: main, bars, riserX: bars.length > 1 ? RISER / 2 : null, kind: 'bar' }
}

/** The rectangle that a shape covers, by its ref; null when it is not on the canvas. */
export function rectOf(layout: Layout, ref: string): Rect | null {
  for (const rack of layout.racks) {
    if (rack.ref === ref) return rack.rect
    const pod = rack.pods.find((shape) => standsFor(shape, ref))
    if (pod) return pod.rect
    const inside = [...rack.pods, ...rack.bridges, ...rack.nics, ...rack.tunnels].find((shape) => shape.ref === ref)
    if (inside) return inside.rect
  }
  for (const card of layout.cards) {
    if (card.ref === ref) return card.rect
    const cell = card.cells.find((candidate) => candidate.ref === ref)
    if (cell) return cell.rect
    if (card.machine.pods.some((pod) => pod.ref === ref)) return card.rect
  }
  return [...layout.boxes, ...layout.services].find((shape) => shape.ref === ref)?.rect ?? null
}

/** Right edge of everything, for callers that frame the picture. */
export function boundsOf(layout: Layout): Rect {
  const rects = [...layout.racks, ...layout.cards, ...layout.callouts, ...layout.boxes, ...layout.services].map((shape) => shape.rect)
  const end = Math.max(layout.width, ...rects.map(right))
  return { x: 0, y: 0, width: end, height: layout.height }
}
