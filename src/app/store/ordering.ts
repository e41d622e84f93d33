/** Where pods and nodes stand by hand: in the order they were dragged to, as one step that can be undone. The picture's grid stays. */
import { movedBefore } from './arrangement.ts'
import { nodesOf, podsOf } from './standing-order.ts'
import { appState } from './store.ts'

/** The shapes among which one has its place, as they are drawn; null: it has none of its own. */
export function siblingsOf(ref: string): { readonly place: string; readonly refs: readonly string[] } | null {
  const { topology, arrangement } = appState()
  const nodes = topology === null ? [] : nodesOf(topology, arrangement.order)
  const refsOf = (things: readonly { readonly ref: string }[]): readonly string[] => things.map((thing) => thing.ref)
  if (nodes.some((node) => node.ref === ref)) return { place: 'nodes', refs: refsOf(nodes) }
  const home = nodes.find(({ pods }) => pods.some((pod) => pod.ref === ref))
  return home ? { place: home.ref, refs: refsOf(podsOf(home, arrangement.order)) } : null
}

/** Puts a shape before one of its neighbours; null: behind all of them. */
export function placeBefore(ref: string, before: string | null): void {
  const siblings = siblingsOf(ref)
  if (siblings === null) return
  const refs = movedBefore(siblings.refs, ref, before)
  if (refs.every((one, index) => one === siblings.refs[index])) return
  const { arrangement, arrange } = appState()
  arrange({ ...arrangement, order: { ...arrangement.order, [siblings.place]: refs } })
}

/** One place on or back. */
export function moveBy(ref: string, by: 1 | -1): void {
  const siblings = siblingsOf(ref)
  const at = siblings?.refs.indexOf(ref) ?? -1
  if (siblings === null || at + by < 0 || at + by >= siblings.refs.length) return
  placeBefore(ref, siblings.refs[by > 0 ? at + 2 : at - 1] ?? null)
}

/** Everything stands where the picture puts it by itself. */
export function resetLayout(): void {
  const { arrangement, arrange, toast } = appState()
  if (Object.keys(arrangement.order).length === 0) toast('Everything stands where the layout puts it.')
  else arrange({ ...arrangement, order: {} })
}
