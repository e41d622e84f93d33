/**
 * A terminal on a machine or pod at a moment of a walk. Nothing is kept here: what a command changes is given back as a command typed at that moment,
 * with which the walk can be taken again.
 */

import type { Scenario } from '../kubernetes/scenario.ts'
import { watchNetNs } from '../linux/watch-netns.ts'
import { quietAfter, type RecordOfWalk, stateAt } from './replay.ts'
import { typeLine } from './run-commands.ts'
import { placeOf, type TypedCommand } from './steps.ts'
import { hasChanged, rememberBefore } from './terminal-change.ts'
import type { WalkProblem } from './walk-client.ts'
import { namespacesOf, type World } from './world.ts'

/** A line typed at record `n` of a walk, which happened `timeMs` after its beginning. */
export interface TypedLine extends RecordOfWalk {
  readonly timeMs: number
  /** 'node/worker-1', 'pod/default/web', 'host/db' … */
  readonly on: string
  readonly line: string
}

export interface TerminalOutput {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
  /** What the walk has to be taken again with; null: the line changed nothing. */
  readonly change: TypedCommand | null
}

const MIXED = 'This line changes something and sends packets: type it as two lines.\n'

/**
 * Runs a line in the world of its moment. One that only reads, or changes, sees that very moment; one that takes time (ping, curl …) runs in a
 * world of its own, once everything that happens together with the record has happened, and leaves nothing behind.
 */
export function typeAt(scenario: Scenario, typed: TypedLine): TerminalOutput | WalkProblem {
  const { on, line } = typed
  const found = terminalAt(stateAt(scenario, typed.request, typed.n, typed.options), on)
  if ('problem' in found) return found
  const { world, place } = found
  const before = rememberBefore(world, place.machine)
  let needsTime = false
  const result = typeLine(world, line, {
    ...{ ...place, origin: null, lineOrigins: null, stdin: '', timePasses: false },
    needsTime: () => {
      needsTime = true
    },
  })
  const changed = hasChanged(world, place.machine, before)
  if (needsTime) return changed ? { stdout: '', stderr: MIXED, code: 2, change: null } : sendAt(scenario, typed)
  const { stdout, stderr, code } = result
  // Rounded to a nanosecond: what is kept of it is read by people.
  const timeMs = Math.round(typed.timeMs * 1e6) / 1e6
  return { stdout, stderr, code, change: changed ? { on, run: line, timeMs } : null }
}

function sendAt(scenario: Scenario, typed: TypedLine): TerminalOutput | WalkProblem {
  const found = terminalAt(quietAfter(scenario, typed), typed.on)
  if ('problem' in found) return found
  const result = typeLine(found.world, typed.line, { ...found.place, origin: null, lineOrigins: null, stdin: '', timePasses: true })
  return { stdout: result.stdout, stderr: result.stderr, code: result.code, change: null }
}

/** A place to type at in a world; commands there are not watched. */
export function terminalAt(
  world: World | WalkProblem,
  on: string,
): { readonly world: World; readonly place: Exclude<ReturnType<typeof placeOf>, WalkProblem> } | WalkProblem {
  if ('problem' in world) return world
  const place = placeOf(world, on)
  if ('problem' in place) return place
  for (const ns of namespacesOf(world)) watchNetNs(ns, undefined)
  return { world, place }
}
