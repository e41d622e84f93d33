/** How the user has arranged the picture: view state, kept beside the text and in links, never in the manifests. Pure. */
import type { Topology, TopologyPod } from '../../engine/simulation/topology.ts'

export interface Arrangement {
  /** Nodes ('node/worker-1') and workloads ('deployment/default/web') that are one shape each. */
  readonly collapsed: readonly string[]
}

export const AS_LAID_OUT: Arrangement = { collapsed: [] }

/** Is there anything to keep? */
export function isArranged({ collapsed }: Arrangement): boolean {
  return collapsed.length > 0
}

/** Refs in one list. */
const MOST = 2_000

/** What a link or the browser's memory holds, as far as it can be understood. */
export function arrangementOf(kept: unknown): Arrangement {
  if (typeof kept !== 'object' || kept === null) return AS_LAID_OUT
  return { collapsed: 'collapsed' in kept ? textsOf(kept.collapsed) : [] }
}

function textsOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.slice(0, MOST).filter((one) => typeof one === 'string') : []
}

/** The shape that stands for a workload's pods on one node. */
export function groupRef(node: string, workload: string): string {
  return `group/${node}/${workload}`
}

/** The pods that a group stands for; null: no group. */
export function podsOfGroup(ref: string, topology: Topology): readonly TopologyPod[] | null {
  const [kind, node, ...workload] = ref.split('/')
  if (kind !== 'group') return null
  const machine = topology.machines.find((one) => one.ref === `node/${node}`)
  return machine?.pods.filter((pod) => pod.workload === workload.join('/')) ?? []
}

/** What collapses when a shape does: a node itself, a pod with all pods of its workload; null: nothing. */
export function collapsible(ref: string, topology: Topology): string | null {
  if (ref.startsWith('node/')) return topology.machines.some((machine) => machine.ref === ref) ? ref : null
  if (ref.startsWith('group/')) return ref.split('/').slice(2).join('/')
  return topology.machines.flatMap(({ pods }) => pods).find((pod) => pod.ref === ref)?.workload ?? null
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
