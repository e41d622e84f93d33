/** What an edit changed in the picture, until the walk in it is there as well: both are drawn at once, as one frame and not as two. */
import type { Facts } from './state.ts'

/** Nobody waits longer for a walk than this, ms. */
const TOGETHER_MS = 60

interface Held {
  /** Of the text it was found in: a newer one makes it void. */
  readonly revision: number
  readonly facts: Partial<Facts>
}

let held: Held | null = null
let timer: ReturnType<typeof setTimeout> | undefined

/** Keeps it until it is taken; `show` is called when that takes too long. */
export function hold(next: Held, show: () => void): void {
  clearTimeout(timer)
  held = next
  timer = setTimeout(show, TOGETHER_MS)
}

/** What is kept for the present text; from now on nothing is. */
export function takeHeld(revision: number): Partial<Facts> | null {
  clearTimeout(timer)
  const facts = held?.revision === revision ? held.facts : null
  held = null
  return facts
}
