/** Several Walks on one clock: which they are, what each is called by on the canvas, and where each is at one time. Pure. */
import type { TraceRecord, WalkOutcome } from '../../engine/simulation/trace.ts'
import type { Frames } from './frames.ts'
import { DEALT, type Hue } from './identities.ts'

/** A Walk that is played beside the one on screen. */
export interface Companion {
  readonly name: string
  /** Of the text that it walked in. */
  readonly revision: number
  readonly records: readonly TraceRecord[]
  readonly outcome: WalkOutcome
  readonly frames: Frames
  /** When its moments are: `clockOf`. */
  readonly clock: readonly number[]
  /** Index of the moment that it ends with. */
  readonly last: number
}

/** Those of the names that the text still has; a single one plays alone. */
export function knownOf(names: readonly string[], walks: readonly { readonly name: string }[]): readonly string[] {
  const known = names.filter((name, index) => names.indexOf(name) === index && walks.some((walk) => walk.name === name))
  return known.length < 2 ? [] : known
}

/** With one more, or one less. */
export function toggled(name: string, together: readonly string[], onScreen: string | null): readonly string[] {
  const now = together.length > 0 || onScreen === null ? together : [onScreen]
  return now.includes(name) ? now.filter((other) => other !== name) : [...now, name]
}

/** The hue of a Walk among those that are played together; null: it is alone. */
export function hueOfWalk(name: string | null, together: readonly string[]): Hue | null {
  const index = name === null ? -1 : together.indexOf(name)
  return index < 0 || together.length < 2 ? null : (DEALT[index % DEALT.length] ?? null)
}

/** Ms between the moments of an instant that nothing follows. */
const LEAST_MS = 0.001

/**
 * Ms since the first moment, of each moment. What the kernel does without waiting happens in one instant: those moments are spread up to the
 * next instant, so that a packet goes through a machine instead of jumping out of it.
 */
export function clockOf({ moments }: Frames): readonly number[] {
  const start = moments[0]?.timeMs ?? 0
  let latest = 0
  // Moments are told in the order of their story, which may run a little ahead of time.
  const times = moments.map(({ timeMs }) => {
    latest = Math.max(latest, timeMs - start)
    return latest
  })
  for (let first = 0; first < times.length; ) {
    const at = times[first] ?? 0
    let end = first + 1
    while (end < times.length && times[end] === at) end += 1
    const step = end < times.length ? ((times[end] ?? at) - at) / (end - first) : LEAST_MS
    for (let index = first; index < end; index++) times[index] = at + step * (index - first)
    first = end
  }
  return times
}

/** The same up to the moment that a walk ends with. */
export function clockToEnd({ clock, last }: Pick<Companion, 'clock' | 'last'>): readonly number[] {
  return clock.slice(0, last + 1)
}

/** A place between two moments; index −1: before the first. */
export interface At {
  readonly index: number
  readonly fraction: number
}

/** The time of a place; before the first moment, −1 … 0. */
export function timeAt(clock: readonly number[], { index, fraction }: At): number {
  if (index < 0) return fraction - 1
  const here = clock[Math.min(index, clock.length - 1)] ?? 0
  const next = clock[index + 1] ?? here
  return here + (next - here) * fraction
}

/** The place of a time; beyond the last moment there is nothing. */
export function placeAt(clock: readonly number[], time: number): At {
  if (clock.length === 0 || time < 0) return { index: -1, fraction: clock.length === 0 ? 0 : Math.max(0, 1 + time) }
  const index = clock.findLastIndex((one) => one <= time)
  const [here = 0, next] = [clock[index], clock[index + 1]]
  return { index, fraction: next === undefined ? 0 : (time - here) / (next - here) }
}

/** The times at which something still happens to the others when the first walk is over. */
export function timesAfter(end: number, clocks: readonly (readonly number[])[]): readonly number[] {
  return [...new Set(clocks.flat().filter((time) => time > end))].sort((a, b) => a - b)
}
