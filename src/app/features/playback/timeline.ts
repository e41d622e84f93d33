/** Where things stand on the timeline: pages of whole chapters, lanes, the staircase, marks that merge when dense. Pure. */
import type { Frames, Moment, StepIcon } from '../../store/frames.ts'

export interface Page {
  /** Indices of its first and last moment. */
  readonly first: number
  readonly last: number
}

export interface Mark {
  readonly moment: Moment
  /** Moments it stands for: itself, and those too close to it. */
  readonly from: number
  readonly to: number
  readonly x: number
  readonly y: number
}

/** The line of one packet: consecutive moments of it. */
export interface Stairs {
  readonly packet: number
  readonly reply: boolean
  readonly points: readonly { readonly x: number; readonly y: number; readonly moment: number }[]
}

export interface TimelineLayout {
  readonly page: Page
  readonly lanes: readonly { readonly where: string; readonly y: number }[]
  readonly marks: readonly Mark[]
  readonly stairs: readonly Stairs[]
  /** x of every moment of the page, from its first. */
  readonly xs: readonly number[]
  readonly step: number
  /** Of the marks' discs: less where lanes are narrow, so that no disc touches another lane. */
  readonly radius: number
}

/** Least px between two marks before they merge, and between two steps if there is room. */
export const MERGE = 18
const COMFORT = 27
const MOST_STEP = 44
const MOST_RADIUS = 10
const LEAST_RADIUS = 6.5
/** These are never swallowed by a neighbour. */
const SURVIVES: ReadonlySet<StepIcon> = new Set(['rewritten', 'dropped', 'unmodelled', 'delivered'])

/** Cuts a walk into pages that hold as many whole chapters as fit; looked at from near, long chapters come in parts. */
export function pagesOf(frames: Frames, width: number, zoom = 1): Page[] {
  const capacity = Math.max(zoom > 1 ? 3 : 8, Math.floor(width / (COMFORT * zoom)))
  const pages: Page[] = []
  for (const chapter of zoom > 1 ? frames.chapters.flatMap((whole) => partsOf(whole, capacity)) : frames.chapters) {
    const page = pages.at(-1)
    if (page && chapter.last - page.first + 1 <= capacity) pages[pages.length - 1] = { first: page.first, last: chapter.last }
    else pages.push({ first: chapter.first, last: chapter.last })
  }
  return pages
}

function partsOf({ first, last }: Page, most: number): Page[] {
  const parts = Math.ceil((last - first + 1) / most)
  const size = Math.ceil((last - first + 1) / parts)
  return Array.from({ length: parts }, (_, part) => ({ first: first + part * size, last: Math.min(last, first + (part + 1) * size - 1) }))
}

/** The page that shows a moment. */
export function pageAt(pages: readonly Page[], moment: number): Page {
  return pages.findLast((page) => page.first <= moment) ?? pages[0] ?? { first: 0, last: -1 }
}

export interface TimelineSize {
  readonly width: number
  readonly height: number
}

export interface TimelineLook {
  readonly zoom: number
  /** Which kinds of moments have a mark; the others are passed by the line all the same. */
  readonly isMarked: (icon: StepIcon) => boolean
}

/** Lays one page out in a box: lanes are machines in path order, equal steps per moment. */
export function timelineOf(
  frames: Frames,
  page: Page,
  size: TimelineSize,
  { zoom, isMarked }: TimelineLook = { zoom: 1, isMarked: () => true },
): TimelineLayout {
  const moments = frames.moments.slice(page.first, page.last + 1)
  const places = lanesOf(moments)
  const laneStep = size.height / Math.max(1, places.length)
  const lanes = places.map((where, index) => ({ where, y: laneStep * (index + 0.5) }))
  const laneY = new Map(lanes.map((lane) => [lane.where, lane.y]))
  const step = Math.min(MOST_STEP * Math.max(1, zoom), size.width / Math.max(1, moments.length))
  const xs = moments.map((_, index) => step * (index + 0.5))
  const marked = moments.filter((moment) => isMarked(moment.icon))
  const marks = marksOf(marked, (moment) => ({ x: xs[moment.index - page.first] ?? 0, y: laneY.get(moment.lane) ?? 0 }))
  const stairs = stairsOf(moments, (moment) => ({
    x: xs[moment.index - page.first] ?? 0,
    y: laneY.get(moment.lane) ?? 0,
    moment: moment.index,
  }))
  const radius = Math.max(LEAST_RADIUS, Math.min(MOST_RADIUS, laneStep / 2 - 1))
  return { page, lanes, marks, stairs, xs, step, radius }
}

/** The most lanes that one chapter needs: how high the timeline should be. */
export function mostLanes(frames: Frames): number {
  const counts = frames.chapters.map((chapter) => lanesOf(frames.moments.slice(chapter.first, chapter.last + 1)).length)
  return Math.max(0, ...counts)
}

function stairsOf(moments: readonly Moment[], at: (moment: Moment) => Stairs['points'][number]): Stairs[] {
  const stairs: Stairs[] = []
  for (const moment of moments) {
    const last = stairs.at(-1)
    if (last?.packet === moment.packet) stairs[stairs.length - 1] = { ...last, points: [...last.points, at(moment)] }
    else stairs.push({ packet: moment.packet, reply: moment.reply, points: [at(moment)] })
  }
  return stairs
}

/**
 * Lanes of a page from the sender downwards. Requests go down and replies come up, so places are taken from requests first,
 * in the order they are met, then from the rest.
 */
function lanesOf(moments: readonly Moment[]): string[] {
  const down = moments.filter((moment) => !moment.reply).map((moment) => moment.lane)
  const up = moments.filter((moment) => moment.reply).map((moment) => moment.lane)
  const order = [...new Set(down.length > 0 ? down : up.toReversed())]
  for (const lane of up) if (!order.includes(lane)) order.push(lane)
  return order
}

/** Neighbours on one lane that would overlap become one mark; rewrites, drops and deliveries always survive. */
function marksOf(moments: readonly Moment[], at: (moment: Moment) => { readonly x: number; readonly y: number }): Mark[] {
  const marks: Mark[] = []
  for (const moment of moments) {
    const { x, y } = at(moment)
    const last = marks.at(-1)
    const close = last !== undefined && last.y === y && x - last.x < MERGE
    if (close && !SURVIVES.has(moment.icon)) marks[marks.length - 1] = { ...last, to: moment.index }
    else if (close && !SURVIVES.has(last.moment.icon)) marks[marks.length - 1] = { moment, from: last.from, to: moment.index, x, y }
    else marks.push({ moment, from: moment.index, to: moment.index, x, y })
  }
  return marks
}

/** The x of the playhead, between two moments while it moves. */
export function playheadX(layout: TimelineLayout, index: number, fraction: number): number {
  const offset = index - layout.page.first
  const here = layout.xs[offset] ?? (offset < 0 ? 0 : (layout.xs.at(-1) ?? 0))
  const next = layout.xs[offset + 1] ?? here
  return offset < 0 ? here : here + (next - here) * fraction
}

/** Index of the moment nearest to an x. */
export function momentNear(layout: TimelineLayout, x: number): number {
  const index = Math.round(x / Math.max(1, layout.step) - 0.5)
  return layout.page.first + Math.max(0, Math.min(layout.xs.length - 1, index))
}

/** "0", "31 µs", "1.2 ms", "3 s": virtual time as people read it. */
export function timeWords(ms: number): string {
  if (ms === 0) return '0'
  if (ms < 1) return `${Math.round(ms * 1000)} µs`
  if (ms < 100) return `${Number(ms.toFixed(ms < 10 ? 2 : 1))} ms`
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`
}
