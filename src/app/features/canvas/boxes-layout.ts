/** What hangs below the racks: hosts, gateway, internet, and the segments besides the racks' own. Pure. */
import type { Topology, TopologyMachine, TopologyNetwork } from '../../../engine/simulation/topology.ts'
import { nodesOf } from '../../store/standing-order.ts'
import type { BoxShape, Point, Rect, SegmentShape } from './shapes.ts'
import { bottom, centre } from './shapes.ts'

export const SEGMENT_HEIGHT = 14
export const SEGMENT_GAP = 44
const GATEWAY = { width: 156, height: 44 }
const INTERNET = 76
const HOST = { width: 196, height: 54 }
const HOST_GAP = 22
/** Lines through a host run left of its words, one for each segment below it. */
const HOST_PORT = 16
const HOST_PORT_STEP = 12
/** The network between the gateway and the internet is a wire, not a bar. */
export const OUTSIDE = 'network/internet'
/** Room for a segment's own words under its left end. */
const LABEL_WIDTH = 214

/** Ref of the network of the racks' first NICs. */
export function mainOf(topology: Topology): string {
  const nic = nodesOf(topology)[0]?.devices.find((device) => device.network !== null)
  return `network/${nic?.network ?? 'lan'}`
}

/** The segments of a topology that are bars: the one with ref `main` first. */
export function segmentNetworks(topology: Topology, main: string): TopologyNetwork[] {
  return topology.networks.filter((network) => network.ref !== OUTSIDE).sort((a, b) => Number(b.ref === main) - Number(a.ref === main))
}

interface Hanging {
  readonly machine: TopologyMachine
  /** Index of the uppermost bar it is plugged into; 0 for hosts on the internet. */
  readonly tier: number
  /** Index of the lowest one. */
  readonly reach: number
  readonly column: number
}

/** Hosts in columns such that no box stands in the way of another host's wire. */
function hangingOf(machines: readonly TopologyMachine[], bars: readonly string[]): Hanging[] {
  const hanging: Hanging[] = []
  for (const machine of machines.filter((candidate) => candidate.kind === 'host')) {
    const tiers = pluggedOf(machine).flatMap((network) => (bars.includes(network) ? [bars.indexOf(network)] : []))
    const tier = Math.max(0, Math.min(...(tiers.length > 0 ? tiers : [0])))
    const reach = Math.max(tier, Math.max(0, ...tiers) - 1)
    let column = 0
    while (hanging.some((other) => other.column === column && other.tier <= reach && tier <= other.reach)) column += 1
    hanging.push({ machine, tier, reach, column })
  }
  return hanging
}

function pluggedOf(machine: TopologyMachine): string[] {
  return machine.devices.flatMap((device) => (device.network === null ? [] : [`network/${device.network}`]))
}

/** The least width that holds them. */
export function boxesWidth(topology: Topology, main: string): number {
  const bars = segmentNetworks(topology, main).map((network) => network.ref)
  const hanging = hangingOf(topology.machines, bars)
  const outside = topology.machines.some((machine) => machine.kind === 'internet') ? INTERNET + 36 : 0
  const gateway = topology.machines.some((machine) => machine.kind === 'gateway') ? GATEWAY.width : 0
  const columnsIn = (lower: boolean) => 1 + Math.max(-1, ...hanging.filter(({ tier }) => tier > 0 === lower).map((one) => one.column))
  const upper = LABEL_WIDTH + columnsIn(false) * (HOST.width + HOST_GAP) + outside + gateway
  return Math.max(upper, LABEL_WIDTH + columnsIn(true) * (HOST.width + HOST_GAP))
}

/** Bars of further segments, and every box. `main` is the segment of the racks, already placed. */
export function boxesBelow(
  topology: Topology,
  main: SegmentShape,
  width: number,
): { readonly boxes: readonly BoxShape[]; readonly segments: readonly SegmentShape[] } {
  const segments = [main, ...furtherBars(topology, main, width)]
  const hanging = hangingOf(
    topology.machines,
    segments.map((segment) => segment.ref),
  )
  const rowMid = barBottom(main) + SEGMENT_GAP + INTERNET / 2 - 6
  const boxes: BoxShape[] = []
  let edge = width
  for (const kind of ['gateway', 'internet'] as const) {
    const machine = topology.machines.find((candidate) => candidate.kind === kind)
    if (!machine) continue
    const size = kind === 'gateway' ? GATEWAY : { width: INTERNET, height: INTERNET }
    const rect: Rect = { x: edge - size.width, y: rowMid - size.height / 2, ...size }
    boxes.push({ ref: machine.ref, kind, machine, rect, wires: wiresOf(machine, rect, segments) })
    edge = rect.x - 32
  }
  for (const { machine, tier, column } of hanging) {
    const bar = segments[tier] ?? main
    const public_ = !pluggedOf(machine).some((network) => segments.some((segment) => segment.ref === network))
    const x = public_ ? edge - HOST.width - column * (HOST.width + HOST_GAP) : LABEL_WIDTH + column * (HOST.width + HOST_GAP)
    const rect: Rect = { x, y: public_ ? rowMid - HOST.height / 2 : barBottom(bar) + SEGMENT_GAP - 8, ...HOST }
    boxes.push({ ref: machine.ref, kind: 'host', machine, rect, wires: wiresOf(machine, rect, segments) })
  }
  const outside = outsideOf(boxes)
  return { boxes, segments: outside ? [...segments, outside] : segments }
}

function barBottom(segment: SegmentShape): number {
  return Math.max(0, ...segment.bars.map(bottom))
}

function furtherBars(topology: Topology, main: SegmentShape, width: number): SegmentShape[] {
  const step = SEGMENT_HEIGHT + SEGMENT_GAP + HOST.height + 16
  const first = barBottom(main) + SEGMENT_GAP + INTERNET + 6
  return segmentNetworks(topology, main.ref)
    .filter((network) => network.ref !== main.ref)
    .map((network, index) => {
      const bar: Rect = { x: 0, y: first + index * step, width, height: SEGMENT_HEIGHT }
      return { ref: network.ref, network, bars: [bar], riserX: null, kind: 'bar' }
    })
}

/** From a box straight up or down to each of its segments. */
function wiresOf(machine: TopologyMachine, rect: Rect, segments: readonly SegmentShape[]): BoxShape['wires'] {
  let below = 0
  return pluggedOf(machine).flatMap((network) => {
    const bar = segments.find((segment) => segment.ref === network)?.bars.at(-1)
    if (!bar) return []
    const up = bar.y < rect.y
    const x = machine.kind === 'gateway' ? rect.x + 22 : rect.x + HOST_PORT + (up ? 0 : HOST_PORT_STEP * below++)
    const points: Point[] = up
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
  const on = boxes.filter((box) => pluggedOf(box.machine).includes(OUTSIDE))
  const [first] = on
  if (!first || on.length < 2) return null
  const xs = on.map((box) => centre(box.rect).x)
  const rect: Rect = { x: Math.min(...xs), y: centre(first.rect).y, width: Math.max(...xs) - Math.min(...xs), height: 0 }
  const network: TopologyNetwork = { ref: OUTSIDE, name: 'internet', cidr: '', mtu: 1500 }
  return { ref: OUTSIDE, network, bars: [rect], riserX: null, kind: 'wire' }
}
