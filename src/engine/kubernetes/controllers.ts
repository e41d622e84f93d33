/** What the controllers of kube-controller-manager make of workloads: pods with names that depend on nothing but what they are. */
import type { ClusterNode, ObjectMeta, Workload, WorkloadTemplate } from './cluster.ts'
import type { PodDraft } from './decode/pod-spec.ts'
import type { WorkloadDraft } from './decode/workload.ts'
import { nameHash } from './hash.ts'
import { runsOn } from './scheduler.ts'

/** 'deployment/default/web': what `Pod.owner` names. */
export function refOfWorkload({ kind, meta }: Pick<Workload, 'kind' | 'meta'>): string {
  return `${kind.toLowerCase()}/${meta.namespace}/${meta.name}`
}

/** The pods of a controller, in ordinal order, with names other than those that are `taken`. A DaemonSet's already name their nodes. */
export function podsOf(draft: WorkloadDraft, nodes: readonly ClusterNode[], taken: ReadonlySet<string> = new Set()): PodDraft[] {
  const { kind } = draft
  if (kind === 'DaemonSet') {
    const unplaced = podOf(draft, { name: '', labels: {} })
    return nodes
      .filter((node) => runsOn({ ...unplaced, tolerations: [...unplaced.tolerations, ...DAEMON_TOLERATIONS] }, node) === null)
      .map((node) => ({
        ...podOf(draft, { name: generated(draft.source.meta.name, [draft, node.meta.name]), labels: {} }),
        nodeName: node.meta.name,
      }))
  }
  const names = new Set(taken)
  return Array.from({ length: draft.replicas }, (_, i) => {
    const identity = kind === 'StatefulSet' ? statefulIdentity(draft, i) : hashedIdentity(draft, i, names)
    names.add(identity.name)
    return podOf(draft, identity)
  })
}

const DAEMON_TOLERATIONS = [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', value: '', effect: 'NoSchedule' }] as const

interface Identity {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly hostname?: string
  readonly subdomain?: string | null
}

/** Letters of a name that has been generated: at most 58 and five more (apiserver names/generate.go). */
function generated(base: string, [draft, what]: readonly [WorkloadDraft, string]): string {
  return `${`${base}-`.slice(0, 58)}${nameHash(`${draft.source.ref} ${what}`, 5)}`
}

/** ReplicaSet name and pod-template-hash of a Deployment: of its name only, so that pods keep theirs while the template is edited. */
export function templateHash(draft: WorkloadDraft): string {
  return nameHash(`template ${draft.source.ref}`, 10)
}

function hashedIdentity(draft: WorkloadDraft, index: number, taken: ReadonlySet<string>): Identity {
  const { name } = draft.source.meta
  const hash = templateHash(draft)
  const base = draft.kind === 'Deployment' ? `${name}-${hash}` : name
  let attempt = 0
  let podName = generated(base, [draft, String(index)])
  while (taken.has(podName)) podName = generated(base, [draft, `${index} ${++attempt}`])
  if (draft.kind === 'Deployment') return { name: podName, labels: { 'pod-template-hash': hash } }
  return { name: podName, labels: draft.kind === 'Job' ? { 'batch.kubernetes.io/job-name': name, 'job-name': name } : {} }
}

function statefulIdentity(draft: WorkloadDraft, index: number): Identity {
  const ordinal = draft.firstOrdinal + index
  const name = `${draft.source.meta.name}-${ordinal}`
  return {
    name,
    labels: { 'apps.kubernetes.io/pod-index': String(ordinal), 'statefulset.kubernetes.io/pod-name': name },
    hostname: name,
    subdomain: draft.serviceName,
  }
}

function podOf(draft: WorkloadDraft, identity: Identity): PodDraft {
  const meta: ObjectMeta = {
    name: identity.name,
    namespace: draft.source.meta.namespace,
    labels: { ...draft.labels, ...identity.labels },
    annotations: draft.annotations,
    range: draft.source.range,
  }
  return {
    ...draft.spec,
    meta,
    owner: draft.source.ref,
    podIP: null,
    ready: true,
    terminating: false,
    finished: false,
    hostname: identity.hostname ?? draft.spec.hostname,
    subdomain: identity.subdomain ?? draft.spec.subdomain,
    at: draft.source.nameAt,
  }
}

function templateOf({ labels, annotations, spec, serviceName, firstOrdinal }: WorkloadDraft): WorkloadTemplate {
  return { labels, annotations, spec, serviceName, firstOrdinal }
}

/** The controllers as objects; a Deployment brings its ReplicaSet. */
export function workloadsOf(draft: WorkloadDraft, pods: readonly PodDraft[]): Workload[] {
  const { meta, ref } = draft.source
  const own: Workload = {
    meta,
    kind: draft.kind,
    replicas: draft.kind === 'DaemonSet' ? pods.length : draft.replicas,
    owner: null,
    selector: draft.selector,
    containers: draft.spec.containers,
    template: templateOf(draft),
  }
  if (draft.kind !== 'Deployment') return [own]
  const hash = templateHash(draft)
  const replicaSet: ObjectMeta = {
    name: `${meta.name}-${hash}`,
    namespace: meta.namespace,
    labels: { ...draft.labels, 'pod-template-hash': hash },
    annotations: {},
    range: meta.range,
  }
  return [own, { ...own, meta: replicaSet, kind: 'ReplicaSet', owner: ref, selector: { ...draft.selector, 'pod-template-hash': hash } }]
}
