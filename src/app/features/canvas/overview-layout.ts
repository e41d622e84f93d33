/** The overview: one card a node, a cell a pod, row buses joined by one spine. Pure. */
import type { Topology, TopologyMachine, TopologyPod } from '../../../engine/simulation/topology.ts'
import { type Arrangement, AS_LAID_OUT } from '../../store/arrangement.ts'
import { nodesOf, podOrder, podsOf } from '../../store/standing-order.ts'
import { boxesBelow, boxesWidth, mainOf, segmentNetworks } from './boxes-layout.ts'
import { podNameParts } from './pod-name.ts'
import { bandOf } from './services-layout.ts'
import type { CalloutShape, CardShape, Layout, LayoutOptions, Rect, SegmentShape } from './shapes.ts'
import { bottom } from './shapes.ts'

export const CARD = { width: 112, height: 84 }
const CARD_GAP = 14
/** Between columns, where there are few. */
const MOST_GAP = 130
const ROW_GAP = 40
const MIN_WIDTH = 720
/** Between the Services and the uppermost cards or callouts. */
const BAND_GAP = 26
/** What gateway and internet take below the cards. */
const OUTSIDE_HEIGHT = 120
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

/** A callout over a card, and the next one over that. */
const CALLOUT = { height: 22, step: 25 }
/** The proportions of the pane that cards are arranged for: fixed, so that the picture does not change with the window. */
const PANE = { width: 750, height: 620 }

/** Lays the overview out. */
export function overviewOf(topology: Topology, options: LayoutOptions): Layout {
  const { order } = options.arrangement ?? AS_LAID_OUT
  const nodes = nodesOf(topology, order)
  const height = CARD.height + CELL_STEP * Math.max(0, Math.max(0, ...nodes.map(cellRows)) - 2)
  const cols = columnsOf(nodes.length, height)
  const cardsWidth = LEFT + cols * CARD.width + (cols - 1) * CARD_GAP
  const main = mainOf(topology)
  const band = bandOf(topology.services, Math.max(MIN_WIDTH, cardsWidth, boxesWidth(topology, main)), options)
  const { width } = band
  const { cards, callouts } = cardsOf(nodes, { cols, height, width, top: band.bottom + BAND_GAP, named: options.named ?? [], order })
  const spine = spineOf(topology, cards, { width, top: band.next })
  const below = spine ? boxesBelow(topology, spine, width) : { boxes: [], segments: [] }
  const ends = [
    ...below.boxes.map((box) => bottom(box.rect)),
    ...below.segments.flatMap((segment) => segment.bars.map(bottom)),
    ...cards.map((card) => bottom(card.rect) + BUS_DROP),
  ]
  return {
    level: 'overview',
    width,
    height: Math.max(band.bottom, ...ends) + 14,
    racks: [],
    cards,
    callouts,
    segments: below.segments,
    boxes: below.boxes,
    services: band.services,
    more: band.more,
    tethers: [],
  }
}

/** As many columns as fill a pane best; at most eight. */
function columnsOf(count: number, height: number): number {
  let best = 1
  let largest = 0
  for (let cols = 1; cols <= Math.min(8, count); cols++) {
    const rows = Math.ceil(count / cols)
    const zoom = Math.min(
      PANE.width / (LEFT + cols * (CARD.width + CARD_GAP)),
      PANE.height / (rows * (height + ROW_GAP) + BAND_GAP + OUTSIDE_HEIGHT),
    )
    if (zoom <= largest * 1.02) continue
    largest = zoom
    best = cols
  }
  return best
}

interface CardGrid {
  readonly cols: number
  readonly height: number
  readonly width: number
  readonly top: number
  readonly named: readonly string[]
  readonly order: Arrangement['order']
}

/** Rows of cards; each row leaves room above it for its callouts. Few columns spread over the width. */
function cardsOf(nodes: readonly TopologyMachine[], grid: CardGrid): Pick<Layout, 'cards' | 'callouts'> {
  const { cols, height } = grid
  const room = (grid.width - LEFT - cols * CARD.width) / Math.max(1, cols - 1)
  const gap = cols === 1 ? CARD_GAP : Math.max(CARD_GAP, Math.min(MOST_GAP, room))
  const cards: CardShape[] = []
  const callouts: CalloutShape[] = []
  let y = grid.top
  for (let first = 0; first < nodes.length; first += cols) {
    const machines = nodes.slice(first, first + cols)
    const xs = machines.map((_, column) => LEFT + column * (CARD.width + gap))
    const placed = calloutsOf(machines, xs, grid)
    const lanes = Math.max(0, ...placed.map(({ lane }) => lane + 1))
    y += Math.max(0, lanes * CALLOUT.step - (first === 0 ? 0 : ROW_GAP - BUS_DROP - 6))
    for (const [column, machine] of machines.entries())
      cards.push(cardOf(machine, { x: xs[column] ?? LEFT, y, width: CARD.width, height }, grid.order))
    for (const { pod, x, width, lane } of placed) {
      const rect: Rect = { x, y: y - (lane + 1) * CALLOUT.step, width, height: CALLOUT.height }
      callouts.push({ ref: pod.ref, pod, rect })
    }
    y += height + ROW_GAP
  }
  return { cards, callouts }
}

interface PlacedCallout {
  readonly pod: TopologyPod
  readonly x: number
  readonly width: number
  readonly lane: number
}

/** Each callout begins above its card and takes the lowest lane that is free there. */
function calloutsOf(machines: readonly TopologyMachine[], xs: readonly number[], grid: CardGrid): PlacedCallout[] {
  const placed: PlacedCallout[] = []
  for (const [column, machine] of machines.entries())
    for (const pod of machine.pods.filter(({ ref }) => grid.named.includes(ref)).sort(podOrder)) {
      const width = calloutWidth(pod)
      const x = Math.max(0, Math.min(xs[column] ?? 0, grid.width - width))
      let lane = 0
      while (placed.some((other) => other.lane === lane && other.x < x + width + 6 && x < other.x + other.width + 6)) lane += 1
      placed.push({ pod, x, width, lane })
    }
  return placed
}

/** The width that holds a callout's words at zoom 1. */
function calloutWidth(pod: TopologyPod): number {
  return Math.round(32 + podNameParts(pod.name, pod.workload).join('').length * 7.2 + 8 + pod.address.length * 6.7)
}

function cellRows(machine: TopologyMachine): number {
  return machine.pods.length > MAX_CELLS ? 4 : Math.ceil(machine.pods.length / CELLS_PER_ROW)
}

function cardOf(machine: TopologyMachine, rect: Rect, order: Arrangement['order']): CardShape {
  const pods = podsOf(machine, order)
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
    const group = groups.get(name)
    if (group) group.push(pod.ref)
    else groups.set(name, [pod.ref])
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

function spineOf(
  topology: Topology,
  cards: readonly CardShape[],
  ground: { readonly width: number; readonly top: number },
): SegmentShape | null {
  const [network] = segmentNetworks(topology, mainOf(topology))
  if (!network) return null
  const rows = new Set(cards.map((card) => bottom(card.rect) + BUS_DROP))
  const x = LEFT / 2 - 4
  const bars = [...(rows.size > 0 ? rows : [ground.top])].map((y) => ({ x, y, width: ground.width - x, height: 0 }))
  return { ref: network.ref, network, bars, riserX: x, kind: 'wire' }
}
