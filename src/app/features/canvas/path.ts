/**
 * The way of one packet over the shapes: its trace records become a poly-line with *stops*, the points where the
 * moments of playback happen. Pure. The drawing offsets the line, so that request and reply keep right of each other.
 */

import type { TraceRecord } from '../../../engine/simulation/trace.ts'
import type { Frames } from '../../store/frames.ts'
import { momentAt } from '../../store/frames.ts'
import { passPoints, wirePoints } from './anchors.ts'
import { centre, type Layout, type Point, right } from './shapes.ts'
import { isFloodCopyOf, type Stay, staysOf } from './stays.ts'

export interface Stop {
  readonly moment: number
  /** Px along the line. */
  readonly distance: number
}

/** One place on the path where moments happen, with room for its number beside the line. */
export interface Station {
  /** Index of its first moment. */
  readonly moment: number
  readonly kind: Stay['kind']
  readonly badge: Point
}

export interface PacketPath {
  readonly packet: number
  readonly points: readonly Point[]
  readonly length: number
  /** In order of moments; distances never decrease. */
  readonly stops: readonly Stop[]
  readonly stations: readonly Station[]
  /** Stretches that it walks inside a tunnel, px along the line. */
  readonly wrapped: readonly { readonly from: number; readonly to: number }[]
  /** Where a kernel is passed more than once: the number of each pass, on its lane. */
  readonly passes: readonly PassTag[]
}

export interface PassTag {
  readonly number: number
  readonly at: Point
  /** Px along the line. */
  readonly distance: number
}

export interface PathContext {
  readonly layout: Layout
  readonly frames: Frames
}

/** The path of one packet; null when none of it is on the canvas. */
export function pathOf(packet: number, context: PathContext): PacketPath | null {
  return pathThrough(context.frames.recordsOf.get(packet) ?? [], context)
}

/** The path of one packet as far as these records of it go. `after`: where what is left of it comes next. */
function pathThrough(own: readonly TraceRecord[], context: PathContext, after?: Stay): PacketPath | null {
  const first = own[0]
  if (!first) return null
  const stays = staysOf(own, context.layout)
  const line = new Line()
  startAtParent(line, first, { ...context, next: stays[0] })
  const passes = new Map<string, number>()
  for (const [index, stay] of stays.entries()) {
    const pass = passes.get(stay.where) ?? 0
    if (stay.kind === 'strip') passes.set(stay.where, pass + 1)
    const previous = stays[index - 1]
    if (previous) for (const point of wirePoints(previous, stay, context.layout)) line.to(point)
    const moments = momentsOf(stay.records, context.frames)
    const [entry, ...rest] = passPoints(stay, { layout: context.layout, pass, from: line.end, previous, next: stays[index + 1] ?? after })
    if (entry) line.to(entry)
    const start = line.length
    for (const point of rest) line.to(point)
    line.wrap(stay, start)
    const lane = stay.kind === 'strip' && entry ? laneOf([entry, ...rest]) : null
    if (lane) line.lanes.push({ where: stay.where, number: pass + 1, at: lane.at, distance: start + lane.distance })
    placeStops(line, moments, {
      start,
      end: line.length,
      spread: stay.kind === 'wire' || stay.kind === 'tunnel' || (stay.kind === 'strip' && stay.exit !== null),
    })
    const [moment] = moments
    if (moment !== undefined) line.stations.push(stationOf(stay, { moment, line, layout: context.layout, entry, exit: rest.at(-1) }))
  }
  return line.points.length === 0 ? null : line.path(first.event.packet.id)
}

/** The middle of the longest level run: where a lane has room for a word. */
function laneOf(points: readonly Point[]): { readonly at: Point; readonly distance: number } | null {
  let passed = 0
  let longest = 0
  let lane: { readonly at: Point; readonly distance: number } | null = null
  for (const [index, b] of points.entries()) {
    const a = points[index - 1]
    if (!a) continue
    const length = Math.hypot(b.x - a.x, b.y - a.y)
    if (a.y === b.y && length > longest) {
      longest = length
      lane = { at: { x: a.x + (b.x - a.x) * LANE_WORD, y: a.y }, distance: passed + length * LANE_WORD }
    }
    passed += length
  }
  return longest < LEAST_LANE ? null : lane
}

/** Behind the middle: the numbers of stations and what is rewritten stand before it. */
const LANE_WORD = 0.7
const LEAST_LANE = 60

/** A flooded copy goes on where the frame it was copied from stood: its way begins with that frame's. */
function startAtParent(line: Line, first: TraceRecord, context: PathContext & { readonly next: Stay | undefined }): void {
  const { parent, id } = first.event.packet
  if (parent === null || parent === id) return
  const before = (context.frames.recordsOf.get(parent) ?? []).filter(({ n }) => n < first.n)
  const last = before.at(-1)
  if (!last || !isFloodCopyOf(first.event.packet, last.event.packet)) return
  const path = pathThrough(before, context, context.next)
  for (const point of path?.points ?? []) line.to(point)
}

function momentsOf(records: readonly TraceRecord[], frames: Frames): number[] {
  const moments: number[] = []
  let seen = -1
  for (const { n } of records) {
    const index = momentAt(frames, n)
    const moment = frames.moments[index]
    if (moment && index !== seen && records.some((record) => record.n === moment.n) && moments.at(-1) !== index) moments.push(index)
    seen = index
  }
  return moments
}

/** Numbers stand left of sockets and ports and above lanes, so that the line never runs through them. */
function stationOf(
  stay: Stay,
  at: {
    readonly moment: number
    readonly line: Line
    readonly layout: Layout
    readonly entry: Point | undefined
    readonly exit: Point | undefined
  },
): Station {
  const { line, layout, moment } = at
  const stop = line.stops.find((candidate) => candidate.moment === moment)?.distance ?? line.length
  const point = poseAt(line.points, stop)?.at ?? { x: 0, y: 0 }
  const rack = layout.racks.find((candidate) => candidate.ref === stay.where)
  const entry = at.entry ?? point
  const goesRight = at.exit && at.exit.x !== entry.x ? at.exit.x > entry.x : rack && entry.x < centre(rack.strip).x
  const wall = rack && stay.kind === 'strip' && stay.entry !== null ? (goesRight ? -17 : 17) : null
  const tunnel = stay.kind === 'tunnel' ? rack?.tunnels.find(({ device }) => device.name === stay.entry) : undefined
  const badge: Point = tunnel
    ? { x: right(tunnel.rect) + 13, y: point.y }
    : rack && stay.kind === 'bridge'
      ? { x: rack.portX - 17, y: point.y }
      : wall !== null
        ? { x: entry.x + wall, y: entry.y }
        : stay.kind === 'pod' || (stay.kind === 'box' && layout.boxes.some((box) => box.ref === stay.where && box.kind === 'host'))
          ? { x: point.x - 19, y: point.y }
          : { x: point.x, y: point.y - 19 }
  return { moment, kind: stay.kind, badge }
}

function placeStops(
  line: Line,
  moments: readonly number[],
  span: { readonly start: number; readonly end: number; readonly spread: boolean },
): void {
  const count = moments.length
  for (const [k, moment] of moments.entries()) {
    const share = span.spread ? (k + 1) / (count + 1) : (k + 1) / count
    line.stops.push({ moment, distance: span.start + (span.end - span.start) * share })
  }
}

/** A poly-line under construction. */
class Line {
  readonly points: Point[] = []
  readonly stops: Stop[] = []
  readonly stations: Station[] = []
  readonly wrapped: { readonly from: number; readonly to: number }[] = []
  readonly lanes: (PassTag & { readonly where: string })[] = []
  length = 0
  #wrappedFrom: number | null = null

  get end(): Point | null {
    return this.points.at(-1) ?? null
  }

  to(point: Point): void {
    const { end } = this
    if (end && end.x === point.x && end.y === point.y) return
    if (end) this.length += Math.hypot(point.x - end.x, point.y - end.y)
    this.points.push(point)
  }

  /** Between the middle of the tunnel that wraps and that of the one that unwraps lies the wrapped stretch. */
  wrap(stay: Stay, start: number): void {
    const middle = (start + this.length) / 2
    const wraps = stay.records.some(({ event }) => event.at === 'encap')
    if (wraps || stay.wrapped > 0) this.#wrappedFrom ??= wraps ? middle : start
    if (stay.wrapped !== 1 || this.#wrappedFrom === null || !stay.records.some(({ event }) => event.at === 'decap')) return
    this.wrapped.push({ from: this.#wrappedFrom, to: middle })
    this.#wrappedFrom = null
  }

  path(packet: number): PacketPath {
    const last = this.#wrappedFrom === null ? [] : [{ from: this.#wrappedFrom, to: this.length }]
    const { points, length, stops, stations, wrapped, lanes } = this
    const again = new Set(lanes.filter(({ number }) => number > 1).map(({ where }) => where))
    const passes = lanes.filter(({ where }) => again.has(where))
    return { packet, points: simplify(points), length, stops, stations, wrapped: [...wrapped, ...last], passes }
  }
}

/** Leaves out points in the middle of straight runs; turning back on itself stays. */
function simplify(points: readonly Point[]): Point[] {
  return points.filter((point, index) => {
    const before = points[index - 1]
    const after = points[index + 1]
    if (!before || !after) return true
    const straightX = before.x === point.x && point.x === after.x && (point.y - before.y) * (after.y - point.y) > 0
    const straightY = before.y === point.y && point.y === after.y && (point.x - before.x) * (after.x - point.x) > 0
    return !straightX && !straightY
  })
}

export interface Pose {
  readonly at: Point
  /** Direction of travel in radians; 0 is to the right. */
  readonly angle: number
}

/** The point at a distance along a poly-line, and the direction of travel there. */
export function poseAt(points: readonly Point[], distance: number): Pose | null {
  const [first] = points
  if (!first) return null
  let left = Math.max(0, distance)
  let pose: Pose = { at: first, angle: Math.PI / 2 }
  for (let index = 1; index < points.length; index++) {
    const a = points[index - 1]
    const b = points[index]
    if (!a || !b) break
    const length = Math.hypot(b.x - a.x, b.y - a.y)
    const angle = Math.atan2(b.y - a.y, b.x - a.x)
    if (left <= length && length > 0) {
      const share = left / length
      return { at: { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share }, angle: left === 0 && index > 1 ? pose.angle : angle }
    }
    left -= length
    pose = { at: b, angle }
  }
  return pose
}

/** The part of a poly-line between two distances. */
export function sliceLine(points: readonly Point[], from: number, to: number): Point[] {
  const start = poseAt(points, from)
  const end = poseAt(points, to)
  if (!start || !end || to <= from) return []
  const inner: Point[] = []
  let passed = 0
  for (const [index, point] of points.entries()) {
    const before = points[index - 1]
    if (before) passed += Math.hypot(point.x - before.x, point.y - before.y)
    if (passed > from && passed < to) inner.push(point)
  }
  return [start.at, ...inner, end.at]
}

/** Where the packet is at a moment, `fraction` of the way to its next stop; px along its path. */
export function distanceAt(path: PacketPath, moment: number, fraction: number): number {
  const index = path.stops.findLastIndex((stop) => stop.moment <= moment)
  const here = path.stops[index]
  if (!here) return 0
  const next = path.stops[index + 1]
  if (!next || here.moment !== moment || next.moment !== moment + 1) return here.distance
  return here.distance + (next.distance - here.distance) * fraction
}

/** The same line moved to its right by `offset` px (to its left when negative), corners mitred. */
export function offsetLine(points: readonly Point[], offset: number): Point[] {
  return points.map((point, index) => {
    const before = points[index - 1]
    const after = points[index + 1]
    const a = before ? normal(before, point) : null
    const b = after ? normal(point, after) : null
    const sum = { x: (a?.x ?? 0) + (b?.x ?? 0), y: (a?.y ?? 0) + (b?.y ?? 0) }
    if (a && b && a.x === b.x && a.y === b.y) return { x: point.x + a.x * offset, y: point.y + a.y * offset }
    return { x: point.x + Math.sign(sum.x) * offset, y: point.y + Math.sign(sum.y) * offset }
  })
}

/** Unit vector to the right of the way from `a` to `b`, on a screen whose y grows downwards. */
function normal(a: Point, b: Point): Point {
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1
  return { x: -(b.y - a.y) / length, y: (b.x - a.x) / length }
}
