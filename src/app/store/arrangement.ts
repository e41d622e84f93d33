/** How the user has arranged the picture: view state, kept beside the text and in links, never in the manifests. Pure. */
import type { Topology, TopologyPod } from '../../engine/simulation/topology.ts'

export interface Arrangement {
  /** Nodes ('node/worker-1') and workloads ('deployment/default/web') that are one shape each. */
  readonly collapsed: readonly string[]
  /** Shapes in the order they were dragged to: pods by the ref of their node, nodes under 'nodes'. What is not named follows as laid out. */
  readonly order: Readonly<Record<string, readonly string[]>>
}

export const AS_LAID_OUT: Arrangement = { collapsed: [], order: {} }

/** Is there anything to keep? */
export function isArranged({ collapsed, order }: Arrangement): boolean {
  return collapsed.length > 0 || Object.keys(order).length > 0
}

/** Refs in one list. */
const MOST = 2_000

/** What a link or the browser's memory holds, as far as it can be understood. */
export function arrangementOf(kept: unknown): Arrangement {
  if (typeof kept !== 'object' || kept === null) return AS_LAID_OUT
  return { collapsed: 'collapsed' in kept ? textsOf(kept.collapsed) : [], order: 'order' in kept ? orderOf(kept.order) : {} }
}

function orderOf(kept: unknown): Arrangement['order'] {
  if (typeof kept !== 'object' || kept === null) return {}
  return Object.fromEntries(
    Object.entries(kept)
      .slice(0, MOST)
      .map(([place, refs]) => [place, textsOf(refs)]),
  )
}

/** Things in the order that was chosen for them; the others behind, as they come. */
export function inOrder<T extends { readonly ref: string }>(things: readonly T[], order: readonly string[] | undefined): readonly T[] {
  if (order === undefined) return things
  const places = new Map(order.map((ref, index) => [ref, index]))
  const placeOf = ({ ref }: T): number => places.get(ref) ?? order.length
  return [...things].sort((a, b) => placeOf(a) - placeOf(b))
}

/** The same refs with one of them moved before another; null, or one that is not among them: to the end. */
export function movedBefore(refs: readonly string[], moved: string, before: string | null): readonly string[] {
  if (moved === before) return refs
  const others = refs.filter((ref) => ref !== moved)
  const at = before === null || !others.includes(before) ? others.length : others.indexOf(before)
  return [...others.slice(0, at), moved, ...others.slice(at)]
}

function textsOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.slice(0, MOST).filter((one) => typeof one === 'string') : []
}

/** The shape that stands for a workload's pods on one node. */
export function groupRef(node: string, workload: string): string {
  return `group/${node}/${workload}`
}

/** The shape that a pod is in where it is collapsed; itself where not, as anything else. */
export function shownAs(ref: string, topology: Topology, { collapsed }: Arrangement): string {
  const home = topology.machines.find(({ pods }) => pods.some((pod) => pod.ref === ref))
  if (home === undefined) return ref
  if (collapsed.includes(home.ref)) return home.ref
  const workload = collapsible(ref, topology)
  return workload !== null && collapsed.includes(workload) ? groupRef(home.name, workload) : ref
}

/** The pods that a group stands for; null: no group. */
export function podsOfGroup(ref: string, topology: Topology): readonly TopologyPod[] | null {
  const [kind, node, ...workload] = ref.split('/')
  if (kind !== 'group') return null
  const machine = topology.machines.find((one) => one.ref === `node/${node}`)
  return machine?.pods.filter((pod) => pod.workload === workload.join('/')) ?? []
}

/** What collapses when a shape does: a node itself, a pod with all pods of its workload; null: nothing, or it is gone. */
export function collapsible(ref: string, topology: Topology): string | null {
  if (ref.startsWith('node/')) return topology.machines.some((machine) => machine.ref === ref) ? ref : null
  const [pod] = podsOfGroup(ref, topology) ?? topology.machines.flatMap(({ pods }) => pods.filter((one) => one.ref === ref))
  return pod?.workload ?? null
}

/** 'deployment/default/web' → 'Deployment web'. */
export function collapsibleWords(target: string): string {
  const [kind = '', ...rest] = target.split('/')
  const name = rest.length === 2 && rest[0] === 'default' ? rest[1] : rest.join('/')
  return `${KINDS[kind] ?? kind} ${name}`
}

const KINDS: Readonly<Record<string, string>> = {
  ...{ node: 'node', deployment: 'Deployment', statefulset: 'StatefulSet', daemonset: 'DaemonSet', replicaset: 'ReplicaSet', job: 'Job' },
  replicationcontroller: 'ReplicationController',
}
