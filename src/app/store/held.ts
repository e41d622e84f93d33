/** What an edit changed in the picture, until the walk in it is there as well: both are drawn at once, as one frame and not as two. */
import type { Response } from '../../protocol/messages.ts'
import { received } from './received.ts'
import type { Facts } from './state.ts'

/** Nobody waits longer for a walk than this, ms. */
const TOGETHER_MS = 60

interface Held {
  /** Void for another text than the one it is about. */
  readonly response: Extract<Response, { readonly type: 'scenario' }>
  /** The Walks that are played together in it. */
  readonly together: readonly string[]
}

let held: Held | null = null
let timer: ReturnType<typeof setTimeout> | undefined

/** Keeps it until it is taken; `show` is called when that takes too long. */
export function hold(next: Held, show: () => void): void {
  clearTimeout(timer)
  held = next
  timer = setTimeout(show, TOGETHER_MS)
}

/** What is kept changes this of the state now, in which much may have happened meanwhile; from now on nothing is kept. */
export function takeHeld(now: Facts): Partial<Facts> | null {
  clearTimeout(timer)
  const taken = held
  held = null
  if (taken?.response.revision !== now.revision) return null
  return { ...received.scenario(now, taken.response), together: taken.together }
}
