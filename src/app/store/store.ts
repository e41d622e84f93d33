/** The page's one store: state in `state.ts`, changed only by the actions here and by what the engine answers (`receive`). */
import { useStore as useZustand } from 'zustand'
import { createStore } from 'zustand/vanilla'
import type { TextChange } from '../../engine/kubernetes/diagnostic.ts'
import type { AskedWalk } from '../../protocol/client.ts'
import type { Response } from '../../protocol/messages.ts'
import { AS_LAID_OUT } from './arrangement.ts'
import { hold, takeHeld } from './held.ts'
import { INITIAL } from './initial.ts'
import { received } from './received.ts'
import type { Actions, AppState, Facts, Origin, TextAction, WalkAction, WalkRequest, WalkState } from './state.ts'
import { applyChanges, inOrder, normalized } from './text.ts'
import { type History, NO_HISTORY, redo, remember, rememberArrangement, undo } from './text-history.ts'
import { hueOfWalk, knownOf } from './together.ts'
import { viewActions } from './viewing.ts'
import { firstWalk, walkAgainOf } from './which-walk.ts'

/** What the store asks of the engine behind the worker. */
export interface EngineLink {
  readonly open: (revision: number, text: string) => void
  readonly walk: (id: number, revision: number, request: AskedWalk) => void
  readonly cancel: (id: number) => void
}

/** Time without typing before the engine is asked, ms. */
const DEBOUNCE_MS = 150

/** What comes of a long walk is not drawn piece by piece: the pieces, the first as well, wait so long for the rest, ms. */
const TAKE_AFTER_MS = 300

let engine: EngineLink | null = null
let debounce: ReturnType<typeof setTimeout> | undefined
let lastWalkId = 0
/** When what has come of a walk was last shown, or its first piece came. */
let takenAt = 0
/** The walk asked for last, which replaces the one on screen when its first records arrive. */
let pending: WalkState | null = null
/** The record at which a walk that was asked for will be looked at. */
let landing: { readonly id: number; readonly frame: number } | null = null

export const store = createStore<AppState>(() => ({ ...INITIAL, ...textActions(), ...walkActions(), ...viewActions({ set, get }) }))

function set(changes: Partial<Facts>): void {
  store.setState(changes)
}

function get(): AppState {
  return store.getState()
}

function ask(afterMs: number): void {
  clearTimeout(debounce)
  debounce = setTimeout(() => engine?.open(get().revision, get().text), afterMs)
}

/** The one place where the text changes in place. False when it stays the same. */
function change(changes: readonly TextChange[], origin: Origin, history: History): boolean {
  const text = applyChanges(get().text, changes)
  if (text === get().text) return false
  // Of this text nothing may be good: what was found in the one before is the last good picture.
  showHeld()
  const end = changes.reduce((at, { from, to, insert }) => at + (insert.length - (to - from)), changes.at(-1)?.to ?? 0)
  const engineState = engine === null ? 'starting' : 'checking'
  set({ text, history, lastChange: { origin, changes, end }, revision: get().revision + 1, engine: engineState })
  ask(DEBOUNCE_MS)
  return true
}

function takeStep(by: typeof undo): void {
  const step = by(get().history, get())
  if (step?.arrangement) set({ arrangement: step.arrangement, history: step.history })
  else if (step) change(step.changes, 'history', step.history)
}

function textActions(): Pick<Actions, TextAction> {
  return {
    edit: (asked, origin = 'command') => {
      const { history, text } = get()
      const changes = inOrder(asked)
      change(changes, origin, remember(history, text, changes, origin === 'typed'))
    },
    undo: () => takeStep(undo),
    redo: () => takeStep(redo),
    arrange: (arrangement) => set({ arrangement, history: rememberArrangement(get().history, get().arrangement) }),
    openText: (raw, { title, source, workId = null, wanted = null, carried = null, arrangement }) => {
      if (pending !== null) engine?.cancel(pending.id)
      pending = null
      const text = normalized(raw)
      const { revision, opened } = get()
      set({
        ...{
          text,
          openedText: text,
          built: { text: null, before: null },
          title,
          source,
          workId,
          wanted,
          carried,
          revision: revision + 1,
          history: NO_HISTORY,
          arrangement: arrangement ?? AS_LAID_OUT,
          lastChange: null,
          opened: opened + 1,
          engine: engine === null ? 'starting' : 'checking',
        },
        ...{
          diagnostics: [],
          documents: [],
          walks: [],
          topology: null,
          topologyStale: false,
          walk: null,
          together: wanted?.together ?? [],
          alongside: [],
          frame: -1,
          typed: INITIAL.typed,
          playing: false,
          rested: false,
        },
        ...{ selected: null, alsoSelected: [], renaming: null, search: null, reveal: null, cursorLine: 1 },
        ...{ kernel: null, loop: null, stops: wanted?.stops ?? [] },
      })
      ask(0)
    },
    rename: (title) => set({ title }),
  }
}

function lastRecord(): number {
  return (get().walk?.records.length ?? 0) - 1
}

function setFrame(n: number): void {
  set({ frame: Math.max(-1, Math.min(n, lastRecord())), rested: false })
}

function walkActions(): Pick<Actions, WalkAction> {
  return {
    startWalk: (request, branch) => {
      if (begin(request, true, branch)) set({ wanted: null })
    },
    setTogether: (names) => {
      showHeld()
      const { walks, walk } = get()
      const together = knownOf(names, walks)
      const isShown = pending === walk
      const coloured = walk && { ...walk, hue: hueOfWalk(walk.name, together) }
      // What still comes of a walk is added to `pending`.
      pending = isShown ? coloured : pending && { ...pending, hue: hueOfWalk(pending.name, together) }
      set({ together, walk: coloured })
      const [first] = together
      if (first !== undefined && !isAmong(walk, together)) begin({ name: first }, true)
    },
    lookAt: (name, frame) => {
      if (!begin({ name }, false)) return
      landing = { id: lastWalkId, frame }
      set({ playing: false })
    },
    setEveryEndpoint: (everyEndpoint) => {
      const { walk, topologyStale } = get()
      set({ everyEndpoint })
      if (walk !== null && !topologyStale) begin(requestOf(walk), false)
    },
    walkAgain: () => {
      const { walk, walks } = get()
      const first = walks[0]
      if (walk !== null) begin(requestOf(walk), true, walk.branch ?? undefined)
      else if (first) begin({ name: first.name }, true)
    },
    setFrame,
    setTyped: (commands) => {
      const { walk } = get()
      if (walk === null) return
      set({ typed: { walk: walkKey(walk), commands } })
      begin(requestOf(walk), false, walk.branch ?? undefined)
    },
    forgetTyped: () => set({ typed: INITIAL.typed }),
    rest: (n) => {
      setFrame(n)
      set({ playing: false, rested: true })
    },
    play: () => {
      if (get().walk === null) return
      if (get().rested) setFrame(-1)
      set({ playing: true })
    },
    pause: () => set({ playing: false }),
    setSpeed: (speed) => set({ speed }),
  }
}

const BROKEN = 'Nothing new can walk: the text has errors, and the picture shows it as it was before them. Mend them first.'
const STOPPED = 'Nothing can walk: the engine has stopped. It starts again with your next change of the text.'

/** Which walk it is, whatever becomes of it. */
function walkKey({ name, from, to }: Pick<WalkState, 'name' | 'from' | 'to'>): string {
  return name ?? `${from} → ${to}`
}

function requestOf({ name, from, to }: WalkState): WalkRequest {
  return name === null ? { from, to } : { name }
}

function isAmong(walk: WalkRequest | WalkState | null, together: readonly string[]): boolean {
  return walk !== null && 'name' in walk && walk.name !== null && together.includes(walk.name)
}

/**
 * Asks the engine for a walk. `play`: show it from its beginning; otherwise it replaces the one on screen in place, after an edit. A walk that is
 * none of those that are played together is played alone. False: nothing can walk now, and the user has been told why.
 */
function begin(request: WalkRequest, play: boolean, asked?: readonly number[]): boolean {
  showHeld()
  const { topologyStale, diagnostics, toast, together } = get()
  if (topologyStale) {
    const hasErrors = diagnostics.some(({ severity }) => severity === 'error')
    toast(hasErrors ? BROKEN : STOPPED, 'error')
    return false
  }
  const still = stillTogether(request, together)
  if (still !== together) set({ together: still })
  beginIn(get(), request, { play, asked })
  return true
}

/** Those that are played together once this walk is begun. */
function stillTogether(request: WalkRequest, together: readonly string[]): readonly string[] {
  return together.length === 0 || isAmong(request, together) ? together : []
}

interface Beginning {
  readonly play: boolean
  readonly asked?: readonly number[] | undefined
}

/** Begins it in a state that may not be on screen yet. */
function beginIn({ walks, revision, everyEndpoint, together, typed }: AppState, request: WalkRequest, { play, asked }: Beginning): void {
  if (pending !== null) engine?.cancel(pending.id)
  lastWalkId += 1
  const branch = everyEndpoint ? (asked ?? []) : null
  const named = 'name' in request ? walks.find((walk) => walk.name === request.name) : undefined
  const ends = 'name' in request ? { from: named?.from ?? '', to: named?.to ?? '' } : request
  pending = {
    ...{ id: lastWalkId, name: 'name' in request ? request.name : null, from: ends.from, to: ends.to, status: 'running' },
    ...{ records: [], sentences: [], outcome: null, summary: null, why: null, error: null, errorAt: null, revision, branch },
    hue: hueOfWalk('name' in request ? request.name : null, together),
  }
  if (play) store.setState({ walk: pending, frame: -1, playing: true, rested: false, loop: null })
  const { walk, commands } = typed
  engine?.walk(lastWalkId, revision, { ...request, branch, ...(walk === walkKey(pending) ? { typed: commands } : {}) })
}

/** Connects the engine; the present text is opened at once. */
export function connectEngine(link: EngineLink): void {
  engine = link
  const { revision, text } = store.getState()
  store.setState({ engine: 'checking' })
  link.open(revision, text)
}

/** Shows what waits for its walk. */
export function showHeld(): void {
  const facts = takeHeld(get())
  if (facts !== null) set(facts)
}

/** What has come so far of the walk that was asked for last. */
export function arrived(): WalkState | null {
  return pending
}

/** Takes one answer of the engine. After a good scenario the walk on screen is run again, or the first one of a text just opened. */
export function receive(response: Response): void {
  if (response.type === 'scenario') receiveScenario(response)
  else if (response.type === 'failed' && response.about === 'open') {
    set({ engine: 'ready', topologyStale: true })
    get().toast(response.message, 'error')
  } else if (pending !== null && 'id' in response && response.id === pending.id) receiveWalk(pending, response)
}

function receiveScenario(response: Extract<Response, { readonly type: 'scenario' }>): void {
  const before = get()
  if (response.revision !== before.revision) return
  takeHeld(before)
  const facts = received.scenario(before, response)
  const { topology, walks, documents } = response
  // Another one may have been asked for, and not have come yet.
  const again = topology && walkAgainOf(before.walk && pending, walks, topology)
  if (again !== null && documents.length > 0) {
    const after = { ...before, ...facts }
    const together = stillTogether(again, after.together)
    beginIn({ ...after, together }, again, { play: false })
    hold({ response, together }, showHeld)
    return
  }
  set(facts)
  if (topology === null) return
  if (before.walk !== null) set({ walk: null, frame: -1, playing: false })
  // An empty text has a cluster too, the default one; but nobody asked for a walk in it.
  const next = documents.length === 0 ? null : firstWalk(before.wanted, walks, topology)
  if (next === null) return
  const branch = before.wanted?.branch
  if (branch) set({ everyEndpoint: true })
  begin(next, true, branch ?? undefined)
}

function receiveWalk(asked: WalkState, response: Response): void {
  const before = get()
  const onScreen = before.walk?.id === asked.id
  let next = asked
  if (response.type === 'page') next = received.page(asked, response)
  else if (response.type === 'sentences') next = received.sentences(asked, response)
  else if (response.type === 'walked') next = received.walked(asked, response)
  else if (response.type === 'failed' && response.about === 'walk')
    next = { ...asked, status: 'failed', error: response.message, errorAt: response.end }
  pending = next
  const now = performance.now()
  if (asked.records.length === 0) takenAt = now
  const isPart = response.type === 'page' || (response.type === 'sentences' && next.sentences.length < next.records.length)
  if (onScreen && isPart && now - takenAt < TAKE_AFTER_MS) return
  takenAt = now
  if (onScreen) set({ walk: next })
  else if (next.status !== 'running') set({ ...takeHeld(before), walk: next, frame: Math.min(before.frame, next.records.length - 1) })
  const frame = landing?.id === asked.id ? landing.frame : (before.wanted?.frame ?? null)
  if (frame !== null && next.status === 'done') {
    landing = null
    set({ wanted: null, playing: false })
    setFrame(frame)
    set({ rested: before.rested })
  }
}

/** The store in a component. */
export function useStore<T>(selector: (state: AppState) => T): T {
  return useZustand(store, selector)
}

/** The state now, for event handlers. */
export function appState(): AppState {
  return store.getState()
}
