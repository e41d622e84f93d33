/** Makes one shape of a node or of a workload's pods, and opens it again: as one step that can be undone. */
import type { Topology } from '../../engine/simulation/topology.ts'
import { collapsible, collapsibleWords, groupRef } from './arrangement.ts'
import { appState, store } from './store.ts'
import { selectedRefs } from './viewing.ts'

/** Collapses what these shapes stand for, or opens it where all of it is collapsed. */
export function toggleCollapsed(refs: readonly string[]): void {
  const { topology, arrangement, arrange, toast } = appState()
  if (topology === null) return
  const targets = [...new Set(refs.flatMap((ref) => collapsible(ref, topology) ?? []))]
  const [only] = targets
  if (only === undefined) {
    toast(refs.length === 0 ? 'Choose a shape first.' : 'Nodes collapse, and the pods of a workload; this is neither.')
    return
  }
  const opens = targets.every((target) => arrangement.collapsed.includes(target))
  const others = arrangement.collapsed.filter((target) => !targets.includes(target))
  arrange({ ...arrangement, collapsed: opens ? others : [...others, ...targets] })
  focusSoon(refs[0] ?? '', opens)
}

/** The chosen shapes: for the key and the command menu. */
export function toggleCollapsedChosen(): void {
  toggleCollapsed(selectedRefs(appState()))
}

/** Every node becomes one shape. */
export function collapseNodes(): void {
  const { topology, arrangement, arrange, toast } = appState()
  const open = nodesOf(topology).filter((ref) => !arrangement.collapsed.includes(ref))
  if (open.length === 0) toast('Every node is collapsed already.')
  else arrange({ ...arrangement, collapsed: [...arrangement.collapsed, ...open] })
}

function nodesOf(topology: Topology | null): readonly string[] {
  return topology?.machines.flatMap(({ kind, ref }) => (kind === 'node' ? [ref] : [])) ?? []
}

/** Nothing is collapsed any more. */
export function openEverything(): void {
  const { arrangement, arrange, toast } = appState()
  if (arrangement.collapsed.length === 0) toast('Nothing is collapsed.')
  else arrange({ ...arrangement, collapsed: [] })
}

/** "Collapse node worker-1" or "Open …": what a menu offers for a shape; null: nothing. */
export function collapseWords(ref: string): string | null {
  const { topology, arrangement } = appState()
  const target = topology && collapsible(ref, topology)
  if (target === null) return null
  return `${arrangement.collapsed.includes(target) ? 'Open' : 'Collapse'} ${collapsibleWords(target)}`
}

/** What takes the place of the shape takes the focus too, once it has been drawn. */
function focusSoon(ref: string, opens: boolean): void {
  const { topology } = appState()
  const home = topology?.machines.find((machine) => machine.pods.some((pod) => pod.ref === ref) || ref.startsWith(`group/${machine.name}/`))
  const workload = topology && collapsible(ref, topology)
  let next = ref
  if (home && workload !== null)
    next = opens ? (home.pods.find((pod) => pod.workload === workload)?.ref ?? ref) : groupRef(home.name, workload)
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (home) appState().select(next)
      store.setState({ drawn: { ref: next, at: (appState().drawn?.at ?? 0) + 1 } })
    }),
  )
}
