/** Several walks in one picture: the one in focus with all its signs, of the others their lines and packets, numbered. Pure. */

import type { Topology } from '../../../engine/simulation/topology.ts'
import { dealIdentities, type Hue } from '../../store/identities.ts'
import { type Companion, clockToEnd, hueOfWalk, placeAt } from '../../store/together.ts'
import { type Letter, type Scene, sceneMaker, type WalkMark } from './scene.ts'
import type { Layout } from './shapes.ts'

/** Between the lines of two walks, px. */
const LANE = 7
/** More lanes than this take no more room. */
const MOST_LANES = 4

/** One of several walks. */
export interface Beside {
  readonly number: number
  readonly hue: Hue
  /** What is drawn of it at a time of the shared clock. */
  readonly at: (time: number, still: boolean) => Scene
}

/** Makes ready what is drawn of the walks beside the one in focus. */
export function besideOf(companions: readonly Companion[], together: readonly string[], place: Place): readonly Beside[] {
  return companions.flatMap((companion, index) => {
    const { name, frames, records } = companion
    const hue = hueOfWalk(name, together)
    if (hue === null) return []
    const identities = dealIdentities(place.topology, records, [hue])
    const aside = LANE * ((index % MOST_LANES) + 1)
    const make = sceneMaker({ layout: place.layout, frames, records, identities, aside, hue })
    const clock = clockToEnd(companion)
    const at = (time: number, still: boolean): Scene => {
      const { index: moment, fraction } = placeAt(clock, time)
      return make({ index: moment, fraction: still ? 0 : fraction, haltMs: 0 })
    }
    return [{ number: together.indexOf(name) + 1, hue, at }]
  })
}

interface Place {
  readonly layout: Layout
  readonly topology: Topology | null
}

/** The scene of the walk in focus with those of the others behind it. */
export function withOthers(
  scene: Scene,
  own: WalkMark | null,
  others: readonly { readonly beside: Beside; readonly scene: Scene }[],
): Scene {
  if (own === null) return scene
  const all = [{ mark: own, letters: scene.letters }, ...others.map(({ beside, scene: { letters } }) => ({ mark: beside, letters }))]
  const packets = all.flatMap(({ mark: { number, hue }, letters: [packet] }) => (packet ? [{ ...packet, walk: { number, hue } }] : []))
  return {
    ...scene,
    lines: [...others.flatMap((other) => other.scene.lines.filter((line) => !line.past)), ...scene.lines],
    // The copies of a broadcast stay where they are: one that was moved would stand in a pod or machine that never gets it.
    letters: [...apart(packets), ...all.flatMap(({ letters: [, ...copies] }) => copies)],
    unreached: [...scene.unreached, ...others.flatMap((other) => other.scene.unreached)],
  }
}

/** Packets nearer to each other than this hide one another, px. */
const NEAR = 21
/** Places that are tried beside the way. */
const MOST_TRIES = 12

/** Packets at one place stand side by side, the first where it is. */
function apart(letters: readonly Letter[]): readonly Letter[] {
  const placed: Letter[] = []
  for (const letter of letters) {
    const { at, angle } = letter.pose
    const [across, down] = [-Math.sin(angle) * NEAR, Math.cos(angle) * NEAR]
    let pose = letter.pose
    for (let step = 1; step <= MOST_TRIES && placed.some((other) => isNear(other.pose.at, pose.at)); step++)
      pose = { at: { x: at.x + across * step, y: at.y + down * step }, angle }
    placed.push(pose === letter.pose ? letter : { ...letter, pose })
  }
  return placed
}

function isNear(a: { readonly x: number; readonly y: number }, b: { readonly x: number; readonly y: number }): boolean {
  return Math.abs(a.x - b.x) < NEAR && Math.abs(a.y - b.y) < NEAR
}
