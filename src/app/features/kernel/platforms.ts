/** Where the hooks stand at kernel level: PREROUTING, route, FORWARD and POSTROUTING on the main line, INPUT, sockets and OUTPUT above it. Pure; px. */
import type { KernelStation, KernelView } from '../../../engine/simulation/kernel-view.ts'

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Cell extends Box {
  readonly station: KernelStation
}

export interface Platform extends Box {
  readonly hook: string
  readonly cells: readonly Cell[]
}

export type Point = readonly [x: number, y: number]

export interface Platforms {
  readonly width: number
  readonly height: number
  readonly platforms: readonly Platform[]
  readonly route: { readonly x: number; readonly y: number; readonly radius: number }
  readonly sockets: Box
  readonly inDevice: Box
  readonly outDevice: Box
  /** All ways that exist. */
  readonly ways: readonly (readonly Point[])[]
  /** The part of the packet's way that lies behind it, and the rest. */
  readonly walked: readonly Point[]
  readonly ahead: readonly Point[]
  /** Where the packet is; null where it is in no table. */
  readonly packet: Point | null
}

/** Px of a letter in a cell. */
const LETTER = 6.7
const SMALLEST_CELL = 48
const LARGEST_CELL = 88
const HEIGHT = 54
const TOP = 26
const MAIN = 134
const DEVICE = 74
const DIAMOND = 20
const MARGIN = 14
const GAP = 14

type Hook = KernelStation['hook']

/** What is drawn of a hook: security tables that nothing has made and nobody uses are left out. */
function drawn(stations: readonly KernelStation[], hook: Hook): readonly KernelStation[] {
  return stations.filter((station) => station.hook === hook && (station.run !== 'security' || station.rules !== null))
}

/** What a cell is called: the kernel's functions of IPVS have long names. */
export function stationName(run: string): string {
  return run.replace(/^ip_vs_/, 'ipvs ').replace('forward_icmp', 'icmp')
}

const leastWidth = ({ run }: KernelStation): number => Math.max(SMALLEST_CELL, stationName(run).length * LETTER + 8)

/** Lays out the hooks of a view in a pane that wide; narrower panes scroll. */
export function platformsOf(view: KernelView, paneWidth: number): Platforms {
  const of = (hook: Hook): readonly KernelStation[] => drawn(view.stations, hook)
  const main = [...of('PREROUTING'), ...of('FORWARD'), ...of('POSTROUTING')]
  const fixed = 2 * MARGIN + 2 * DEVICE + 5 * GAP + 2 * DIAMOND
  const least = main.reduce((sum, station) => sum + leastWidth(station), 0)
  const spare = Math.max(0, Math.min(LARGEST_CELL - SMALLEST_CELL, (paneWidth - fixed - least) / main.length))
  const place = (hook: Hook, left: number, y: number): Platform => {
    let x = left
    const cells = of(hook).map((station) => {
      const width = leastWidth(station) + spare
      x += width
      return { station, x: x - width, y, width, height: HEIGHT }
    })
    return { hook, x: left, y, width: x - left, height: HEIGHT, cells }
  }
  const inDevice = { x: MARGIN, y: MAIN + 12, width: DEVICE, height: HEIGHT - 24 }
  const pre = place('PREROUTING', inDevice.x + DEVICE + GAP, MAIN)
  const routeX = pre.x + pre.width + GAP + DIAMOND
  const forward = place('FORWARD', routeX + DIAMOND + GAP, MAIN)
  const post = place('POSTROUTING', forward.x + forward.width + GAP, MAIN)
  const outDevice = { x: post.x + post.width + GAP, y: inDevice.y, width: DEVICE, height: inDevice.height }
  const right = outDevice.x + DEVICE
  const [inputWidth, outputWidth] = [place('INPUT', 0, TOP).width, place('OUTPUT', 0, TOP).width]
  const input = place('INPUT', Math.max(MARGIN + GAP, Math.min(pre.x, right - GAP - outputWidth - SOCKETS - 2 * GAP - inputWidth)), TOP)
  const output = place('OUTPUT', Math.max(input.x + input.width + SOCKETS + 2 * GAP, right - GAP - outputWidth), TOP)
  const sockets = { x: (input.x + input.width + output.x - SOCKETS) / 2, y: TOP + 12, width: SOCKETS, height: HEIGHT - 24 }
  const placed: Placed = { inDevice, pre, routeX, forward, post, outDevice, input, output, sockets }
  const ways = [forwardWay(placed), inputWay(placed), outputWay(placed)]
  const platforms = [input, output, pre, forward, post]
  const way = wayTaken(view, ways)
  const at = packetAt(view, placed)
  const [walked, ahead] = at ? splitAt(way, at) : endedOrNot(view, way)
  return {
    ...{ width: Math.max(right, output.x + output.width + GAP) + MARGIN, height: MAIN + HEIGHT + 38, platforms },
    ...{ route: { x: routeX, y: LINE, radius: DIAMOND }, sockets, inDevice, outDevice, ways, walked, ahead, packet: at },
  }
}

const SOCKETS = 66

interface Placed {
  readonly inDevice: Box
  readonly pre: Platform
  readonly routeX: number
  readonly forward: Platform
  readonly post: Platform
  readonly outDevice: Box
  readonly input: Platform
  readonly output: Platform
  readonly sockets: Box
}

const LINE = MAIN + HEIGHT / 2
const UPPER = TOP + HEIGHT / 2
const BETWEEN = (TOP + HEIGHT + MAIN) / 2

function forwardWay({ inDevice, outDevice }: Placed): readonly Point[] {
  return [
    [inDevice.x + inDevice.width / 2, LINE],
    [outDevice.x + outDevice.width / 2, LINE],
  ]
}

function inputWay({ inDevice, routeX, input, sockets }: Placed): readonly Point[] {
  const turn = input.x - GAP / 2
  return [
    [inDevice.x + inDevice.width / 2, LINE],
    [routeX, LINE],
    [routeX, BETWEEN],
    [turn, BETWEEN],
    [turn, UPPER],
    [sockets.x + sockets.width / 2, UPPER],
  ]
}

function outputWay({ sockets, output, post, outDevice }: Placed): readonly Point[] {
  const turn = output.x + output.width + GAP / 2
  const down = post.x - GAP / 2
  return [
    [sockets.x + sockets.width / 2, UPPER],
    [turn, UPPER],
    [turn, BETWEEN],
    [down, BETWEEN],
    [down, LINE],
    [outDevice.x + outDevice.width / 2, LINE],
  ]
}

/** Made here: by OUTPUT. For a socket of this namespace: by INPUT. Else through. */
function wayTaken(view: KernelView, [forward = [], input = [], output = []]: readonly (readonly Point[])[]): readonly Point[] {
  const visited = (hook: Hook): boolean => view.stations.some((station) => station.hook === hook && (station.passed || station.current))
  if (visited('INPUT') || view.route === 'local') return input
  if (view.in === null && (visited('OUTPUT') || visited('POSTROUTING') || view.at !== null)) return output
  return view.in !== null || visited('PREROUTING') ? forward : []
}

/** In a table, else in a device, at the routing decision or in a socket. */
function packetAt({ at, in: device }: KernelView, placed: Placed): Point | null {
  const { input, output, pre, forward, post, inDevice, outDevice, sockets, routeX } = placed
  const cell = [input, output, pre, forward, post].flatMap(({ cells }) => cells).find(({ station }) => station.current)
  if (cell) return [cell.x + cell.width / 2, cell.y + cell.height / 2]
  switch (at) {
    case 'in':
      return [inDevice.x + inDevice.width / 2, LINE]
    case 'out':
      return [outDevice.x + outDevice.width / 2, LINE]
    case 'sockets':
      return [sockets.x + sockets.width / 2, UPPER]
    case 'route':
      return device === null ? [sockets.x + sockets.width / 2, UPPER] : [routeX, LINE]
    case null:
      return null
  }
}

/** Between two tables the way counts as walked once the packet has left for good, else up to the last table passed. */
function endedOrNot(view: KernelView, way: readonly Point[]): readonly [readonly Point[], readonly Point[]] {
  const left = view.stations.some((station) => station.hook === 'POSTROUTING' && station.passed)
  const arrived = view.stations.some((station) => station.hook === 'INPUT' && station.passed)
  return left || arrived ? [way, []] : [[], way]
}

/** A point on the polyline cuts it in two. */
function splitAt(way: readonly Point[], at: Point): readonly [readonly Point[], readonly Point[]] {
  for (let i = 0; i + 1 < way.length; i++) {
    const [a, b] = [way[i], way[i + 1]]
    if (a && b && isBetween(a, at, b))
      return [
        [...way.slice(0, i + 1), at],
        [at, ...way.slice(i + 1)],
      ]
  }
  return [[], way]
}

function isBetween([ax, ay]: Point, [x, y]: Point, [bx, by]: Point): boolean {
  const inside = (low: number, value: number, high: number): boolean =>
    Math.min(low, high) - 0.5 <= value && value <= Math.max(low, high) + 0.5
  return inside(ax, x, bx) && inside(ay, y, by)
}
