/** The overview: one card a node, a cell a pod, row buses joined by one spine. Pure. */
import type { Topology, TopologyMachine, TopologyPod } from '../../../engine/simulation/topology.ts'
import { nodesOf, podOrder } from './rack-layout.ts'
import { bandOf, tethersOf } from './services-layout.ts'
import type { BoxShape, CardShape, Layout, LayoutOptions, Point, Rect, SegmentShape } from './shapes.ts'
import { bottom, centre } from './shapes.ts'

const CARD = { width: 112, height: 84 }
const CARD_GAP = 14
const ROW_GAP = 40
const CELL = 15
const CELL_STEP = 19
const CELLS_PER_ROW = 5
/** More pods than this are drawn as one bar a workload. */
const MAX_CELLS = 20
const CELL_TOP = 30
const CELL_LEFT = 10
const NIC = { width: 18, height: 10 }
const BUS_DROP = 18
const LEFT = 26

/** Lays the overview out. */
export function overviewOf(topology: Topology, options: LayoutOptions): Layout {
  const nodes = nodesOf(topology)
  const cols = Math.max(2, Math.min(8, Math.ceil(Math.sqrt(nodes.length * 1.6))))
  const height = CARD.height + CELL_STEP * Math.max(0, Math.max(0, ...nodes.map(cellRows)) - 2)
  const width = Math.max(560, LEFT + cols * CARD.width + (cols - 1) * CARD_GAP)
  const band = bandOf(topology.services, width, options)
  const cards = nodes.map((machine, index) => {
    const row = Math.floor(index / cols)
    const rect: Rect = {
      x: LEFT + (index % cols) * (CARD.width + CARD_GAP),
      y: band.next + row * (height + ROW_GAP),
      width: CARD.width,
      height,
    }
    return cardOf(machine, rect)
  })
  const segment = spineOf(topology, cards, { cols, width })
  const lastBar = segment?.bars.at(-1)
  const boxes = boxesOf(topology, lastBar, width)
  const outside = wireBetween(boxes)
  const cells = new Map(cards.flatMap((card) => card.cells.map((cell) => [cell.ref, { tether: cellTether(cell.rect, card) }] as const)))
  const segments = [segment, outside].filter((candidate) => candidate !== null)
  const ends = [...boxes.map((box) => bottom(box.rect)), ...cards.map((card) => bottom(card.rect) + BUS_DROP)]
  return {
    level: 'overview',
    width,
    height: Math.max(band.bottom, ...ends) + 24,
    racks: [],
    cards,
    segments,
    boxes,
    services: band.services,
    more: band.more,
    tethers: tethersOf(band, cells),
  }
}

function cellRows(machine: TopologyMachine): number {
  return machine.pods.length > MAX_CELLS ? 4 : Math.ceil(machine.pods.length / CELLS_PER_ROW)
}

function cardOf(machine: TopologyMachine, rect: Rect): CardShape {
  const pods = [...machine.pods].sort(podOrder)
  const nic: Rect = { x: rect.x + rect.width - 16 - NIC.width, y: bottom(rect) - NIC.height / 2, ...NIC }
  if (pods.length > MAX_CELLS) return { ref: machine.ref, machine, rect, cells: [], workloads: barsOf(pods, rect), nic }
  const cells = pods.map((pod, index) => ({
    ref: pod.ref,
    pod,
    rect: {
      x: rect.x + CELL_LEFT + (index % CELLS_PER_ROW) * CELL_STEP,
      y: rect.y + CELL_TOP + Math.floor(index / CELLS_PER_ROW) * CELL_STEP,
      width: CELL,
      height: CELL,
    },
  }))
  return { ref: machine.ref, machine, rect, cells, workloads: [], nic }
}

function barsOf(pods: readonly TopologyPod[], card: Rect): CardShape['workloads'] {
  const groups = new Map<string, string[]>()
  for (const pod of pods) {
    const name = pod.workload?.split('/').at(-1) ?? pod.name
    groups.set(name, [...(groups.get(name) ?? []), pod.ref])
  }
  const largest = [...groups].sort((a, b) => b[1].length - a[1].length).slice(0, 4)
  const most = largest[0]?.[1].length ?? 1
  return largest.map(([name, refs], index) => ({
    name,
    count: refs.length,
    pods: refs,
    rect: {
      x: card.x + CELL_LEFT,
      y: card.y + CELL_TOP + index * CELL_STEP,
      width: Math.max(8, ((card.width - 2 * CELL_LEFT - 20) * refs.length) / most),
      height: CELL - 3,
    },
  }))
}

/** A tether comes down in the gap left of the card's column. */
function cellTether(cell: Rect, card: CardShape): Point[] {
  const x = card.rect.x - CARD_GAP / 2
  const y = cell.y - 2
  return [
    { x, y: card.rect.y - 12 },
    { x, y },
    { x: centre(cell).x, y },
    { x: centre(cell).x, y: cell.y },
  ]
}

function spineOf(
  topology: Topology,
  cards: readonly CardShape[],
  grid: { readonly cols: number; readonly width: number },
): SegmentShape | null {
  const network = topology.networks.find((candidate) => candidate.name === 'lan') ?? topology.networks[0]
  if (!network) return null
  const rows = new Set(cards.map((card) => bottom(card.rect)))
  const bars = [...rows].map((y) => ({ x: LEFT / 2 - 4, y: y + BUS_DROP, width: grid.width - LEFT / 2 + 4, height: 0 }))
  return { ref: network.ref, network, bars, riserX: LEFT / 2 - 4, kind: 'wire' }
}

function boxesOf(topology: Topology, bar: Rect | undefined, width: number): BoxShape[] {
  const y = (bar ? bar.y : 80) + 34
  let edge = width
  const boxes: BoxShape[] = []
  const order: readonly TopologyMachine['kind'][] = ['gateway', 'internet', 'host']
  const machines = [...topology.machines].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
  for (const machine of machines) {
    if (machine.kind === 'node') continue
    const size = machine.kind === 'internet' ? { width: 64, height: 64 } : { width: machine.kind === 'gateway' ? 140 : 120, height: 40 }
    const rect: Rect = { x: edge - size.width, y: y + 32 - size.height / 2, ...size }
    edge = rect.x - 30
    const onLan = bar !== undefined && machine.devices.some((device) => device.network !== null && device.network !== 'internet')
    const x = machine.kind === 'gateway' ? rect.x + 22 : centre(rect).x
    const wires = onLan
      ? [
          {
            network: `network/lan`,
            points: [
              { x, y: rect.y },
              { x, y: bar.y },
            ],
          },
        ]
      : []
    boxes.push({ ref: machine.ref, kind: machine.kind, machine, rect, wires })
  }
  return boxes
}

function wireBetween(boxes: readonly BoxShape[]): SegmentShape | null {
  const on = boxes.filter((box) => box.machine.devices.some((device) => device.network === 'internet'))
  const [first] = on
  if (!first || on.length < 2) return null
  const xs = on.map((box) => centre(box.rect).x)
  const rect: Rect = { x: Math.min(...xs), y: centre(first.rect).y, width: Math.max(...xs) - Math.min(...xs), height: 0 }
  return {
    ref: 'network/internet',
    network: { ref: 'network/internet', name: 'internet', cidr: '', mtu: 1500 },
    bars: [rect],
    riserX: null,
    kind: 'wire',
  }
}
