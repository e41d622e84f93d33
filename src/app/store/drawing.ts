/** From a gesture on the canvas to the text: the engine says what changes, and the text changes through `edit` like everything else. */
import type { Drawn, DrawnKind, Gesture } from '../../engine/kubernetes/drawing/gesture.ts'
import { ask } from './engine.ts'
import type { AppState } from './state.ts'
import { appState, store } from './store.ts'
import { selectedRefs } from './viewing.ts'

/** Everything that can be drawn, in the order the tools show it. */
export const DRAWN_KINDS: readonly { readonly what: DrawnKind; readonly name: string; readonly says: string }[] = [
  { what: 'node', name: 'Node', says: 'a machine of the cluster' },
  { what: 'pod', name: 'Pod', says: 'drop it on the node that shall run it' },
  { what: 'deployment', name: 'Deployment', says: 'two pods of one kind' },
  { what: 'service', name: 'Service', says: 'drop it on the pod it shall lead to' },
  { what: 'host', name: 'Host', says: 'a machine outside the cluster; drop it on its network' },
  { what: 'network', name: 'Network', says: 'one more segment' },
  { what: 'bridge', name: 'Bridge', says: 'a script that makes one; drop it on its machine' },
  { what: 'networkpolicy', name: 'Policy', says: 'text only, since nothing enforces it here; drop it on the pod it is about' },
  { what: 'ingress', name: 'Ingress', says: 'text only, since no controller runs here; drop it on the Service it is about' },
  { what: 'walk', name: 'Walk', says: 'drop it on the one who sends' },
  { what: 'script', name: 'Script', says: 'commands; drop it on the machine that runs them' },
]

/** What a gesture changes in a text; rejects with words for the user. */
export type Draw = (text: string, gesture: Gesture) => Promise<Drawn>

const byEngine: Draw = (text, made) => ask('draw', { text, gesture: made })

/** Times that a gesture is worked out again because somebody typed meanwhile. */
const MOST_TRIES = 5

/** Carries a gesture out; a walk that it makes begins. True when something came of it. */
export async function gesture(made: Gesture, draw: Draw = byEngine): Promise<boolean> {
  const { toast, opened } = appState()
  try {
    const drawn = await drawnOnPresentText(made, draw)
    if (appState().opened !== opened) return false
    appState().edit(drawn.changes)
    if (drawn.select !== null || made.kind === 'delete') appState().select(drawn.select)
    store.setState({ drawn: { ref: drawn.select, at: (appState().drawn?.at ?? 0) + 1 } })
    if (drawn.note !== null) toast(drawn.note)
    if (made.kind === 'add' || made.kind === 'connect') startWalkOf(drawn.select)
    return true
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), 'error')
    return false
  }
}

async function drawnOnPresentText(made: Gesture, draw: Draw): Promise<Drawn> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const { text } = appState()
    const drawn = await draw(text, made)
    if (appState().text === text) return drawn
  }
  throw new Error('The text changes too fast to be drawn on: try again in a moment.')
}

/** Begins a walk just drawn, as soon as the engine knows it. */
function startWalkOf(ref: string | null): void {
  if (ref === null || !ref.startsWith('walk/')) return
  const name = ref.slice('walk/'.length)
  const { revision } = appState()
  const start = (): void => {
    const { walks, topologyStale, select, startWalk } = appState()
    if (appState().revision !== revision || topologyStale || !walks.some((walk) => walk.name === name)) return
    select(null)
    startWalk({ name })
  }
  const unsubscribe = store.subscribe((state) => {
    if (state.engine !== 'ready') return
    unsubscribe()
    // After the store itself has begun the walk it had before.
    queueMicrotask(start)
  })
}

/** A new thing, next to what is chosen. */
export function addByCommand(what: DrawnKind): Promise<boolean> {
  return gesture({ kind: 'add', what, on: appState().selected })
}

/** The documents that shapes come from: a pod of a Deployment from the Deployment's. */
export function documentsOf(
  refs: readonly string[],
  { documents, topology, text }: Pick<AppState, 'documents' | 'topology' | 'text'>,
): string {
  const pods = topology?.machines.flatMap((machine) => machine.pods) ?? []
  const sources = refs.map((ref) =>
    documents.some((one) => one.ref === ref) ? ref : (pods.find((pod) => pod.ref === ref)?.workload ?? ref),
  )
  return documents
    .filter(({ ref }) => sources.includes(ref))
    .map(({ range }) =>
      text
        .slice(range.from, range.to)
        .replace(/^---[^\n]*\n/, '')
        .replace(/\n---\s*$/, '')
        .trimEnd(),
    )
    .map((document) => `${document}\n`)
    .join('---\n')
}

/** What acts on all chosen shapes. */
export const chosen = {
  delete: (): void => onChosen((refs) => void gesture({ kind: 'delete', refs })),
  duplicate: (): void => onChosen((refs) => void gesture({ kind: 'duplicate', refs })),
  copy: (): void =>
    onChosen((refs) => {
      const documents = documentsOf(refs, appState())
      if (documents === '') appState().toast('Nothing of this is written in the text: it cannot be copied.', 'error')
      else
        void navigator.clipboard
          .writeText(documents)
          .catch(() => appState().toast('The clipboard is out of reach here: press Ctrl C.', 'error'))
    }),
}

/** Puts documents from the clipboard behind all others. */
export async function pasteFromClipboard(): Promise<void> {
  try {
    await gesture({ kind: 'paste', text: await navigator.clipboard.readText() })
  } catch {
    appState().toast('The clipboard is out of reach here: press Ctrl V.', 'error')
  }
}

function onChosen(act: (refs: readonly string[]) => void): void {
  const refs = selectedRefs(appState())
  if (refs.length === 0) appState().toast('Choose a shape first.')
  else act(refs)
}
