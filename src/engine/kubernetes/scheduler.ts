/** Which node a pod runs on: pods in document order, each to the node with the fewest pods, ties to the first listed. */

import type { ClusterNode, Pod } from './cluster.ts'
import type { Taint } from './decode/cluster-spec.ts'
import type { PodDraft, Toleration } from './decode/pod-spec.ts'
import { nearest } from './nearest.ts'
import type { Report } from './report.ts'

export interface PlacedPod {
  readonly draft: PodDraft
  readonly node: ClusterNode
}

export interface ScheduleInput {
  readonly nodes: readonly ClusterNode[]
  /** Pods that already run. */
  readonly running: readonly Pod[]
}

/** Places every pod that can be placed; the others stay pending, with a warning. */
export function schedule(drafts: readonly PodDraft[], { nodes, running }: ScheduleInput, report: Report): PlacedPod[] {
  const counts = new Map(nodes.map((node) => [node.meta.name, running.filter((pod) => pod.nodeName === node.meta.name).length]))
  return drafts.flatMap((draft) => {
    const node = draft.nodeName === null ? leastLoaded(draft, nodes, counts) : nodes.find((n) => n.meta.name === draft.nodeName)
    if (node === undefined) {
      reportPending(draft, nodes, report)
      return []
    }
    counts.set(node.meta.name, (counts.get(node.meta.name) ?? 0) + 1)
    return [{ draft, node }]
  })
}

function leastLoaded(draft: PodDraft, nodes: readonly ClusterNode[], counts: ReadonlyMap<string, number>): ClusterNode | undefined {
  let best: ClusterNode | undefined
  for (const node of nodes) {
    if (runsOn(draft, node) !== null) continue
    if (best === undefined || (counts.get(node.meta.name) ?? 0) < (counts.get(best.meta.name) ?? 0)) best = node
  }
  return best
}

/** Why the pod may not run on the node (its nodeSelector, a taint); null when it may. */
export function runsOn(draft: Pick<PodDraft, 'nodeSelector' | 'tolerations'>, candidate: ClusterNode): string | null {
  const { labels } = candidate.meta
  const missing = Object.entries(draft.nodeSelector).find(([key, value]) => labels[key] !== value)
  if (missing) return `it has no label ${missing[0]}=${missing[1]}`
  const taint = candidate.taints.find(
    (t) => t.effect !== 'PreferNoSchedule' && !draft.tolerations.some((toleration) => tolerates(toleration, t)),
  )
  return taint === undefined ? null : `it has the taint ${taint.key}:${taint.effect}`
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false
  if (toleration.key === null || toleration.key === '') return toleration.operator === 'Exists'
  return toleration.key === taint.key && (toleration.operator === 'Exists' || toleration.value === taint.value)
}

function reportPending(draft: PodDraft, nodes: readonly ClusterNode[], report: Report): void {
  const names = nodes.map((node) => node.meta.name)
  const pod = `Pod ${draft.meta.namespace}/${draft.meta.name} stays pending`
  if (draft.nodeName !== null) {
    const near = nearest(draft.nodeName, names)
    report.warning({
      code: 'unknown-node',
      message: `${pod}: there is no node "${draft.nodeName}".${near === null ? ` Nodes: ${names.slice(0, 10).join(', ')}.` : ` Did you mean "${near}"?`}`,
      at: draft.at,
    })
    return
  }
  const why = nodes[0] === undefined ? 'there are no nodes' : `no node takes it: ${names[0]} does not, because ${runsOn(draft, nodes[0])}`
  report.warning({ code: 'unschedulable', message: `${pod}: ${why}.`, at: draft.at })
}
