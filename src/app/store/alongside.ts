/** Asks for the walks that are played beside the one on screen. */
import { ask } from './engine.ts'
import { frameOfMoment, framesOf } from './frames.ts'
import { restingMoment, sharedTime } from './playback.ts'
import { appState, store } from './store.ts'
import { type Companion, clockOf, placeAt } from './together.ts'

/** Keeps `alongside` what `together` says. Returns the way to stop. */
export function keepAlongside(): () => void {
  let asked = ''
  const follow = (): void => {
    const { walk, together, alongside } = appState()
    if (walk === null || walk.status === 'running') return
    const names = together.filter((name) => name !== walk.name)
    const key = `${walk.id} ${names.join(' ')}`
    if (key === asked) return
    asked = key
    const known = names.flatMap((name) => alongside.find((one) => one.name === name && one.revision === walk.revision) ?? [])
    const isAllKnown = known.length === names.length
    if (isAllKnown) {
      if (known.length !== alongside.length || known.some((one, index) => one !== alongside[index])) store.setState({ alongside: known })
    } else void fetchAll(names, walk.id, () => asked === key)
  }
  follow()
  return store.subscribe(follow)
}

async function fetchAll(names: readonly string[], id: number, isWanted: () => boolean): Promise<void> {
  const found = await Promise.all(names.map((name) => fetchOne(name, id)))
  if (isWanted()) store.setState({ alongside: found.flatMap((one) => (one === null ? [] : [one])) })
}

async function fetchOne(name: string, id: number): Promise<Companion | null> {
  const { alongside, walk, topology } = appState()
  const known = alongside.find((one) => one.name === name && one.revision === walk?.revision)
  if (known) return known
  try {
    const { records, outcome } = await ask('alongside', { id, name })
    const frames = framesOf(records, topology)
    const last = restingMoment({ outcome, records }, frames)
    return { name, revision: walk?.revision ?? 0, records, outcome, frames, clock: clockOf(frames), last }
  } catch (error) {
    appState().toast(`${name}: ${error instanceof Error ? error.message : String(error)}`, 'error')
    return null
  }
}

/** Puts another of the walks on screen, at the same time of their clock. */
export function focusWalk(name: string): void {
  const { alongside, walk, lookAt } = appState()
  if (walk?.name === name) return
  const other = alongside.find((one) => one.name === name)
  if (other) lookAt(name, frameOfMoment(other.frames, Math.min(other.last, placeAt(other.clock, sharedTime()).index)))
}

/** Every Walk of the scenario from its beginning; if they are all on screen already, the one in focus alone again. */
export function playAllWalks(): void {
  const { walks, walk, together, setTogether, startWalk, toast } = appState()
  const names = walks.map(({ name }) => name)
  if (names.length < 2) toast('This scenario has no second Walk.')
  else if (together.length === names.length) setTogether([])
  else {
    setTogether(names)
    const first = walk?.name ?? names[0]
    if (first !== undefined) startWalk({ name: first })
  }
}
