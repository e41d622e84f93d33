/** Which points of the layout a packet passes in one stay: the only place that knows both records and rectangles. Pure. */
import type { TopologyMachine } from '../../../engine/simulation/topology.ts'
import { insideOf } from './collapsed-layout.ts'
import type { BoxShape, CardShape, Layout, PodShape, Point, RackShape, Rect, SegmentShape } from './shapes.ts'
import { bottom, centre, standsFor } from './shapes.ts'
import type { Stay } from './stays.ts'

/** Heights of a packet's first, second, … pass through a kernel strip, as shares of it. */
const LANES = [0.4, 0.78] as const
/** Lanes of a packet that leaves by the port it came from: they leave room for words below. */
const RETURN_LANES = { out: 0.56, back: 0.26 } as const

/** Width of the loop of a packet that comes back to the same cell. */
const HAIRPIN = 62

export interface PassContext {
  readonly layout: Layout
  /** How often it was in this strip before. */
  readonly pass: number
  /** Where the line ends so far. */
  readonly from: Point | null
  readonly previous: Stay | undefined
  readonly next: Stay | undefined
}

/** The machine of a ref, wherever it is drawn. */
export function machineAt(layout: Layout, ref: string): TopologyMachine | null {
  return [...layout.racks, ...layout.cards, ...layout.boxes].find((shape) => shape.ref === ref)?.machine ?? null
}

/** Cable points between two stays: only pods have cables with bends. */
export function wirePoints(from: Stay, to: Stay, layout: Layout): readonly Point[] {
  const source = from.kind === 'pod' ? podAt(layout, from.where) : null
  if (source?.veth && to.kind !== 'pod') return source.veth.points
  const target = to.kind === 'pod' ? podAt(layout, to.where) : null
  return target?.veth && from.kind !== 'pod' ? target.veth.points.toReversed() : []
}

/** Points that a packet passes in a stay, in order. */
export function passPoints(stay: Stay, context: PassContext): readonly Point[] {
  const { layout } = context
  const rack = layout.racks.find((candidate) => candidate.ref === stay.where)
  if (stay.kind === 'pod') {
    const socket = podAt(layout, stay.where)?.socket
    return socket ? [socket] : []
  }
  if (stay.kind === 'wire') return onSegment(stay, context)
  if (rack && stay.kind === 'tunnel') return throughTunnel(stay, rack)
  if (rack) return stay.kind === 'bridge' ? alongBridge(stay, rack) : throughStrip(stay, rack, context)
  const box = layout.boxes.find((candidate) => candidate.ref === stay.where)
  if (box) return throughBox(stay, box)
  return inOverview(stay, context)
}

function podAt(layout: Layout, ref: string): PodShape | null {
  for (const rack of layout.racks) {
    const pod = rack.pods.find((candidate) => standsFor(candidate, ref))
    if (pod) return pod
  }
  return null
}

/** x of a device's line inside a rack; null for loopback and for packets made or ended here. */
function portX(rack: RackShape, device: string | null): number | null {
  if (device === null) return null
  if (rack.bridges.some((bridge) => bridge.device.name === device)) return rack.portX
  const nic = rack.nics.find((candidate) => candidate.device.name === device)
  return nic?.wireX ?? rack.pods.find((shape) => shape.pods.some((pod) => pod.veth === device))?.veth?.plug.x ?? null
}

function alongBridge(stay: Stay, rack: RackShape): Point[] {
  const names = [stay.entry, stay.exit]
  const decided = stay.records.find(({ event }) => event.at === 'br_fdb')?.event
  const master = rack.machine.devices.find((device) => names.includes(device.name))?.master
  const name = decided?.at === 'br_fdb' ? decided.bridge : master
  const bar = (rack.bridges.find((bridge) => bridge.device.name === name) ?? rack.bridges[0])?.rect
  if (!bar) return []
  const y = centre(bar).y
  const entry = portX(rack, stay.entry) ?? rack.portX
  const exit = portX(rack, stay.exit) ?? entry + (rack.portX - entry) * 0.6
  return entry === exit
    ? [{ x: entry, y }]
    : [
        { x: entry, y },
        { x: exit, y },
      ]
}

/** Does it come to the tunnel from outside, wrapped? */
function comesWrapped(stay: Stay | undefined): boolean {
  return stay?.kind === 'tunnel' && stay.wrapped > 0 && !stay.records.some(({ event }) => event.at === 'encap')
}

/** In by one port, out by the other; what is lost in it stays at the first. */
function throughTunnel(stay: Stay, rack: RackShape): Point[] {
  const tunnel = rack.tunnels.find((candidate) => candidate.device.name === stay.entry)
  if (!tunnel) return []
  const { y } = centre(tunnel.rect)
  const [bare, wrapped] = [
    { x: tunnel.bareX, y },
    { x: tunnel.wrappedX, y },
  ]
  if (stay.records.some(({ event }) => event.at === 'encap')) return [bare, wrapped]
  if (stay.records.some(({ event }) => event.at === 'decap')) return [wrapped, bare]
  return comesWrapped(stay) ? [wrapped] : [bare]
}

/** Wrapped packets run on the lower lane, so that they come to the outer port of their tunnel from the side of the NIC. */
function throughStrip(stay: Stay, rack: RackShape, { pass, previous, next }: PassContext): Point[] {
  const { strip } = rack
  const laneY = (lane: number) => strip.y + strip.height * (LANES[Math.min(lane, LANES.length - 1)] ?? 0.5)
  const tunnelX = (device: string | null, outside: boolean) => {
    const tunnel = rack.tunnels.find((candidate) => candidate.device.name === device)
    return tunnel ? (outside ? tunnel.wrappedX : tunnel.bareX) : null
  }
  const entry = tunnelX(stay.entry, previous?.kind === 'tunnel' && !comesWrapped(previous)) ?? portX(rack, stay.entry)
  const exit = tunnelX(stay.exit, comesWrapped(next)) ?? portX(rack, stay.exit)
  const middle = centre(strip).x
  const y = laneY(rack.tunnels.length > 0 ? stay.wrapped : pass)
  if (entry === null)
    return exit === null
      ? [{ x: middle, y }]
      : [
          { x: middle, y },
          { x: exit, y },
        ]
  if (exit === null)
    return [
      { x: entry, y },
      { x: middle, y },
    ]
  if (entry !== exit)
    return [
      { x: entry, y },
      { x: exit, y },
    ]
  // Back by the port it came from: the lower lane first, so that the line never crosses itself.
  const far = entry + (entry > middle ? -1 : 1) * strip.width * 0.42
  const out = strip.y + strip.height * RETURN_LANES.out
  const back = strip.y + strip.height * RETURN_LANES.back
  return [
    { x: entry, y: out },
    { x: far, y: out },
    { x: far, y: back },
    { x: entry, y: back },
  ]
}

/** The edge point of a box where a segment's wire ends. */
function boxPoint(box: BoxShape, network: string | null): Point {
  const wire = box.wires.find((candidate) => candidate.network === network)?.points[0]
  if (wire) return wire
  const middle = centre(box.rect)
  if (network !== 'network/internet') return { x: middle.x, y: box.rect.y }
  return box.kind === 'gateway' ? { x: gatewayX(box.rect), y: middle.y } : { x: box.rect.x + box.rect.width, y: middle.y }
}

/** Lines through the gateway run left of its words. */
export function gatewayX(rect: Rect): number {
  return rect.x + 22
}

function throughBox(stay: Stay, box: BoxShape): Point[] {
  const networkOf = (device: string | null) => {
    const network = box.machine.devices.find((candidate) => candidate.name === device)?.network
    return network ? `network/${network}` : null
  }
  const entry = stay.entry === null ? null : boxPoint(box, networkOf(stay.entry))
  const exit = stay.exit === null ? null : boxPoint(box, networkOf(stay.exit))
  if (entry && exit) return [entry, { x: entry.x, y: exit.y }, exit]
  const only = entry ?? exit ?? boxPoint(box, box.wires[0]?.network ?? 'network/internet')
  return [only]
}

/** Where a machine's device meets its segment: the segment, and the point on it. */
function plugOf(layout: Layout, where: string, device: string | null): { readonly segment: SegmentShape; readonly at: Point } | null {
  const machine = machineAt(layout, where)
  const network = machine?.devices.find((candidate) => candidate.name === device)?.network
  const segment = layout.segments.find((candidate) => candidate.ref === `network/${network ?? ''}`)
  if (!segment) return null
  const rack = layout.racks.find((candidate) => candidate.ref === where)
  const card = layout.cards.find((candidate) => candidate.ref === where)
  const box = layout.boxes.find((candidate) => candidate.ref === where)
  const rect = rack?.rect ?? card?.rect
  const bar = rect ? segment.bars.find((candidate) => candidate.y >= bottom(rect)) : segment.bars.at(-1)
  if (!bar) return null
  const nic = rack?.nics.find((candidate) => candidate.device.name === device)
  const wire = box?.wires.find((candidate) => candidate.network === segment.ref)?.points.at(-1)
  const x = nic?.wireX ?? wire?.x ?? (card ? centre(card.nic).x : box ? boxPoint(box, segment.ref).x : bar.x)
  return { segment, at: { x, y: centre(bar).y } }
}

function onSegment(stay: Stay, { layout, next }: PassContext): Point[] {
  const from = plugOf(layout, stay.where, stay.exit)
  if (!from) return []
  const to = next ? plugOf(layout, next.where, next.entry) : null
  if (!to || to.segment !== from.segment) return [from.at, { x: from.at.x + 64, y: from.at.y }]
  const riserX = from.segment.riserX
  if (to.at.y === from.at.y || riserX === null) return [from.at, { x: to.at.x, y: from.at.y }, to.at]
  return [from.at, { x: riserX, y: from.at.y }, { x: riserX, y: to.at.y }, to.at]
}

function inOverview(stay: Stay, { layout, from, next }: PassContext): Point[] {
  const card = layout.cards.find((candidate) => candidate.ref === stay.where)
  if (!card) return inCell(stay.where, layout.cards, from)
  const nic = centre(card.nic)
  const turnY = card.nic.y - 7
  const back = next === undefined ? null : (inCell(next.where, [card], null)[0] ?? null)
  // Back to where it came from: round a loop, so that both ways can be seen.
  if (from && back && back.x === from.x && back.y === from.y)
    return [
      { x: from.x, y: turnY },
      { x: from.x + HAIRPIN, y: turnY },
      { x: from.x + HAIRPIN, y: from.y },
    ]
  const isNic = (device: string | null) => card.machine.devices.some((candidate) => candidate.name === device && candidate.network !== null)
  const points: Point[] = isNic(stay.entry)
    ? [nic, { x: nic.x, y: turnY }]
    : from
      ? [{ x: from.x, y: turnY }]
      : [{ x: centre(card.rect).x, y: turnY }]
  if (isNic(stay.exit) || next?.kind === 'wire') points.push({ x: nic.x, y: turnY }, nic)
  return points
}

function inCell(ref: string, cards: readonly CardShape[], from: Point | null): Point[] {
  for (const card of cards) {
    if (card.collapsed && card.machine.pods.some((pod) => pod.ref === ref)) {
      const at = insideOf(card)
      return from ? [{ x: at.x, y: from.y }, at] : [at]
    }
    const cell = card.cells.find((candidate) => candidate.ref === ref)?.rect
    const bar = card.workloads.find((workload) => workload.pods.includes(ref))?.rect
    // The words of a bar are at its left end.
    const at = cell ? centre(cell) : bar ? { x: bar.x + bar.width - 6, y: centre(bar).y } : null
    if (!at) continue
    return from ? [{ x: at.x, y: from.y }, at] : [at]
  }
  return []
}
