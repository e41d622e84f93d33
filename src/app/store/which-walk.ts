/** Which walk is taken once a text has been built. Pure. */
import type { Topology } from '../../engine/simulation/topology.ts'
import type { WalkSummary } from '../../protocol/messages.ts'
import { likelyWalk } from './likely-walk.ts'
import { senderProblem } from './references.ts'
import type { WalkRequest, WalkState, Wanted } from './state.ts'

/** The walk on screen, in the new text: null when its Walk is gone, or its sender is. */
export function walkAgainOf(walk: WalkState | null, walks: readonly WalkSummary[], topology: Topology): WalkRequest | null {
  if (walk === null) return null
  const { name, from, to } = walk
  if (name === null) return senderProblem(from, topology) === null ? { from, to } : null
  const same = walks.find((one) => one.name === name) ?? walks.find((one) => one.from === from && one.to === to)
  return same ? { name: same.name } : null
}

/** The walk of a text that has none on screen: the one a link asks for, its first Walk, or a likely one. */
export function firstWalk(wanted: Wanted | null, walks: readonly WalkSummary[], topology: Topology): WalkRequest | null {
  const asked = wanted?.walk
  if (asked && (!('name' in asked) || walks.some(({ name }) => name === asked.name))) return asked
  const [first] = walks
  return first ? { name: first.name } : likelyWalk(topology)
}
