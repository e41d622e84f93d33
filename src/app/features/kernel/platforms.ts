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

const SMALLEST_CELL = 56
const LARGEST_CELL = 84
const HEIGHT = 56
const TOP = 34
const MAIN = 166
const DEVICE = 66
const DIAMOND = 22
const MARGIN = 14
const GAP = 18

type Hook = KernelStation['hook']

/** What is drawn of a hook: tables that cannot hold a rule here, and those that nothing has made and nobody uses, are left out. */
function drawn(stations: readonly KernelStation[], hook: Hook): readonly KernelStation[] {
  return stations.filter(
    (station) => station.hook === hook && (station.rules !== null || !/^(security|ip_vs_.*)$/.test(station.run) || station.passed),
  )
}

/** Lays out the hooks of a view in a pane that wide; narrower panes scroll. */
export function platformsOf(view: KernelView, paneWidth: number): Platforms {
  const of = (hook: Hook): readonly KernelStation[] => drawn(view.stations, hook)
  const columns = of('PREROUTING').length + of('FORWARD').length + of('POSTROUTING').length
  const fixed = 2 * MARGIN + 2 * DEVICE + 5 * GAP + 2 * DIAMOND
  const cell = Math.max(SMALLEST_CELL, Math.min(LARGEST_CELL, (paneWidth - fixed) / columns))
  const place = (hook: Hook, x: number, y: number): Platform => {
    const cells = of(hook).map((station, i) => ({ station, x: x + i * cell, y, width: cell, height: HEIGHT }))
    return { hook, x, y, width: cells.length * cell, height: HEIGHT, cells }
  }
  const inDevice = { x: MARGIN, y: MAIN + 14, width: DEVICE, height: HEIGHT - 28 }
  const pre = place('PREROUTING', inDevice.x + DEVICE + GAP, MAIN)
  const routeX = pre.x + pre.width + GAP + DIAMOND
  const forward = place('FORWARD', routeX + DIAMOND + GAP, MAIN)
  const post = place('POSTROUTING', forward.x + forward.width + GAP, MAIN)
  const outDevice = { x: post.x + post.width + GAP, y: inDevice.y, width: DEVICE, height: inDevice.height }
  const input = place('INPUT', pre.x, TOP)
  const output = place('OUTPUT', Math.max(forward.x, input.x + input.width + 96), TOP)
  const sockets = { x: input.x + input.width + GAP, y: TOP + 14, width: output.x - input.x - input.width - 2 * GAP, height: HEIGHT - 28 }
  const placed: Placed = { inDevice, pre, routeX, forward, post, outDevice, input, output, sockets }
  const ways = [forwardWay(placed), inputWay(placed), outputWay(placed)]
  const platforms = [input, output, pre, forward, post]
  const taken = wayTaken(view, ways)
  const at = packetAt(platforms)
  const [walked, ahead] = at ? splitAt(taken, at) : endedOrNot(view, taken)
  const right = Math.max(outDevice.x + DEVICE, output.x + output.width + GAP) + MARGIN
  return {
    ...{ width: right, height: MAIN + HEIGHT + 34, platforms, route: { x: routeX, y: MAIN + HEIGHT / 2, radius: DIAMOND } },
    ...{ sockets, inDevice, outDevice, ways, walked, ahead, packet: at },
  }
}

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
    [inDevice.x + inDevice.width, LINE],
    [outDevice.x, LINE],
  ]
}

function inputWay({ inDevice, routeX, input, sockets }: Placed): readonly Point[] {
  const turn = input.x - GAP / 2
  return [
    [inDevice.x + inDevice.width, LINE],
    [routeX, LINE],
    [routeX, BETWEEN],
    [turn, BETWEEN],
    [turn, UPPER],
    [sockets.x, UPPER],
  ]
}

function outputWay({ sockets, output, post, outDevice }: Placed): readonly Point[] {
  const turn = output.x + output.width + GAP / 2
  const down = post.x - GAP / 2
  return [
    [sockets.x + sockets.width, UPPER],
    [turn, UPPER],
    [turn, BETWEEN],
    [down, BETWEEN],
    [down, LINE],
    [outDevice.x, LINE],
  ]
}

/** Made here: by OUTPUT. For a socket of this namespace: by INPUT. Else through. */
function wayTaken(view: KernelView, [forward = [], input = [], output = []]: readonly (readonly Point[])[]): readonly Point[] {
  const visited = (hook: Hook): boolean => view.stations.some((station) => station.hook === hook && (station.passed || station.current))
  if (visited('INPUT') || view.route === 'local') return input
  if (visited('OUTPUT') || (view.in === null && visited('POSTROUTING'))) return output
  return visited('PREROUTING') ? forward : []
}

function packetAt(platforms: readonly Platform[]): Point | null {
  const cell = platforms.flatMap(({ cells }) => cells).find(({ station }) => station.current)
  return cell ? [cell.x + cell.width / 2, cell.y + cell.height / 2] : null
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
