/** Where everything is drawn: a pure function of the topology. Input order decides; no randomness, no forces. */
import type { Topology, TopologyMachine, TopologyNetwork } from '../../../engine/simulation/topology.ts'
import { overviewOf } from './overview-layout.ts'
import { gridOf, nodesOf, type RackGrid, rackOf, rackWidth } from './rack-layout.ts'
import { bandOf, tethersOf } from './services-layout.ts'
import type { BoxShape, Layout, LayoutOptions, Point, RackShape, Rect, SegmentShape } from './shapes.ts'
import { bottom, centre, right } from './shapes.ts'

const RACK_GAP = 20
const SEGMENT_DROP = 50
const SEGMENT_HEIGHT = 14
const SEGMENT_GAP = 44
const MIN_WIDTH = 560
const ROW_GAP = 56
const RISER = 14
const GATEWAY = { width: 156, height: 44 }
const INTERNET = 76
const HOST = { width: 128, height: 44 }
/** The network between the gateway and the internet is a wire, not a bar. */
const OUTSIDE = 'network/internet'
/** Room for the segment's own words under its left end. */
const LABEL_WIDTH = 250

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
  const boxes = topology.machines.filter((machine) => machine.kind !== 'node')
  const width = Math.max(MIN_WIDTH, left + racksWidth, boxRowWidth(boxes))
  const band = bandOf(topology.services, width, options)
  const rows: RackShape[][] = []
  let y = band.next
  for (let first = 0; first < nodes.length; first += perRow) {
    const row = nodes
      .slice(first, first + perRow)
      .map((machine, index) => rackOf(machine, { x: left + index * (rackWidth(grid) + RACK_GAP), y }, grid))
    rows.push(row)
    y = Math.max(...row.map((rack) => bottom(rack.rect))) + SEGMENT_DROP + SEGMENT_HEIGHT + ROW_GAP
  }
  const lan = segmentsUnder(topology, rows, { width, left, top: band.next })
  const below = boxesBelow(boxes, lan, width)
  const racks = rows.flat()
  const pods = new Map(racks.flatMap((rack) => rack.pods.map((pod) => [pod.ref, pod] as const)))
  const ends = [...below.segments.flatMap((segment) => segment.bars.map(bottom)), ...below.boxes.map((box) => bottom(box.rect))]
  return {
    level: 'network',
    width,
    height: Math.max(band.bottom, ...racks.map((rack) => bottom(rack.rect) + 18), ...ends.map((end) => end + 14)),
    racks,
    cards: [],
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

/** The first network runs under every row of racks; the others are bars of their own below. */
function segmentsUnder(topology: Topology, rows: readonly RackShape[][], ground: Ground): SegmentShape[] {
  const bars = topology.networks.filter((network) => network.ref !== OUTSIDE)
  const [main, ...others] = mainFirst(bars, rows)
  if (!main) return []
  const mainBars: Rect[] = rows.map((row) => {
    const y = Math.max(...row.map((rack) => bottom(rack.rect))) + SEGMENT_DROP
    return { x: rows.length > 1 ? RISER / 2 : 0, y, width: ground.width - (rows.length > 1 ? RISER / 2 : 0), height: SEGMENT_HEIGHT }
  })
  if (mainBars.length === 0) mainBars.push({ x: 0, y: ground.top + 20, width: ground.width, height: SEGMENT_HEIGHT })
  const segments: SegmentShape[] = [
    { ref: main.ref, network: main, bars: mainBars, riserX: mainBars.length > 1 ? RISER / 2 : null, kind: 'bar' },
  ]
  let y = bottom(mainBars.at(-1) ?? { x: 0, y: 0, width: 0, height: 0 }) + 2 * SEGMENT_GAP + HOST.height
  for (const network of others) {
    segments.push({
      ref: network.ref,
      network,
      bars: [{ x: 0, y, width: ground.width, height: SEGMENT_HEIGHT }],
      riserX: null,
      kind: 'bar',
    })
    y += SEGMENT_HEIGHT + 2 * SEGMENT_GAP + HOST.height
  }
  return segments
}

/** The network of the racks' first NICs comes first. */
function mainFirst(networks: readonly TopologyNetwork[], rows: readonly RackShape[][]): TopologyNetwork[] {
  const main = rows[0]?.[0]?.nics[0]?.network ?? 'network/lan'
  return [...networks].sort((a, b) => Number(b.ref === main) - Number(a.ref === main))
}

function boxRowWidth(machines: readonly TopologyMachine[]): number {
  const hosts = machines.filter((machine) => machine.kind === 'host').length
  const outside = machines.some((machine) => machine.kind === 'internet') ? INTERNET + 36 : 0
  const gateway = machines.some((machine) => machine.kind === 'gateway') ? GATEWAY.width : 0
  return LABEL_WIDTH + hosts * (HOST.width + 22) + outside + gateway
}

/** Hosts hang under the upper of their segments from left to right; gateway and internet are at the right end of the first. */
function boxesBelow(machines: readonly TopologyMachine[], bars: readonly SegmentShape[], width: number) {
  const boxes: BoxShape[] = []
  const segments: SegmentShape[] = [...bars]
  const main = bars[0]?.bars.at(-1)
  const rowMid = (main ? bottom(main) : 0) + SEGMENT_GAP + INTERNET / 2 - 6
  const gateway = machines.find((machine) => machine.kind === 'gateway')
  const internet = machines.find((machine) => machine.kind === 'internet')
  let edge = width
  if (gateway) {
    const rect: Rect = { x: edge - GATEWAY.width, y: rowMid - GATEWAY.height / 2, ...GATEWAY }
    boxes.push({ ref: gateway.ref, kind: 'gateway', machine: gateway, rect, wires: wiresOf(gateway, rect, bars) })
    edge = rect.x - 36
  }
  if (internet) {
    const rect: Rect = { x: edge - INTERNET, y: rowMid - INTERNET / 2, width: INTERNET, height: INTERNET }
    boxes.push({ ref: internet.ref, kind: 'internet', machine: internet, rect, wires: wiresOf(internet, rect, bars) })
    edge = rect.x - 28
  }
  const columns = new Map<string, number>()
  for (const machine of machines.filter((candidate) => candidate.kind === 'host')) {
    const home = homeOf(machine, bars)
    const column = columns.get(home?.ref ?? OUTSIDE) ?? 0
    columns.set(home?.ref ?? OUTSIDE, column + 1)
    const bar = home?.bars.at(-1)
    const x = home === null ? edge - HOST.width - column * (HOST.width + 22) : LABEL_WIDTH + column * (HOST.width + 22)
    const rect: Rect = { x, y: bar ? bottom(bar) + SEGMENT_GAP - 8 : rowMid - HOST.height / 2, ...HOST }
    boxes.push({ ref: machine.ref, kind: 'host', machine, rect, wires: wiresOf(machine, rect, bars) })
  }
  const outside = outsideOf(boxes)
  if (outside) segments.push(outside)
  return { boxes, segments }
}

/** The uppermost bar a host is plugged into; null for hosts on the internet. */
function homeOf(machine: TopologyMachine, bars: readonly SegmentShape[]): SegmentShape | null {
  const networks = new Set(machine.devices.map((device) => `network/${device.network ?? ''}`))
  return bars.find((bar) => networks.has(bar.ref)) ?? (networks.has(OUTSIDE) ? null : (bars[0] ?? null))
}

function wiresOf(machine: TopologyMachine, rect: Rect, bars: readonly SegmentShape[]): BoxShape['wires'] {
  const plugged = machine.devices.flatMap((device) => (device.network === null ? [] : [`network/${device.network}`]))
  return plugged.flatMap((network, index) => {
    const segment = bars.find((bar) => bar.ref === network)
    const bar = segment?.bars.at(-1)
    if (!bar) return []
    const x = machine.kind === 'gateway' ? rect.x + 22 : centre(rect).x + (index - (plugged.length - 1) / 2) * 24
    const points: Point[] =
      bar.y < rect.y
        ? [
            { x, y: rect.y },
            { x, y: bottom(bar) },
          ]
        : [
            { x, y: bottom(rect) },
            { x, y: bar.y },
          ]
    return [{ network, points }]
  })
}

/** The wire through every box on the internet's own network. */
function outsideOf(boxes: readonly BoxShape[]): SegmentShape | null {
  const on = boxes.filter((box) => box.kind !== 'host' || box.wires.length === 0)
  const [first] = on
  if (!first || on.length < 2) return null
  const xs = on.map((box) => centre(box.rect).x)
  const rect: Rect = { x: Math.min(...xs), y: centre(first.rect).y, width: Math.max(...xs) - Math.min(...xs), height: 0 }
  const network: TopologyNetwork = { ref: OUTSIDE, name: 'internet', cidr: '', mtu: 1500 }
  return { ref: OUTSIDE, network, bars: [rect], riserX: null, kind: 'wire' }
}

/** The rectangle that a shape covers, by its ref; null when it is not on the canvas. */
export function rectOf(layout: Layout, ref: string): Rect | null {
  for (const rack of layout.racks) {
    if (rack.ref === ref) return rack.rect
    const inside = [...rack.pods, ...rack.bridges, ...rack.nics].find((shape) => shape.ref === ref)
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
  const rects = [...layout.racks, ...layout.cards, ...layout.boxes, ...layout.services].map((shape) => shape.rect)
  const end = Math.max(layout.width, ...rects.map(right))
  return { x: 0, y: 0, width: end, height: layout.height }
}
