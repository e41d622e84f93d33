/**
 * The playback clock. The store holds the record being shown; between two moments the *playhead* holds how far the packet
 * has travelled, which changes every animation frame and so stays out of React. `advance` is pure; `startClock` drives it.
 */
import type { Topology } from '../../engine/simulation/topology.ts'
import type { TraceRecord } from '../../engine/simulation/trace.ts'
import type { Frames, Moment, StepIcon } from './frames.ts'
import { frameOfMoment, framesInPieces, framesOf, momentAt, NO_FRAMES } from './frames.ts'
import type { AppState, WalkState } from './state.ts'
import { decidingRecord } from './steps.ts'
import { type Hit, hitsOf } from './stops.ts'
import { appState, store } from './store.ts'
import { clockOf, clockToEnd, timeAt, timesAfter } from './together.ts'

/** At 1×, ms: from one moment to the next, and how long a rewrite or a verdict is held. */
export const TRAVEL_MS = 420
export const HALT_MS = 400

/** Moment `index` (−1: nothing sent yet) and the fraction 0 … 1 of the way to the next one. */
export interface Playhead {
  readonly index: number
  readonly fraction: number
  /** Ms of halt that remain before it moves on, at 1×. */
  readonly haltMs: number
}

const HELD: ReadonlySet<StepIcon> = new Set(['rewritten', 'dropped', 'unmodelled', 'delivered'])

/** How long a moment is held before the packet moves on, ms at 1×. */
export function haltOf(moment: Moment | undefined): number {
  return moment && HELD.has(moment.icon) ? HALT_MS : 0
}

/** Moves the playhead by `elapsedMs` of real time at a speed; it stops on the last moment. */
export function advance(playhead: Playhead, frames: Frames, elapsedMs: number, speed: number): Playhead {
  let { index, fraction, haltMs } = playhead
  let left = elapsedMs * speed
  const last = frames.moments.length - 1
  while (left > 0 && index < last) {
    if (haltMs > 0) {
      const held = Math.min(haltMs, left)
      haltMs -= held
      left -= held
      continue
    }
    const need = (1 - fraction) * TRAVEL_MS
    if (left < need) {
      fraction += left / TRAVEL_MS
      break
    }
    left -= need
    index += 1
    fraction = 0
    haltMs = haltOf(frames.moments[index])
  }
  return index >= last ? { index: last, fraction: 0, haltMs: 0 } : { index, fraction, haltMs }
}

/** What the keys run to. */
export type StopAt = 'rewrite' | 'drop' | 'machine'

/** Is this moment one that `stop` waits for? `before` is the moment left. */
export function stopsHere(stop: StopAt, moment: Moment, before: Moment | undefined): boolean {
  if (stop === 'rewrite') return moment.icon === 'rewritten'
  if (stop === 'drop') return moment.icon === 'dropped' || moment.icon === 'unmodelled'
  return before !== undefined && moment.where !== before.where
}

/** Index of the next moment after `from` that `stop` waits for; the last moment when there is none. */
export function nextStop(frames: Frames, from: number, stop: StopAt): number {
  const { moments } = frames
  for (let index = Math.max(0, from + 1); index < moments.length; index++) {
    const moment = moments[index]
    if (moment && stopsHere(stop, moment, moments[index - 1])) return index
  }
  return moments.length - 1
}

/** A place in a walk: a moment, and the record of it that is shown. */
interface Place {
  readonly moment: number
  readonly n: number
}

/** The first of the records `halts` that lies behind the place shown and not behind moment `to`; null when there is none. */
export function haltBetween(frames: Frames, halts: readonly number[], from: Place, to: number): Place | null {
  const places = halts.flatMap((n) => {
    const moment = frames.momentOf.get(n)
    return moment === undefined || moment > to || !comesAfter({ moment, n }, from) ? [] : [{ moment, n }]
  })
  return places.sort((a, b) => a.moment - b.moment || a.n - b.n)[0] ?? null
}

function comesAfter(place: Place, other: Place): boolean {
  return place.moment > other.moment || (place.moment === other.moment && place.n > other.n)
}

let playhead: Playhead = { index: -1, fraction: 0, haltMs: 0 }
/** Playing halts at this record, once. */
let target: number | null = null
/** How long the end of a loop has been shown, ms at 1×. */
let heldMs = 0
const listeners = new Set<() => void>()

/** The playhead now. */
export function currentPlayhead(): Playhead {
  return playhead
}

/** Called after every change of the playhead, at most once an animation frame while playing. Returns the way to stop. */
export function onPlayhead(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

interface FramesFor {
  readonly records: readonly TraceRecord[] | null
  readonly topology: Topology | null
  readonly frames: Frames
}

const NOTHING: FramesFor = { records: null, topology: null, frames: NO_FRAMES }
let framesFor = NOTHING
/** Those of a walk that will be on screen next. */
let nextFrames = NOTHING

/** The moments of the walk on screen; computed once for each change of its records or of the picture. */
export function currentFrames(): Frames {
  const { walk, topology } = appState()
  const records = walk?.records ?? null
  if (framesFor.records !== records || framesFor.topology !== topology) {
    framesFor = nextFrames.records === records && nextFrames.topology === topology ? nextFrames : framesForRecords(records, topology)
    nextFrames = NOTHING
  }
  return framesFor.frames
}

/** Works the moments of a walk out before it is on screen, in pieces between which the page goes on, as long as somebody wants them. */
export async function prepareFrames(records: readonly TraceRecord[], isWanted: () => boolean): Promise<void> {
  const { topology } = appState()
  const work = framesInPieces(records, topology)
  for (let piece = work.next(); isWanted(); piece = work.next()) {
    if (piece.done) {
      nextFrames = { records, topology, frames: piece.value }
      return
    }
    await new Promise((resolve) => setTimeout(resolve))
  }
}

function framesForRecords(records: readonly TraceRecord[] | null, topology: Topology | null): FramesFor {
  return { records, topology, frames: records === null ? NO_FRAMES : framesOf(records, topology) }
}

/** Where playing rests when it has come to its end: at what ended the walk badly, else at the last moment. */
export function restingRecord(walk: Pick<WalkState, 'outcome' | 'records'> | null, frames: Frames): number {
  const deciding = walk === null ? null : decidingRecord(walk)
  return deciding?.n ?? frames.moments.at(-1)?.n ?? -1
}

/** Index of the moment that this is in. */
export function restingMoment(walk: Pick<WalkState, 'outcome' | 'records'>, frames: Frames): number {
  return momentAt(frames, restingRecord(walk, frames))
}

/** Steps of the clock that have passed since the walk on screen was over, while those beside it go on. */
let beyond = 0

let clockFor: { readonly frames: Frames; readonly clock: readonly number[] } = { frames: NO_FRAMES, clock: [] }

/** When the moments of the walk on screen are, on the clock that walks share. */
export function currentClock(): readonly number[] {
  const frames = currentFrames()
  if (clockFor.frames !== frames) clockFor = { frames, clock: clockOf(frames) }
  return clockFor.clock
}

let beyondFor: { readonly clock: unknown; readonly alongside: unknown; readonly times: readonly number[] } | null = null

/** What still happens beside the walk on screen when that is over; worked out once for each set of walks, as it is asked for in each frame. */
function timesBeyond(): readonly number[] {
  const { alongside } = appState()
  if (alongside.length === 0) return []
  const clock = currentClock()
  if (beyondFor?.clock !== clock || beyondFor.alongside !== alongside)
    beyondFor = { clock, alongside, times: timesAfter(clock.at(-1) ?? 0, alongside.map(clockToEnd)) }
  return beyondFor.times
}

/** Has everything that is on screen come to its end? */
export function isOver(): boolean {
  const { walk, rested } = appState()
  if (rested) return true
  return walk?.status !== 'running' && shownMoment() >= currentFrames().moments.length - 1 && beyond >= timesBeyond().length
}

/** How many of those steps are over. */
export function stepsBeyond(): number {
  return Math.floor(beyond)
}

/** What time it is for all walks on screen, ms since they began; without end when everything is over. */
export function sharedTime(): number {
  if (appState().rested) return Number.POSITIVE_INFINITY
  const clock = currentClock()
  if (beyond === 0) return timeAt(clock, playhead)
  const times = [clock.at(-1) ?? 0, ...timesBeyond()]
  return timeAt(times, { index: Math.floor(beyond), fraction: beyond % 1 })
}

/** The clock goes on while others walk on. False: everybody has arrived. */
function goesBeyond(elapsedMs: number): boolean {
  const most = timesBeyond().length
  beyond = Math.min(most, beyond + elapsedMs / TRAVEL_MS)
  return beyond < most
}

/** Shows a moment (−1: before the first) and stops there. */
export function showMoment(index: number): void {
  const state = appState()
  if (state.playing) state.pause()
  state.setFrame(frameOfMoment(currentFrames(), Math.max(-1, index)))
}

/** Index of the moment on screen. */
export function shownMoment(): number {
  return momentAt(currentFrames(), appState().frame)
}

let hitsFor: { records: unknown; stops: unknown; hits: readonly Hit[] } = { records: null, stops: null, hits: [] }

/** Where the stops that are set halt this walk. */
export function currentHits(): readonly Hit[] {
  const { walk, stops } = appState()
  const records = walk?.records ?? null
  if (hitsFor.records !== records || hitsFor.stops !== stops)
    hitsFor = { records, stops, hits: records === null ? [] : hitsOf(stops, records) }
  return hitsFor.hits
}

function haltingRecords(): readonly number[] {
  const records = currentHits().map(({ n }) => n)
  return target === null ? records : [...records, target]
}

/** Plays on and halts at a record; one that lies behind is shown at once. */
export function runTo(n: number): void {
  const { frame, setFrame, pause, play } = appState()
  const at = currentFrames().momentOf.get(n) ?? -1
  if (comesAfter({ moment: at, n }, { moment: shownMoment(), n: frame })) {
    target = n
    play()
    return
  }
  pause()
  setFrame(n)
}

/** The nearest record on that side of the one on screen at which a stop halts. */
export function nextHit(direction: 1 | -1): Hit | null {
  const frames = currentFrames()
  const here: Place = { moment: shownMoment(), n: appState().frame }
  const hits = currentHits().flatMap((hit) => {
    const moment = frames.momentOf.get(hit.n)
    return moment === undefined ? [] : [{ ...hit, moment }]
  })
  const ordered = hits.sort((a, b) => direction * (a.moment - b.moment || a.n - b.n))
  return ordered.find((hit) => (direction > 0 ? comesAfter(hit, here) : comesAfter(here, hit))) ?? null
}

/** A loop begins again when its last moment has been left, or at the walk's end when that was held long enough to see. */
function goesRound(loop: AppState['loop'], from: Playhead, next: Playhead, elapsedMs: number): boolean {
  if (loop === null || from.index < loop.first || from.index > loop.last) return false
  heldMs = next.index === from.index && next.index === loop.last ? heldMs + elapsedMs : 0
  return next.index > loop.last || heldMs > TRAVEL_MS + HALT_MS
}

function showAgain(frames: Frames, index: number): void {
  heldMs = 0
  playhead = { index, fraction: 0, haltMs: haltOf(frames.moments[index]) }
  appState().setFrame(frameOfMoment(frames, index))
}

/** Keeps playhead and store together and runs the clock while the store says `playing`. Returns the way to stop it. */
export function startClock(): () => void {
  let handle = 0
  let before = 0
  const tell = () => {
    for (const listener of listeners) listener()
  }
  const tick = (now: number) => {
    const state = appState()
    const frames = currentFrames()
    const elapsed = Math.min(100, now - before)
    before = now
    const from = playhead
    const next = advance(from, frames, elapsed, state.speed)
    const halt = haltBetween(frames, haltingRecords(), { moment: from.index, n: state.frame }, next.index)
    const moment = frames.moments[next.index]
    if (halt) {
      playhead = { index: halt.moment, fraction: 0, haltMs: 0 }
      state.setFrame(halt.n)
      state.pause()
    } else if (goesRound(state.loop, from, next, elapsed * state.speed)) showAgain(frames, state.loop?.first ?? 0)
    else {
      playhead = next
      if (next.index !== from.index && moment) state.setFrame(moment.n)
      const ended = state.walk !== null && state.walk.status !== 'running' && state.loop?.last !== next.index
      if (next.index < frames.moments.length - 1) beyond = 0
      else if (ended && !goesBeyond(elapsed * state.speed)) state.rest(restingRecord(state.walk, frames))
    }
    tell()
    handle = appState().playing ? requestAnimationFrame(tick) : 0
  }
  const follow = () => {
    const { playing } = appState()
    if (!playing) target = null
    const index = shownMoment()
    if (index !== playhead.index || (!playing && playhead.fraction !== 0)) {
      playhead = { index, fraction: 0, haltMs: haltOf(currentFrames().moments[index]) }
      beyond = 0
      tell()
    }
    if (playing && handle === 0) {
      before = performance.now()
      handle = requestAnimationFrame(tick)
    }
  }
  follow()
  const unsubscribe = store.subscribe(follow)
  return () => {
    unsubscribe()
    cancelAnimationFrame(handle)
  }
}

/** What keys ask the picture to do. */
export type CanvasCommand = 'fit' | 'focus-path' | 'zoom-in' | 'zoom-out'
const commandListeners = new Set<(command: CanvasCommand) => void>()

/** Sends a command to the canvas. */
export function askCanvas(command: CanvasCommand): void {
  for (const listener of commandListeners) listener(command)
}

/** Hears commands for the canvas. Returns the way to stop. */
export function onCanvasCommand(listener: (command: CanvasCommand) => void): () => void {
  commandListeners.add(listener)
  return () => commandListeners.delete(listener)
}
