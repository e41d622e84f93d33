/** What a shared link holds of the page, and back. What this version does not know goes through it unchanged. Pure. */
import type { SharedScenario, ViewKeys } from '../../protocol/share.ts'
import type { Carried, Facts, Opening, WalkRequest } from './state.ts'

/** Keys that this version writes and reads. */
const KEYS: readonly string[] = ['walk', 'frame', 'branch']

/** What goes into the link of the present page. */
export function linkContent({ text, title, walk, frame, carried }: Pick<Facts, 'text' | 'title' | 'walk' | 'frame' | 'carried'>): {
  readonly scenario: SharedScenario
  readonly keys: ViewKeys
} {
  const ends = walk !== null && walk.name === null ? { from: walk.from, to: walk.to } : {}
  const keys = new Map(carried?.keys)
  if (walk !== null && walk.name !== null) keys.set('walk', walk.name)
  if (walk !== null && frame >= 0) keys.set('frame', String(frame))
  if (walk !== null && walk.branch !== null) keys.set('branch', walk.branch.join('.'))
  return { scenario: { ...carried?.fields, yaml: text, view: { ...carried?.view, title, ...ends } }, keys }
}

/** How the content of a link is opened. */
export function linkOpening(scenario: SharedScenario, keys: ViewKeys): { readonly text: string; readonly opening: Opening } {
  const { yaml, view: given = {}, ...fields } = scenario
  const known = typeof given === 'object' && given !== null ? given : {}
  const { title, from, to, ...view } = known
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
      },
      carried: carriedOf({ fields, view, keys: [...keys].filter(([key]) => !KEYS.includes(key)) }),
    },
  }
}

function carriedOf(carried: Carried): Carried | null {
  const isEmpty = Object.keys(carried.fields).length + Object.keys(carried.view).length + carried.keys.length === 0
  return isEmpty ? null : carried
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
