/** What the page knows, in one plain object: the text, what the engine made of it, the walk, and where the user looks. */
import type { Diagnostic, TextChange } from '../../engine/kubernetes/diagnostic.ts'
import type { DocumentInfo } from '../../engine/kubernetes/scenario.ts'
import type { Why } from '../../engine/narrator/why.ts'
import type { TypedCommand } from '../../engine/simulation/steps.ts'
import type { Topology } from '../../engine/simulation/topology.ts'
import type { TraceRecord, WalkOutcome } from '../../engine/simulation/trace.ts'
import type { WalkSummary } from '../../protocol/messages.ts'
import type { Arrangement } from './arrangement.ts'
import type { Hue } from './identities.ts'
import type { Search } from './search-hits.ts'
import type { Stop } from './stops.ts'
import type { History } from './text-history.ts'
import type { Companion } from './together.ts'

export type Theme = 'light' | 'dark' | 'system'
export type Level = 'overview' | 'network'

/** What the user has chosen about the page; kept in the browser (settings.ts). */
export interface Settings {
  readonly theme: Theme
  /** 'roomy': rows a fifth higher. */
  readonly density: 'dense' | 'roomy'
  /** 'reduced': nothing moves, whatever the system says. */
  readonly motion: 'system' | 'reduced'
  /** What a scenario opens with; 'fitting': an overview where there are many nodes, else the network. */
  readonly startLevel: 'fitting' | Level | 'kernel'
  /** 'fitting': while the picture is larger than the view. */
  readonly minimap: 'fitting' | 'off'
  /** What Tab does in the editor: indent (Escape, then Tab, leaves it), or move the focus on. */
  readonly tabKey: 'indents' | 'leaves'
  /** 'follow': zooming leads from the overview to the network, into a kernel, and back. */
  readonly levels: 'follow' | 'stay'
  /** The packet's layers: 'fields': what tells something of each; 'diagram': every field of the header as it stands on the wire. */
  readonly headers: 'fields' | 'diagram'
}

/** What a walk is asked for by: a Walk document's name, or two ends typed in the walk bar. */
export type WalkRequest = { readonly name: string } | { readonly from: string; readonly to: string }

export interface WalkState {
  readonly id: number
  /** Name of its Walk document; null when typed in the walk bar. */
  readonly name: string | null
  readonly from: string
  readonly to: string
  /** 'running' while pages arrive; 'failed': the engine could not start it (`error`). */
  readonly status: 'running' | 'done' | 'failed'
  readonly records: readonly TraceRecord[]
  /** Narrator's words, same order as `records`; those of a long walk come behind it. */
  readonly sentences: readonly string[]
  readonly outcome: WalkOutcome | null
  readonly summary: string | null
  /** Cause, place, line and fix of a failure; null while it runs, and when it was delivered. */
  readonly why: Why | null
  readonly error: string | null
  /** The end of the walk that `error` is about; null when it is about neither. */
  readonly errorAt: 'from' | 'to' | null
  /** Of the text it was asked of. */
  readonly revision: number
  /** The answers that chance gives it; none: the first that can happen. Null: chance decides. */
  readonly branch: readonly number[] | null
  /** Its own among several walks on screen; otherwise each address has one. */
  readonly hue?: Hue | null
}

/** Who changes the text: typing joins with typing in the history, everything else is a step of its own. */
export type Origin = 'typed' | 'command' | 'history'

/** Where the text belongs: the user's own work (kept in the browser), or something opened that is not theirs yet. */
export type Source = 'own' | 'gallery' | 'link'

/** What shall be shown once a text just opened has been built: a walk, and a moment of it to stop at. */
export interface Wanted {
  readonly walk: WalkRequest | null
  readonly frame: number | null
  /** The way the walk shall go; null: chance decides. */
  readonly branch: readonly number[] | null
  /** Where playing halts. */
  readonly stops?: readonly Stop[]
  /** The Walks that are shown at once. */
  readonly together?: readonly string[]
}

/** What a link held that this version does not know: it goes into the next link as it came. */
export interface Carried {
  readonly fields: Readonly<Record<string, unknown>>
  readonly view: Readonly<Record<string, unknown>>
  readonly keys: readonly (readonly [string, string])[]
}

/** How to open a text. `workId` names the kept work it is; without one, the first edit makes a new work. */
export interface Opening {
  readonly title: string
  readonly source: Source
  readonly workId?: string | null
  readonly wanted?: Wanted | null
  readonly carried?: Carried | null
  readonly arrangement?: Arrangement
}

export type Overlay = 'gallery' | 'help' | 'palette' | 'share' | 'works' | 'lab' | 'reach' | 'add' | 'connect' | 'settings'

export interface Facts extends Settings {
  readonly text: string
  /** The text as it was opened. */
  readonly openedText: string
  /** The last text that could be built, and the one before it: what it was before the last edit. */
  readonly built: { readonly text: string | null; readonly before: string | null }
  /** Counts changes of `text`; answers for an older one are dropped. */
  readonly revision: number
  /** What takes the text back and forth, typing and drawing alike. */
  readonly history: History
  /** What of the picture is collapsed, and in which order its shapes stand. */
  readonly arrangement: Arrangement
  /** Who made the last change in place, and where it ends now. */
  readonly lastChange: { readonly origin: Origin; readonly changes: readonly TextChange[]; readonly end: number } | null
  readonly title: string
  readonly source: Source
  /** The kept work this text is saved to; null while it is not the user's own. */
  readonly workId: string | null
  readonly wanted: Wanted | null
  /** Null for a text that no link brought, or whose link held nothing unknown. */
  readonly carried: Carried | null
  /** Increases when another text replaces the whole document, so that undo and view state start afresh. */
  readonly opened: number
  /** 'checking' while the engine has not answered for `revision`. */
  readonly engine: 'starting' | 'checking' | 'ready'
  readonly diagnostics: readonly Diagnostic[]
  /** The text that `diagnostics` are about: in any other, their offsets mean nothing. */
  readonly diagnosticsRevision: number
  readonly documents: readonly DocumentInfo[]
  readonly walks: readonly WalkSummary[]
  /** The last good picture; null before the first one. */
  readonly topology: Topology | null
  /** The text has errors, and `topology` shows an earlier revision. */
  readonly topologyStale: boolean
  readonly walk: WalkState | null
  /** Names of the Walks that are played together, in the order they were chosen, the one on screen among them; none: that one alone. */
  readonly together: readonly string[]
  /** What is known of those beside the one on screen. */
  readonly alongside: readonly Companion[]
  /** `n` of the current record; −1 before the first. */
  readonly frame: number
  /** Commands typed in terminals, and the walk (`walkKey`) that they are part of; no document holds them. */
  readonly typed: { readonly walk: string; readonly commands: readonly TypedCommand[] }
  readonly playing: boolean
  /** Playing has come to its end and rests at this moment: playing again begins anew. */
  readonly rested: boolean
  /** Each way a walk can go is listed, and the walk goes the one that was chosen. */
  readonly everyEndpoint: boolean
  /** .1 .25 .5 1 2 4 */
  readonly speed: number
  /** A shape's reference ('pod/default/web', 'node/worker-1', 'service/default/web', 'bridge/worker-1/cni0' …). */
  readonly selected: string | null
  /** Chosen together with it. */
  readonly alsoSelected: readonly string[]
  /** The search of the picture, while it is open. */
  readonly search: Search | null
  /** The shape whose name is being typed in its place. */
  readonly renaming: string | null
  /** The shape that the last gesture made: it takes the focus. `at` makes each one new. */
  readonly drawn: { readonly ref: string | null; readonly at: number } | null
  readonly level: Level
  /** Looking inside a kernel: of a namespace, or (`where` null) of wherever the packet is. Null: the picture is on screen. */
  readonly kernel: { readonly where: string | null } | null
  /** Where playing halts, besides the end. */
  readonly stops: readonly Stop[]
  /** Indices of the moments between which playing goes round. */
  readonly loop: { readonly first: number; readonly last: number } | null
  /** The camera keeps the packet in view while it moves. */
  readonly cameraFollows: boolean
  readonly focusPath: boolean
  /** 1-based lines the editor is asked to show; `at` makes each request new. */
  readonly reveal: { readonly line: number; readonly at: number } | null
  /** Increases each time the editor is asked to take the focus. */
  readonly editorFocus: number
  /** Line of the text cursor, 1-based. */
  readonly cursorLine: number
  /** The walk is shown beside the same walk in another world. */
  readonly comparing: boolean
  /** The dialog that is open. */
  readonly overlay: Overlay | null
  /** The link to copy by hand, where the clipboard is out of reach. */
  readonly shareLink: string
  readonly editorOpen: boolean
  /** The list of documents above the text. */
  readonly outlineOpen: boolean
  readonly inspectorOpen: boolean
  /** The first-run tour: asked for, or on screen. */
  readonly touring: boolean
  readonly toasts: readonly { readonly id: number; readonly text: string; readonly kind: 'info' | 'error' }[]
}

export interface Actions {
  /** The one way the text changes in place: replacements of ranges of the present text, applied at once. */
  readonly edit: (changes: readonly TextChange[], origin?: Exclude<Origin, 'history'>) => void
  /** One step back, or forward again, of whatever changed the text. */
  readonly undo: () => void
  readonly redo: () => void
  /** Arranges the picture anew, as a step of that history. */
  readonly arrange: (arrangement: Arrangement) => void
  /** Replaces the whole document by another one. */
  readonly openText: (text: string, opening: Opening) => void
  readonly rename: (title: string) => void
  /** `branch`: the way it shall go; only with `everyEndpoint`. */
  readonly startWalk: (request: WalkRequest, branch?: readonly number[]) => void
  /** Plays these Walks together; fewer than two: the one on screen alone. */
  readonly setTogether: (names: readonly string[]) => void
  /** Puts one of them on screen, stopped at a record. */
  readonly lookAt: (name: string, frame: number) => void
  readonly setEveryEndpoint: (on: boolean) => void
  /** Runs the last walk once more; the scenario's first when there was none. */
  readonly walkAgain: () => void
  /** Clamped to −1 … last record. */
  readonly setFrame: (n: number) => void
  /** Takes the walk on screen again with these commands typed in it. */
  readonly setTyped: (commands: readonly TypedCommand[]) => void
  readonly forgetTyped: () => void
  /** Ends playing at a record. */
  readonly rest: (n: number) => void
  readonly play: () => void
  readonly pause: () => void
  readonly setSpeed: (speed: number) => void
  readonly select: (ref: string | null) => void
  /** Chooses several at once; the last one is the one that panes are about. */
  readonly selectAll: (refs: readonly string[]) => void
  /** Adds a shape to those that are chosen, or takes it out. */
  readonly toggleSelected: (ref: string) => void
  readonly setRenaming: (ref: string | null) => void
  readonly setLevel: (level: Level) => void
  /** Looks inside a kernel; null: of wherever the packet is. */
  readonly openKernel: (where: string | null) => void
  readonly closeKernel: () => void
  /** Adds a stop, or takes it away. */
  readonly toggleStop: (stop: Stop) => void
  readonly clearStops: () => void
  readonly setLoop: (loop: Facts['loop']) => void
  readonly setCameraFollows: (on: boolean) => void
  readonly setFocusPath: (on: boolean) => void
  readonly setTheme: (theme: Theme) => void
  readonly choose: (settings: Partial<Settings>) => void
  readonly revealLine: (line: number) => void
  readonly focusEditor: () => void
  readonly setCursorLine: (line: number) => void
  readonly setComparing: (on: boolean) => void
  readonly setOverlay: (overlay: Overlay | null) => void
  readonly setShareLink: (link: string) => void
  readonly setEditorOpen: (open: boolean) => void
  readonly setOutlineOpen: (open: boolean) => void
  readonly setInspectorOpen: (open: boolean) => void
  readonly setTouring: (on: boolean) => void
  readonly toast: (text: string, kind?: 'info' | 'error') => void
  readonly dismissToast: (id: number) => void
}

/** The actions that change the text or how it is arranged. */
export type TextAction = 'edit' | 'undo' | 'redo' | 'arrange' | 'openText' | 'rename'

/** The actions that take walks and play them. */
export type WalkAction =
  | 'startWalk'
  | 'setTogether'
  | 'lookAt'
  | 'setEveryEndpoint'
  | 'walkAgain'
  | 'setFrame'
  | 'setTyped'
  | 'forgetTyped'
  | 'rest'
  | 'play'
  | 'pause'
  | 'setSpeed'

export type AppState = Facts & Actions

export const SPEEDS: readonly number[] = [0.1, 0.25, 0.5, 1, 2, 4]
