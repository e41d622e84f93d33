/** What the context menu offers for what is chosen, or for the bare canvas. */
import type { DrawnKind } from '../../../engine/kubernetes/drawing/gesture.ts'
import { collapseWords, toggleCollapsed } from '../../store/collapsing.ts'
import { chosen, DRAWN_KINDS, gesture, pasteFromClipboard } from '../../store/drawing.ts'
import { lineOfShape } from '../../store/highlight.ts'
import { resetLayout } from '../../store/ordering.ts'
import { askCanvas } from '../../store/playback.ts'
import { shortRef } from '../../store/references.ts'
import { appState } from '../../store/store.ts'
import { selectedRefs } from '../../store/viewing.ts'
import type { MenuEntry } from '../../ui/menu.tsx'
import { linkTargets } from './links.ts'

/** Of the chosen shapes; none: of the canvas. */
export function menuEntries(): readonly MenuEntry[] {
  const refs = selectedRefs(appState())
  const [only] = refs
  if (only === undefined) return canvasEntries()
  return refs.length === 1 ? shapeEntries(only) : severalEntries(refs)
}

const LINE: MenuEntry = { kind: 'line' }

function item(label: string, onSelect: () => void, rest: { readonly shortcut?: string; readonly disabled?: boolean } = {}): MenuEntry {
  return { kind: 'item', label, onSelect, ...rest }
}

function canvasEntries(): readonly MenuEntry[] {
  const { history, undo, redo, topology, selectAll, arrangement } = appState()
  const pods = topology?.machines.flatMap((machine) => machine.pods.map(({ ref }) => ref)) ?? []
  return [
    { kind: 'heading', label: 'Add' },
    ...DRAWN_KINDS.map(({ what, name }) => addEntry(name, what, null)),
    LINE,
    item('Paste', () => void pasteFromClipboard(), { shortcut: 'Ctrl V' }),
    item('Choose all pods', () => selectAll(pods), { disabled: pods.length === 0 }),
    item('Fit everything', () => askCanvas('fit'), { shortcut: '0' }),
    item('Reset the layout', resetLayout, { disabled: Object.keys(arrangement.order).length === 0 }),
    LINE,
    item('Undo', undo, { shortcut: 'Ctrl Z', disabled: history.past.length === 0 }),
    item('Redo', redo, { shortcut: 'Ctrl Shift Z', disabled: history.future.length === 0 }),
  ]
}

function severalEntries(refs: readonly string[]): readonly MenuEntry[] {
  return [{ kind: 'heading', label: `${refs.length} shapes` }, ...collapseEntries(refs), ...editEntries()]
}

function editEntries(): readonly MenuEntry[] {
  return [
    item('Duplicate', chosen.duplicate, { shortcut: 'Ctrl D' }),
    item('Copy as YAML', chosen.copy, { shortcut: 'Ctrl C' }),
    item('Paste', () => void pasteFromClipboard(), { shortcut: 'Ctrl V' }),
    LINE,
    item('Delete', chosen.delete, { shortcut: 'Del' }),
  ]
}

/** Collapsing and opening, where these shapes have something to collapse. */
function collapseEntries(refs: readonly string[]): readonly MenuEntry[] {
  const words = [...new Set(refs.flatMap((ref) => collapseWords(ref) ?? []))]
  const [only] = words
  if (only === undefined) return []
  return [item(words.length === 1 ? only : 'Collapse or open them', () => toggleCollapsed(refs), { shortcut: 'H' }), LINE]
}

function shapeEntries(ref: string): readonly MenuEntry[] {
  const { topology, setRenaming, setOverlay, revealLine, documents } = appState()
  const line = (topology && lineOfShape(topology, ref)) ?? documents.find((one) => one.ref === ref)?.range.line ?? null
  const links = topology === null ? [] : linkTargets(ref, topology)
  return [
    { kind: 'heading', label: shortRef(ref) },
    item('Rename', () => setRenaming(ref), { shortcut: 'F2' }),
    item('Connect to…', () => setOverlay('connect'), { shortcut: 'X', disabled: links.length === 0 }),
    item('Go to its YAML', () => line !== null && revealLine(line), { disabled: line === null }),
    LINE,
    ...collapseEntries([ref]),
    ...ownEntries(ref),
    ...editEntries(),
  ]
}

function addEntry(label: string, what: DrawnKind, on: string | null): MenuEntry {
  return item(label, () => void gesture({ kind: 'add', what, on }))
}

/** What only shapes of this kind offer. */
function ownEntries(ref: string): readonly MenuEntry[] {
  switch (ref.split('/')[0]) {
    case 'node':
      return [
        addEntry('Add a pod here', 'pod', ref),
        addEntry('Add a bridge here', 'bridge', ref),
        addEntry('Run a script here', 'script', ref),
        LINE,
      ]
    case 'pod':
      return [
        addEntry('Add a Service for it', 'service', ref),
        addEntry('Add a policy for it', 'networkpolicy', ref),
        addEntry('Start a walk here', 'walk', ref),
        ...replicaEntries(ref),
        LINE,
      ]
    case 'service':
      return [addEntry('Add an Ingress for it', 'ingress', ref), LINE]
    case 'host':
      return [addEntry('Start a walk here', 'walk', ref), addEntry('Run a script here', 'script', ref), LINE]
    case 'network':
      return [addEntry('Add a host here', 'host', ref), LINE]
    default:
      return []
  }
}

const SCALED = /^(deployment|replicaset|statefulset|replicationcontroller)\//

function replicaEntries(ref: string): readonly MenuEntry[] {
  const pods = appState().topology?.machines.flatMap((machine) => machine.pods) ?? []
  const workload = pods.find((pod) => pod.ref === ref)?.workload ?? null
  if (workload === null || !SCALED.test(workload)) return []
  const count = pods.filter((pod) => pod.workload === workload).length
  const scale = (replicas: number) => () => void gesture({ kind: 'scale', ref: workload, replicas })
  return [item('One replica more', scale(count + 1)), item('One replica less', scale(count - 1), { disabled: count === 0 })]
}
