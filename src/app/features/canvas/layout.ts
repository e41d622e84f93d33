/** Where everything is drawn: a pure function of the topology. Input order decides; no randomness, no forces. */
import type { Topology, TopologyMachine } from '../../../engine/simulation/topology.ts'
import { boxesBelow, boxesWidth, mainOf, SEGMENT_HEIGHT, segmentNetworks } from './boxes-layout.ts'
import { overviewOf } from './overview-layout.ts'
import { gridOf, nodesOf, type RackGrid, rackOf, rackWidth } from './rack-layout.ts'
import { bandOf, tethersOf } from './services-layout.ts'
import type { Layout, LayoutOptions, RackShape, Rect, SegmentShape } from './shapes.ts'
import { bottom, right } from './shapes.ts'

const RACK_GAP = 20
const SEGMENT_DROP = 50
const MIN_WIDTH = 560
const ROW_GAP = 56
const RISER = 14

/** Lays a topology out. */
export function layoutOf(topology: Topology, options: LayoutOptions): Layout {
  return options.level === 'overview' ? overviewOf(topology, options) : networkOf(topology, options)
}

function networkOf(topology: Topology, options: LayoutOptions): Layout {
  const nodes = nodesOf(topology)
  const grid = gridOf(nodes)
  const perRow = racksPerRow(nodes, grid)
  const racksWidth = perRow * rackWidth(grid) + (perRow - 1) * RACK_GAP
  const left = nodes.length > perRow ? RISER + 12 : 0
  const main = mainOf(topology)
  const band = bandOf(topology.services, Math.max(MIN_WIDTH, left + racksWidth, boxesWidth(topology, main)), options)
  const { width } = band
  const rows: RackShape[][] = []
  let y = band.next
  for (let first = 0; first < nodes.length; first += perRow) {
    const row = nodes
      .slice(first, first + perRow)
      .map((machine, index) => rackOf(machine, { x: left + index * (rackWidth(grid) + RACK_GAP), y }, grid))
    rows.push(row)
    y = Math.max(...row.map((rack) => bottom(rack.rect))) + SEGMENT_DROP + SEGMENT_HEIGHT + ROW_GAP
  }
  const lan = segmentUnder(topology, rows, { width, left, top: band.next })
  const below = lan ? boxesBelow(topology, lan, width) : { boxes: [], segments: [] }
  const racks = rows.flat()
  const pods = new Map(racks.flatMap((rack) => rack.pods.map((pod) => [pod.ref, pod] as const)))
  const ends = [...below.segments.flatMap((segment) => segment.bars.map(bottom)), ...below.boxes.map((box) => bottom(box.rect))]
  return {
    level: 'network',
    width,
    height: Math.max(band.bottom, ...racks.map((rack) => bottom(rack.rect) + 18), ...ends.map((end) => end + 14)),
    racks,
    cards: [],
    callouts: [],
    segments: below.segments,
    boxes: below.boxes,
    services: band.services,
    more: band.more,
    tethers: tethersOf(band, pods),
  }
}

/** The proportions of the pane that racks are arranged for: fixed, so that the picture does not change with the window. */
const PANE = { width: 800, height: 680 }

/** At most three; fewer where that fills a pane better, because racks are wide. */
function racksPerRow(nodes: readonly TopologyMachine[], grid: RackGrid): number {
  const tallest = Math.max(0, ...nodes.map((machine) => rackOf(machine, { x: 0, y: 0 }, grid).rect.height))
  let best = 1
  let largest = 0
  for (let perRow = 1; perRow <= Math.min(3, nodes.length); perRow++) {
    const rows = Math.ceil(nodes.length / perRow)
    const even = Math.ceil(nodes.length / rows)
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
  readonly left: number
  readonly top: number
}

/** The network of the racks' first NICs runs under every row of racks. */
function segmentUnder(topology: Topology, rows: readonly RackShape[][], ground: Ground): SegmentShape | null {
  const [main] = segmentNetworks(topology, mainOf(topology))
  if (!main) return null
  const bars: Rect[] = rows.map((row) => {
    const y = Math.max(...row.map((rack) => bottom(rack.rect))) + SEGMENT_DROP
    return { x: rows.length > 1 ? RISER / 2 : 0, y, width: ground.width - (rows.length > 1 ? RISER / 2 : 0), height: SEGMENT_HEIGHT }
  })
  if (bars.length === 0) bars.push({ x: 0, y: ground.top + 20, width: ground.width, height: SEGMENT_HEIGHT })
  return { ref: main.ref, network: main, bars, riserX: bars.length > 1 ? RISER / 2 : null, kind: 'bar' }
}

/** The rectangle that a shape covers, by its ref; null when it is not on the canvas. */
export function rectOf(layout: Layout, ref: string): Rect | null {
  for (const rack of layout.racks) {
    if (rack.ref === ref) return rack.rect
    const inside = [...rack.pods, ...rack.bridges, ...rack.nics, ...rack.tunnels].find((shape) => shape.ref === ref)
    if (inside) return inside.rect
  }
  for (const card of layout.cards) {
    if (card.ref === ref) return card.rect
    const cell = card.cells.find((candidate) => candidate.ref === ref)
    if (cell) return cell.rect
  }
  return [...layout.boxes, ...layout.services].find((shape) => shape.ref === ref)?.rect ?? null
}

/** Right edge of everything, for callers that frame the picture. */
export function boundsOf(layout: Layout): Rect {
  const rects = [...layout.racks, ...layout.cards, ...layout.callouts, ...layout.boxes, ...layout.services].map((shape) => shape.rect)
  const end = Math.max(layout.width, ...rects.map(right))
  return { x: 0, y: 0, width: end, height: layout.height }
}
