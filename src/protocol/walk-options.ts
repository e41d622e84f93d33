/** How a walk was asked for, as options of the engine. */
import type { TypedCommand } from '../engine/simulation/steps.ts'
import type { WalkOptions } from '../engine/simulation/walk.ts'

export interface AskedOptions {
  readonly seed: number
  readonly branch: readonly number[] | null
  readonly typed: readonly TypedCommand[]
}

/** The options that it walked with: whoever looks at it again takes the same. */
export function optionsOf({ seed, branch, typed }: AskedOptions): WalkOptions {
  return { seed, typed, ...(branch ? { branch } : {}) }
}
