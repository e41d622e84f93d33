/** What kube-controller-manager, scheduler and IPAM do after something changed: pods are made and sent away, EndpointSlices follow. */
import type { Cluster, Pod, Workload } from './cluster.ts'
import { podsOf, refOfWorkload } from './controllers.ts'
import type { PodDraft } from './decode/pod-spec.ts'
import type { WorkloadDraft } from './decode/workload.ts'
import { endpointSlicesOf, isManaged } from './endpoint-slices.ts'
import { allocatePodIPs } from './ipam.ts'
import { podOf } from './pod-of.ts'
import { listenWhereServicesSend } from './portless.ts'
import type { Report } from './report.ts'
import { schedule } from './scheduler.ts'

/** 'NAMESPACE/NAME' */
export type PodKey = string

/** A cluster after a change. What takes time is only begun: pods that `start` are not ready yet, pods that `leave` are terminating. */
export interface ClusterChange {
  readonly cluster: Cluster
  readonly started: readonly PodKey[]
  readonly leaving: readonly PodKey[]
}

export const podKey = (pod: Pod): PodKey => `${pod.meta.namespace}/${pod.meta.name}`

/** Controllers bring the pods of every workload to their number; pods whose controller is gone leave; EndpointSlices are written anew. */
export function reconcile(before: Cluster, report: Report): ClusterChange {
  const leaving = new Set<PodKey>()
  const drafts: PodDraft[] = []
  const owners = new Set(before.workloads.map(refOfWorkload))
  for (const pod of before.pods) if (pod.owner !== null && !owners.has(pod.owner)) leave(pod, leaving)
  for (const workload of before.workloads) {
    if (workload.owner !== null) continue
    const own = before.pods.filter((pod) => pod.owner === refOfWorkload(workload))
    const { missing, extra } = difference(workload, own, before)
    drafts.push(...missing)
    for (const pod of extra) leave(pod, leaving)
  }
  const remaining = before.pods.map((pod) => (leaving.has(podKey(pod)) ? { ...pod, terminating: true } : pod))
  const { pods, started } = startPods({ ...before, pods: remaining }, drafts, report)
  return { cluster: withEndpoints({ ...before, pods }), started, leaving: [...leaving] }
}

function leave(pod: Pod, leaving: Set<PodKey>): void {
  if (!pod.terminating) leaving.add(podKey(pod))
}

/** Places pods and gives them addresses; they are not ready yet. */
export function startPods(cluster: Cluster, drafts: readonly PodDraft[], report: Report): { pods: Pod[]; started: PodKey[] } {
  const running = cluster.pods
  const listening = listenWhereServicesSend(drafts, cluster.services, report)
  const placed = schedule(listening, { nodes: cluster.nodes, running }, report)
  const started = allocatePodIPs(placed, running, report).map((pod) => ({ ...podOf(pod), ready: false }))
  return { pods: [...running, ...started], started: started.map(podKey) }
}

/** The cluster with the EndpointSlices that the controller would write now; those of other authors stay. */
export function withEndpoints(cluster: Cluster): Cluster {
  const others = cluster.endpointSlices.filter((slice) => !isManaged(slice))
  return { ...cluster, endpointSlices: [...others, ...endpointSlicesOf(cluster.services, cluster.pods, cluster.nodes)] }
}

/** Pods that a controller would make, and those it would delete. */
function difference(workload: Workload, own: readonly Pod[], cluster: Cluster): { missing: PodDraft[]; extra: Pod[] } {
  const draft = draftOf(workload)
  const named = (name: string): boolean =>
    cluster.pods.some((pod) => pod.meta.namespace === workload.meta.namespace && pod.meta.name === name)
  const active = own.filter((pod) => !pod.terminating)
  if (workload.kind === 'DaemonSet') {
    const wanted = podsOf(draft, cluster.nodes)
    const here = (pod: PodDraft): boolean => active.some((other) => other.nodeName === pod.nodeName)
    return {
      missing: wanted.filter((pod) => !here(pod) && !named(pod.meta.name)),
      extra: active.filter((pod) => !wanted.some((other) => other.nodeName === pod.nodeName)),
    }
  }
  if (workload.kind === 'StatefulSet') {
    const wanted = podsOf(draft, cluster.nodes)
    return {
      missing: wanted.filter((pod) => !named(pod.meta.name)),
      extra: active.filter((pod) => !wanted.some((other) => other.meta.name === pod.meta.name)),
    }
  }
  const surplus = active.length - workload.replicas
  if (surplus > 0) return { missing: [], extra: firstToGo(active).slice(0, surplus) }
  const missing = podsOf({ ...draft, replicas: -surplus }, cluster.nodes, new Set(cluster.pods.map((pod) => pod.meta.name)))
  return { missing, extra: [] }
}

/** controller_utils.go ActivePodsWithRanks: pods that are not ready go first, then the youngest. */
function firstToGo(pods: readonly Pod[]): Pod[] {
  return pods.toReversed().sort((a, b) => Number(a.ready) - Number(b.ready))
}

/** A workload as its controller reads it. */
function draftOf(workload: Workload): WorkloadDraft {
  const { meta, kind, replicas, selector, template } = workload
  const nameAt = meta.range ?? { from: 0, to: 0 }
  return { source: { meta, ref: refOfWorkload(workload), range: meta.range, nameAt }, kind, replicas, selector, ...template }
}
