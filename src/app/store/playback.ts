/**
 * The playback clock. The store holds the record being shown; between two moments the *playhead* holds how far the packet
 * has travelled, which changes every animation frame and so stays out of React. `advance` is pure; `startClock` drives it.
 */
import type { Frames, Moment, StepIcon } from './frames.ts'
import { frameOfMoment, framesOf, momentAt, NO_FRAMES } from './frames.ts'
import type { WalkState } from './state.ts'
import { decidingRecord } from './steps.ts'
import { appState, store } from './store.ts'

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

/** Where playing stops by itself, besides the end. */
export type StopAt = 'end' | 'rewrite' | 'drop' | 'machine'

/** Is this moment one that `stop` waits for? `before` is the moment left. */
export function stopsHere(stop: StopAt, moment: Moment, before: Moment | undefined): boolean {
  if (stop === 'rewrite') return moment.icon === 'rewritten'
  if (stop === 'drop') return moment.icon === 'dropped' || moment.icon === 'unmodelled'
  return stop === 'machine' && before !== undefined && moment.where !== before.where
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

let playhead: Playhead = { index: -1, fraction: 0, haltMs: 0 }
let stopAt: StopAt = 'end'
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

/** Where playing stops by itself. */
export function setStopAt(stop: StopAt): void {
  stopAt = stop
}

let framesFor: { records: unknown; topology: unknown; frames: Frames } = { records: null, topology: null, frames: NO_FRAMES }

/** The moments of the walk on screen; computed once for each change of its records or of the picture. */
export function currentFrames(): Frames {
  const { walk, topology } = appState()
  const records = walk?.records ?? null
  if (framesFor.records !== records || framesFor.topology !== topology)
    framesFor = { records, topology, frames: records ? framesOf(records, topology) : NO_FRAMES }
  return framesFor.frames
}

/** Where playing rests when it has come to its end: at what ended the walk badly, else at the last moment. */
export function restingRecord(walk: WalkState | null, frames: Frames): number {
  const deciding = walk === null ? null : decidingRecord(walk)
  return deciding?.n ?? frames.moments.at(-1)?.n ?? -1
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
    const from = playhead
    playhead = advance(from, frames, Math.min(100, now - before), state.speed)
    before = now
    const moment = frames.moments[playhead.index]
    if (playhead.index !== from.index && moment) {
      state.setFrame(moment.n)
      if (stopsHere(stopAt, moment, frames.moments[from.index])) playhead = { index: playhead.index, fraction: 0, haltMs: 0 }
    }
    const ended = playhead.index >= frames.moments.length - 1 && state.walk !== null && state.walk.status !== 'running'
    const stopped = moment !== undefined && playhead.index !== from.index && stopsHere(stopAt, moment, frames.moments[from.index])
    tell()
    if (ended) state.rest(restingRecord(state.walk, frames))
    else if (stopped) state.pause()
    handle = appState().playing ? requestAnimationFrame(tick) : 0
  }
  const follow = () => {
    const { playing } = appState()
    const index = shownMoment()
    if (index !== playhead.index || (!playing && playhead.fraction !== 0)) {
      playhead = { index, fraction: 0, haltMs: haltOf(currentFrames().moments[index]) }
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
export type CanvasCommand = 'fit' | 'focus-path'
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
