/** The inside of one node's rack: pods in rows, cables, bridge bars, kernel strip, NICs. Everything relative to `at`. Pure. */
import type { TopologyMachine, TopologyPod } from '../../../engine/simulation/topology.ts'
import { type Arrangement, AS_LAID_OUT, groupRef } from '../../store/arrangement.ts'
import { podsOf } from '../../store/standing-order.ts'
import type { BridgeShape, NicShape, PodShape, Point, RackShape, Rect, TunnelShape, VethShape } from './shapes.ts'
import { bottom, right } from './shapes.ts'

export const POD = { width: 112, height: 80 }
const HEADER = 36
const ROW_GAP = 34
const VETH_GAP = 46
export const BRIDGE_HEIGHT = 22
const BRIDGE_GAP = 14
const STRIP_GAP = 34
export const STRIP_HEIGHT = 72
const DEVICE_ROW = 36
const LANE = 6
const NIC = { width: 72, height: 36 }
const TUNNEL = { width: 86, height: 34 }
const TUNNEL_GAP = 24
/** From a tunnel's edge to its ports. */
const TUNNEL_PORT = 22
/** Where the first tunnel's middle lies, as a share of the rack's width. */
const TUNNEL_AT = 0.49
const TUNNEL_KINDS: readonly string[] = ['vxlan', 'ipip', 'tun']
/** From the rack's edge to the bars inside it. */
const BAR_INSET = 12

/** What all racks of a canvas share, so that they line up. */
export interface RackGrid {
  readonly cols: number
  readonly gap: number
  readonly pad: number
  readonly arrangement: Arrangement
}

/** Columns for a number of pods: `clamp(ceil(sqrt(2 · pods)), 3, 8)`. */
export function columnsFor(pods: number): number {
  return Math.max(3, Math.min(8, Math.ceil(Math.sqrt(2 * pods))))
}

/** What has a place in a rack: a pod, or the pods of a collapsed workload. */
interface Tile {
  readonly ref: string
  readonly pod: TopologyPod
  readonly pods: readonly TopologyPod[]
  readonly group: boolean
}

/** The tiles of a node in their order; a group stands where its first pod stood. */
function tilesOf(machine: TopologyMachine, { collapsed, order }: Arrangement): readonly Tile[] {
  const pods = podsOf(machine, order)
  return pods.flatMap((pod): Tile[] => {
    const { workload } = pod
    if (workload === null || !collapsed.includes(workload)) return [{ ref: pod.ref, pod, pods: [pod], group: false }]
    const all = pods.filter((other) => other.workload === workload)
    return all[0] === pod ? [{ ref: groupRef(machine.name, workload), pod, pods: all, group: true }] : []
  })
}

/** The grid that fits the largest of the racks. */
export function gridOf(machines: readonly TopologyMachine[], arrangement: Arrangement = AS_LAID_OUT): RackGrid {
  const isPlain = arrangement.collapsed.length === 0
  const counts = machines.map((machine) => (isPlain ? machine.pods : tilesOf(machine, arrangement)).length)
  const cols = Math.max(3, ...counts.map(columnsFor))
  const rows = Math.max(1, ...counts.map((count) => Math.ceil(count / cols)))
  const gap = Math.max(12, LANE * rows)
  return { cols, gap, arrangement, pad: rows === 1 ? 18 : BAR_INSET + 9 + LANE * (rows - 1) }
}

/** Width of every rack of the canvas. */
export function rackWidth({ cols, gap, pad }: RackGrid): number {
  return cols * POD.width + (cols - 1) * gap + 2 * pad
}

/** How high the largest of the racks is. */
export function tallestRack(machines: readonly TopologyMachine[], grid: RackGrid): number {
  return Math.max(
    0,
    ...machines.map((machine) => frameOf(machine, { x: 0, y: 0 }, grid, tilesOf(machine, grid.arrangement).length).rect.height),
  )
}

/** A rack without what is in it. */
function frameOf(
  machine: TopologyMachine,
  at: Point,
  grid: RackGrid,
  tiles: number,
): Pick<RackContext, 'rect' | 'rows' | 'bridges' | 'strip'> {
  const width = rackWidth(grid)
  const rows = Math.max(1, Math.ceil(tiles / grid.cols))
  const podsBottom = at.y + HEADER + rows * POD.height + (rows - 1) * ROW_GAP
  const bridges = bridgesOf(machine, { x: at.x + BAR_INSET, y: podsBottom + VETH_GAP }, width - 2 * BAR_INSET)
  const lastBar = bridges.at(-1)?.rect
  const stripTop = (lastBar ? bottom(lastBar) : podsBottom + VETH_GAP - STRIP_GAP) + STRIP_GAP
  const strip: Rect = { x: at.x + BAR_INSET, y: stripTop, width: width - 2 * BAR_INSET, height: STRIP_HEIGHT }
  const height = bottom(strip) + STRIP_GAP + DEVICE_ROW - at.y
  return { rect: { x: at.x, y: at.y, width, height }, rows, bridges, strip }
}

/** Lays one rack out with its upper left corner at `at`. */
export function rackOf(machine: TopologyMachine, at: Point, grid: RackGrid): RackShape {
  const tiles = tilesOf(machine, grid.arrangement)
  const frame = frameOf(machine, at, grid, tiles.length)
  const { rect, bridges, strip } = frame
  const masters = new Map(machine.devices.map(({ name, master }) => [name, master]))
  const shapes = tiles.map((tile, index) => podOf(tile, index, { ...frame, machine, grid, masters }))
  const nics = nicsOf(machine, rect)
  const portX = at.x + grid.pad + 30
  return { ref: machine.ref, machine, rect, pods: shapes, bridges, strip, portX, nics, tunnels: tunnelsOf(machine, rect, { portX, nics }) }
}

/** From left to right between the bridge's port and the NICs, so that no line crosses another; several move to the left for room. */
function tunnelsOf(machine: TopologyMachine, rack: Rect, { portX, nics }: Pick<RackShape, 'portX' | 'nics'>): TunnelShape[] {
  const devices = machine.devices.filter((device) => TUNNEL_KINDS.includes(device.kind))
  const end = Math.min(right(rack), ...nics.map((nic) => nic.rect.x)) - 12
  const taken = devices.length * (TUNNEL.width + TUNNEL_GAP) - TUNNEL_GAP
  const first = Math.max(portX + 16, Math.min(rack.x + rack.width * TUNNEL_AT - TUNNEL.width / 2, end - taken))
  return devices.map((device, index) => {
    const rect: Rect = {
      x: Math.round(first) + index * (TUNNEL.width + TUNNEL_GAP),
      y: bottom(rack) - DEVICE_ROW,
      ...TUNNEL,
    }
    const ports = { bareX: rect.x + TUNNEL_PORT, wrappedX: right(rect) - TUNNEL_PORT }
    return { ref: `tunnel/${machine.name}/${device.name}`, device, rect, ...ports }
  })
}

function bridgesOf(machine: TopologyMachine, at: Point, width: number): BridgeShape[] {
  return machine.devices
    .filter((device) => device.kind === 'bridge')
    .map((device, index) => ({
      ref: `bridge/${machine.name}/${device.name}`,
      device,
      rect: { x: at.x, y: at.y + index * (BRIDGE_HEIGHT + BRIDGE_GAP), width, height: BRIDGE_HEIGHT },
    }))
}

function nicsOf(machine: TopologyMachine, rack: Rect): NicShape[] {
  return machine.devices
    .filter((device) => device.kind === 'physical')
    .map((device, index) => {
      const rect: Rect = { x: right(rack) - 18 - NIC.width - index * (NIC.width + 14), y: bottom(rack) - NIC.height / 2, ...NIC }
      const network = device.network === null ? null : `network/${device.network}`
      return { ref: `nic/${machine.name}/${device.name}`, device, rect, wireX: right(rect) - 16, network }
    })
}

interface RackContext {
  readonly machine: TopologyMachine
  readonly rect: Rect
  readonly grid: RackGrid
  readonly rows: number
  readonly bridges: readonly BridgeShape[]
  readonly strip: Rect
  /** The bridge that each device is a port of. */
  readonly masters: ReadonlyMap<string, string | null>
}

function podOf({ ref, pod, pods, group }: Tile, index: number, rack: RackContext): PodShape {
  const { grid } = rack
  const row = Math.floor(index / grid.cols)
  const x = rack.rect.x + grid.pad + (index % grid.cols) * (POD.width + grid.gap)
  const rect: Rect = { x, y: rack.rect.y + HEADER + row * (POD.height + ROW_GAP), ...POD }
  const socket: Point = { x: x + POD.width / 2, y: bottom(rect) }
  return {
    ref,
    pod,
    pods,
    group,
    rect,
    socket: pod.hostNetwork ? null : socket,
    veth: vethOf(pod, socket, rack.rows - 1 - row, { ...rack, podX: x }),
    tether: tetherOf(rect, row, rack),
  }
}

/** `above`: how many rows lie below this one; its lane runs that many steps left of its column. */
function vethOf(pod: TopologyPod, socket: Point, above: number, rack: RackContext & { readonly podX: number }): VethShape | null {
  const name = pod.hostNetwork ? null : pod.veth
  if (name === null) return null
  const bar = rack.bridges.find((bridge) => bridge.device.name === rack.masters.get(name))?.rect
  const end = bar ? bar.y : rack.strip.y
  const laneX = rack.podX - LANE * above
  const points: Point[] =
    above === 0
      ? [socket, { x: socket.x, y: end }]
      : [socket, { x: socket.x, y: socket.y + ROW_GAP / 2 }, { x: laneX, y: socket.y + ROW_GAP / 2 }, { x: laneX, y: end }]
  return { ref: `veth/${rack.machine.name}/${name}`, name, points, plug: { x: above === 0 ? socket.x : laneX, y: end } }
}

function tetherOf(pod: Rect, row: number, rack: RackContext): Point[] {
  const top: Point = { x: pod.x + pod.width / 2, y: pod.y }
  if (row === 0) return [{ x: top.x, y: rack.rect.y }, top]
  const gapX = right(pod) + 4
  const turnY = pod.y - 9
  return [{ x: gapX, y: rack.rect.y }, { x: gapX, y: turnY }, { x: top.x, y: turnY }, top]
}
