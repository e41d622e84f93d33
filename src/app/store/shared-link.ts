/** What a shared link holds of the page, and back. What this version does not know goes through it unchanged. Pure. */
import type { SharedScenario, ViewKeys } from '../../protocol/share.ts'
import { arrangementOf, isArranged } from './arrangement.ts'
import type { Carried, Facts, Opening, WalkRequest } from './state.ts'
import { type Stop, stopKey, stopOf } from './stops.ts'

/** Keys that this version writes and reads. */
const KEYS: readonly string[] = ['walk', 'frame', 'branch']

/** Stops that a link may bring. */
const MOST_STOPS = 100
/** Names in one of its lists. */
const MOST_NAMES = 1_000

/** What goes into the link of the present page. */
export function linkContent({
  text,
  title,
  walk,
  frame,
  carried,
  stops,
  together,
  arrangement,
}: Pick<Facts, 'text' | 'title' | 'walk' | 'frame' | 'carried' | 'stops' | 'together' | 'arrangement'>): {
  readonly scenario: SharedScenario
  readonly keys: ViewKeys
} {
  const ends = walk !== null && walk.name === null ? { from: walk.from, to: walk.to } : {}
  const keys = new Map(carried?.keys)
  if (walk !== null && walk.name !== null) keys.set('walk', walk.name)
  if (walk !== null && frame >= 0) keys.set('frame', String(frame))
  if (walk !== null && walk.branch !== null) keys.set('branch', walk.branch.join('.'))
  const halts = stops.length > 0 ? { stops: stops.map(stopKey) } : {}
  const several = together.length > 0 ? { together } : {}
  const arranged = isArranged(arrangement) ? { arrangement } : {}
  return {
    scenario: { ...carried?.fields, yaml: text, view: { ...carried?.view, title, ...ends, ...halts, ...several, ...arranged } },
    keys,
  }
}

/** How the content of a link is opened. */
export function linkOpening(scenario: SharedScenario, keys: ViewKeys): { readonly text: string; readonly opening: Opening } {
  const { yaml, view: given = {}, ...fields } = scenario
  const known = typeof given === 'object' && given !== null ? given : {}
  const { title, from, to, stops, together, arrangement, ...view } = known
  const frame = Number.parseInt(keys.get('frame') ?? '', 10)
  return {
    text: yaml,
    opening: {
      title: typeof title === 'string' ? title : 'shared.yaml',
      source: 'link',
      wanted: {
        walk: wantedWalk(keys.get('walk'), from, to),
        frame: Number.isNaN(frame) ? null : frame,
        branch: branchOf(keys.get('branch')),
        stops: stopsOf(stops),
        together: namesOf(together),
      },
      arrangement: arrangementOf(arrangement),
      carried: carriedOf({ fields, view, keys: [...keys].filter(([key]) => !KEYS.includes(key)) }),
    },
  }
}

function carriedOf(carried: Carried): Carried | null {
  const isEmpty = Object.keys(carried.fields).length + Object.keys(carried.view).length + carried.keys.length === 0
  return isEmpty ? null : carried
}

/** Stops that this version knows. */
function stopsOf(keys: unknown): readonly Stop[] {
  if (!Array.isArray(keys)) return []
  return keys.slice(0, MOST_STOPS).flatMap((key) => (typeof key === 'string' ? (stopOf(key) ?? []) : []))
}

/** Names in a list; what else it may hold is none. */
function namesOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.slice(0, MOST_NAMES).filter((name) => typeof name === 'string') : []
}

/** '0.1' → [0, 1]; '' is the first way; anything else none. */
function branchOf(text: string | undefined): readonly number[] | null {
  if (text === undefined || !/^(?:\d{1,4}(?:\.\d{1,4}){0,99})?$/.test(text)) return null
  return text === '' ? [] : text.split('.').map(Number)
}

function wantedWalk(name: string | undefined, from: unknown, to: unknown): WalkRequest | null {
  if (name !== undefined) return { name }
  return typeof from === 'string' && typeof to === 'string' ? { from, to } : null
}
