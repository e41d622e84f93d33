/** Asks for the walks that are played beside the one on screen. */
import { ask } from './engine.ts'
import { frameOfMoment, framesOf } from './frames.ts'
import { restingMoment, sharedTime } from './playback.ts'
import type { WalkState } from './state.ts'
import { appState, store } from './store.ts'
import { type Companion, clockOf, clockToEnd, placeAt } from './together.ts'

/** Keeps `alongside` what `together` says. Returns the way to stop. */
export function keepAlongside(): () => void {
  let asked = ''
  const follow = (): void => {
    const { walk, together, alongside } = appState()
    if (walk === null || walk.status === 'running') return
    // Where the walk on screen could not begin, there is nothing that others could be beside.
    const names = walk.status === 'failed' ? [] : together.filter((name) => name !== walk.name)
    const key = `${walk.id} ${names.join(' ')}`
    if (key === asked) return
    asked = key
    const known = names.flatMap((name) => alongside.find((one) => one.name === name && one.revision === walk.revision) ?? [])
    const isAllKnown = known.length === names.length
    if (isAllKnown) {
      if (known.length !== alongside.length || known.some((one, index) => one !== alongside[index])) store.setState({ alongside: known })
    } else void fetchAll(names, walk, () => asked === key)
  }
  follow()
  return store.subscribe(follow)
}

async function fetchAll(names: readonly string[], walk: WalkState, isWanted: () => boolean): Promise<void> {
  const found = await Promise.all(names.map((name) => fetchOne(name, walk)))
  if (!isWanted()) return
  store.setState({ alongside: found.filter((one) => 'frames' in one) })
  const refused = found.filter((one) => 'problem' in one)
  if (refused.length === 0) return
  const { together, setTogether, toast } = appState()
  for (const { problem } of refused) toast(problem, 'error')
  setTogether(together.filter((name) => refused.every((one) => one.name !== name)))
}

/** What is known of a Walk beside this one, else what the engine says of it. */
async function fetchOne(name: string, beside: WalkState): Promise<Companion | { readonly name: string; readonly problem: string }> {
  const { id, revision } = beside
  const { alongside, topology, typed } = appState()
  const known = alongside.find((one) => one.name === name && one.revision === revision)
  if (known) return known
  try {
    const { records, outcome } = await ask('alongside', { id, name, typed: typed.walk === name ? typed.commands : [] })
    const frames = framesOf(records, topology)
    const last = restingMoment({ outcome, records }, frames)
    return { name, revision, records, outcome, frames, clock: clockOf(frames), last }
  } catch (error) {
    return { name, problem: error instanceof Error ? error.message : String(error) }
  }
}

/** Puts another of the walks on screen, at the same time of their clock. */
export function focusWalk(name: string): void {
  const { alongside, walk, lookAt, startWalk } = appState()
  if (walk?.name === name) return
  const other = alongside.find((one) => one.name === name)
  if (other) lookAt(name, frameOfMoment(other.frames, placeAt(clockToEnd(other), sharedTime()).index))
  // It has not come yet.
  else startWalk({ name })
}

/** Every Walk of the scenario from its beginning; if they are all on screen already, the one in focus alone again. */
export function playAllWalks(): void {
  const { walks, walk, together, setTogether, startWalk, toast } = appState()
  const names = walks.map(({ name }) => name)
  const focused = names.find((name) => name === walk?.name)
  if (names.length < 2) toast('This scenario has no second Walk.')
  else if (together.length === names.length) setTogether([])
  else {
    setTogether(names)
    if (focused !== undefined) startWalk({ name: focused })
  }
}
