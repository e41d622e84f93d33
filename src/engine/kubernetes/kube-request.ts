/** What kubectl asks the API server to change: delete, scale, apply. Each is a pure function from a cluster to the cluster after it. */
import type { Cluster, EndpointSlice, Labels, Pod, Service, Workload } from './cluster.ts'
import { podsOf, refOfWorkload, workloadsOf } from './controllers.ts'
import { decodeEndpointSlice, decodeEndpoints } from './decode/endpoints.ts'
import { decodePodSpec, decodePodStatus, type PodDraft } from './decode/pod-spec.ts'
import { decodeService } from './decode/service.ts'
import { decodeWorkload } from './decode/workload.ts'
import { fieldsAt } from './fields.ts'
import { loadBalancerOf } from './load-balancer.ts'
import { type ObjectSource, readObjects } from './object-source.ts'
import { type ClusterChange, podKey, reconcile, startPods, withEndpoints } from './reconcile.ts'
import { createReport, type Report } from './report.ts'
import { allocateServices } from './service-allocation.ts'
import { readDocuments } from './yaml-documents.ts'

export type KubeRequest =
  /** `resource` in plural lower case. */
  | { readonly verb: 'delete'; readonly resource: string; readonly namespace: string; readonly name: string }
  | { readonly verb: 'scale'; readonly resource: string; readonly namespace: string; readonly name: string; readonly replicas: number }
  /** One object as JSON; what it leaves out of an object that exists is given up. */
  | { readonly verb: 'apply'; readonly text: string }

/** `message` in the words of the API server. */
export type KubeAnswer =
  | { readonly ok: true; readonly change: ClusterChange; readonly done: 'created' | 'configured' | 'deleted' | 'scaled' }
  | { readonly ok: false; readonly message: string }

const KIND_OF: Readonly<Record<string, Workload['kind']>> = {
  deployments: 'Deployment',
  replicasets: 'ReplicaSet',
  statefulsets: 'StatefulSet',
  daemonsets: 'DaemonSet',
  jobs: 'Job',
  replicationcontrollers: 'ReplicationController',
}

/** Carries out a request as far as it goes at once: pods begin to start or to leave, rules and records follow from the result. */
export function kubeRequest(cluster: Cluster, request: KubeRequest): KubeAnswer {
  switch (request.verb) {
    case 'delete':
      return deleteObject(cluster, request)
    case 'scale':
      return scale(cluster, request)
    case 'apply':
      return apply(cluster, request.text)
  }
}

const refuse = (message: string): KubeAnswer => ({ ok: false, message })
/** Nothing that controllers do by themselves is anybody's mistake. */
const quiet = (): Report => createReport('')

/** The controllers' answer to a cluster that was changed. */
function settled(cluster: Cluster, done: 'created' | 'configured' | 'deleted' | 'scaled', leaving: readonly string[] = []): KubeAnswer {
  const report = quiet()
  const change = reconcile({ ...cluster, loadBalancer: loadBalancerOf(cluster.services, cluster) }, report)
  return { ok: true, done, change: { ...change, leaving: [...leaving, ...change.leaving] } }
}

type Named = Pick<Extract<KubeRequest, { verb: 'delete' }>, 'resource' | 'namespace' | 'name'>

function deleteObject(cluster: Cluster, { resource, namespace, name }: Named): KubeAnswer {
  const is = ({ meta }: { readonly meta: { readonly namespace: string; readonly name: string } }): boolean =>
    meta.namespace === namespace && meta.name === name
  const kind = KIND_OF[resource]
  if (resource === 'pods') {
    const pod = cluster.pods.find(is)
    if (pod === undefined) return notFound(resource, name)
    const pods = cluster.pods.map((one) => (one === pod ? { ...one, terminating: true } : one))
    return settled({ ...cluster, pods }, 'deleted', pod.terminating ? [] : [podKey(pod)])
  }
  if (resource === 'services') {
    if (!cluster.services.some(is)) return notFound(resource, name)
    return settled(withEndpoints({ ...cluster, services: cluster.services.filter((one) => !is(one)) }), 'deleted')
  }
  if (resource === 'endpointslices') {
    if (!cluster.endpointSlices.some(is)) return notFound(resource, name)
    return settled({ ...cluster, endpointSlices: cluster.endpointSlices.filter((one) => !is(one)) }, 'deleted')
  }
  if (kind !== undefined) {
    const workload = cluster.workloads.find((one) => one.kind === kind && is(one))
    if (workload === undefined) return notFound(resource, name)
    const ref = refOfWorkload(workload)
    return settled({ ...cluster, workloads: cluster.workloads.filter((one) => one !== workload && one.owner !== ref) }, 'deleted')
  }
  return refuse(`deleting ${resource} is not modelled`)
}

/** The group that the API server adds to the names of resources in errors. */
const GROUPS: Readonly<Record<string, string>> = {
  deployments: '.apps',
  replicasets: '.apps',
  statefulsets: '.apps',
  daemonsets: '.apps',
  jobs: '.batch',
  endpointslices: '.discovery.k8s.io',
}

function notFound(resource: string, name: string): KubeAnswer {
  return refuse(`Error from server (NotFound): ${resource}${GROUPS[resource] ?? ''} "${name}" not found`)
}

function scale(cluster: Cluster, { resource, namespace, name, replicas }: Extract<KubeRequest, { verb: 'scale' }>): KubeAnswer {
  const kind = KIND_OF[resource]
  if (kind === undefined || kind === 'DaemonSet' || kind === 'Job')
    return refuse(`Error from server (NotFound): the server could not find the requested resource`)
  const found = cluster.workloads.find((one) => one.kind === kind && one.meta.namespace === namespace && one.meta.name === name)
  if (found === undefined) return notFound(resource, name)
  const ref = refOfWorkload(found)
  const workloads = cluster.workloads.map((one) => (one === found || one.owner === ref ? { ...one, replicas } : one))
  return settled({ ...cluster, workloads }, 'scaled')
}

type Json = Readonly<Record<string, unknown>>

/**
 * pkg/registry/core/service/storage dropTypeDependentFields(): a change of type takes with it what only the old type had, where the request
 * merely repeats it.
 */
function withoutOldType(cluster: Cluster, text: string): string {
  const object = JSON.parse(text) as { readonly kind?: unknown; readonly metadata?: Json; readonly spec?: Json }
  const { spec, metadata } = object
  if (object.kind !== 'Service' || !spec) return text
  const old = cluster.services.find(({ meta }) => meta.name === metadata?.name && meta.namespace === (metadata?.namespace ?? 'default'))
  const type = spec.type ?? 'ClusterIP'
  if (old === undefined || old.type === type || (type !== 'ClusterIP' && type !== 'ExternalName')) return text
  const { externalTrafficPolicy: _policy, healthCheckNodePort: _health, allocateLoadBalancerNodePorts: _allocate, ...kept } = spec
  const ports = Array.isArray(spec.ports) ? (spec.ports as Json[]).map(({ nodePort: _nodePort, ...port }) => port) : undefined
  const external = type === 'ExternalName' ? { clusterIP: undefined, clusterIPs: undefined } : {}
  return JSON.stringify({ ...object, spec: { ...kept, ports, ...external } })
}

function apply(cluster: Cluster, request: string): KubeAnswer {
  const text = withoutOldType(cluster, request)
  const report = createReport(text)
  const [source] = readObjects(readDocuments(text, report), report)
  const after = source === undefined || report.fatal ? null : applied(cluster, source, report)
  const problem = report.diagnostics.find((diagnostic) => diagnostic.severity === 'error')
  if (source !== undefined && problem) return refuse(`The ${source.info.kind} "${source.meta.name}" is invalid: ${problem.message}`)
  if (problem || source === undefined) return refuse(`error: error parsing STDIN: ${problem?.message ?? 'no object'}`)
  return after ?? refuse(`applying a ${source.info.kind} is not modelled`)
}

/** Lines of another text mean nothing in the scenario's; what stands there keeps its place. */
function withRangeOf(cluster: Cluster, source: ObjectSource): ObjectSource {
  const { name, namespace } = source.meta
  const alike = source.info.role === 'service' ? cluster.services : source.info.role === 'workload' ? cluster.workloads : []
  const old = alike.find(({ meta }) => meta.name === name && meta.namespace === namespace)
  return { ...source, meta: { ...source.meta, range: old?.meta.range ?? null } }
}

function applied(cluster: Cluster, read: ObjectSource, report: Report): KubeAnswer | null {
  const source = withRangeOf(cluster, read)
  switch (source.info.role) {
    case 'service':
      return applyService(cluster, source, report)
    case 'pod':
      return applyPod(cluster, source, report)
    case 'workload':
      return applyWorkload(cluster, source)
    case 'endpoint-slice':
      return applySlices(cluster, source, [decodeEndpointSlice(source)])
    case 'endpoints':
      return applySlices(cluster, source, decodeEndpoints(source))
    case 'node':
      return applyNode(cluster, source)
    case 'silent':
      return settled(cluster, 'configured')
    default:
      return null
  }
}

function applyService(cluster: Cluster, source: ObjectSource, report: Report): KubeAnswer | null {
  const draft = decodeService(source)
  if (draft === null || report.fatal) return null
  const same = (service: Service): boolean => service.meta.namespace === draft.meta.namespace && service.meta.name === draft.meta.name
  const old = cluster.services.find(same)
  const existing = cluster.services.filter((service) => !same(service))
  const kept = draft.needsClusterIP && old?.clusterIP != null
  const ports = draft.ports.map((port) => {
    const before = old?.ports.find((other) => other.port === port.port && other.protocol === port.protocol)
    return port.needsNodePort && before?.nodePort != null ? { ...port, nodePort: before.nodePort, needsNodePort: false } : port
  })
  const status = draft.needsLoadBalancer && old !== undefined && old.loadBalancerIngress.length > 0
  const [service] = allocateServices(
    [
      {
        ...draft,
        ports,
        ...(kept ? { clusterIP: old.clusterIP, clusterIPs: old.clusterIPs, needsClusterIP: false } : {}),
        ...(status ? { loadBalancerIngress: old.loadBalancerIngress, needsLoadBalancer: false } : {}),
      },
    ],
    { serviceCIDR: cluster.serviceCIDR, existing },
    report,
  )
  if (service === undefined || report.fatal) return null
  const services = old === undefined ? [...cluster.services, service] : cluster.services.map((one) => (same(one) ? service : one))
  return settled(withEndpoints({ ...cluster, services }), old === undefined ? 'created' : 'configured')
}

/** A pod that exists keeps its place and its containers; labels and what its status says of readiness are taken over. */
function applyPod(cluster: Cluster, source: ObjectSource, report: Report): KubeAnswer {
  const { namespace, name } = source.meta
  const status = decodePodStatus(source.fields)
  const old = cluster.pods.find((pod) => pod.meta.namespace === namespace && pod.meta.name === name)
  if (old !== undefined) {
    const meta = { ...old.meta, labels: source.meta.labels, annotations: source.meta.annotations }
    const pods = cluster.pods.map((pod): Pod => (pod === old ? { ...pod, meta, ready: status.ready } : pod))
    return settled(withEndpoints({ ...cluster, pods }), 'configured')
  }
  const draft: PodDraft = {
    ...decodePodSpec(fieldsAt(source.fields, 'spec')),
    ...status,
    meta: source.meta,
    owner: null,
    at: source.nameAt,
  }
  const { pods, started } = startPods(cluster, [draft], report)
  if (started.length === 0) {
    const why = report.diagnostics.find((diagnostic) => diagnostic.severity === 'warning')
    return refuse(why?.message ?? `Pod ${namespace}/${name} stays pending`)
  }
  const answer = settled({ ...cluster, pods }, 'created')
  const readies = status.ready ? started : []
  return answer.ok ? { ...answer, change: { ...answer.change, started: [...readies, ...answer.change.started] } } : answer
}

function applyWorkload(cluster: Cluster, source: ObjectSource): KubeAnswer | null {
  const draft = decodeWorkload(source)
  if (draft === null) return null
  const made = workloadsOf(draft, podsOf(draft, cluster.nodes))
  const refs = new Set(made.map(refOfWorkload))
  const old = cluster.workloads.find((one) => refOfWorkload(one) === source.ref)
  const workloads = [...cluster.workloads.filter((one) => !refs.has(refOfWorkload(one))), ...made]
  const changed = old !== undefined && JSON.stringify(old.template) !== JSON.stringify(made[0]?.template)
  // Another template: every pod is replaced. (What `maxSurge` would keep meanwhile is not.)
  const replaced = cluster.pods.filter((pod) => changed && pod.owner === source.ref && !pod.terminating)
  const pods = cluster.pods.map((pod) => (replaced.includes(pod) ? { ...pod, terminating: true } : pod))
  return settled({ ...cluster, workloads, pods }, old === undefined ? 'created' : 'configured', replaced.map(podKey))
}

function applySlices(cluster: Cluster, source: ObjectSource, slices: readonly EndpointSlice[]): KubeAnswer {
  const { namespace } = source.meta
  const names = new Set(slices.map((slice) => slice.meta.name))
  const others = cluster.endpointSlices.filter((slice) => slice.meta.namespace !== namespace || !names.has(slice.meta.name))
  const known = others.length < cluster.endpointSlices.length
  return settled({ ...cluster, endpointSlices: [...others, ...slices] }, known ? 'configured' : 'created')
}

/** Labels and annotations of a node; its addresses stay. */
function applyNode(cluster: Cluster, source: ObjectSource): KubeAnswer {
  const old = cluster.nodes.find((node) => node.meta.name === source.meta.name)
  if (old === undefined) return refuse('adding a node is not modelled')
  const own: Labels = { 'kubernetes.io/hostname': old.meta.name, ...source.meta.labels }
  const meta = { ...old.meta, labels: own, annotations: source.meta.annotations }
  return settled(withEndpoints({ ...cluster, nodes: cluster.nodes.map((node) => (node === old ? { ...node, meta } : node)) }), 'configured')
}

/** Containers of pods that leave have ended: they answer nothing any more. */
export function stopPods(cluster: Cluster, keys: readonly string[]): Cluster {
  return withEndpoints({ ...cluster, pods: cluster.pods.map((pod) => (keys.includes(podKey(pod)) ? { ...pod, ready: false } : pod)) })
}

/** Pods that have left are gone. */
export function removePods(cluster: Cluster, keys: readonly string[]): Cluster {
  return withEndpoints({ ...cluster, pods: cluster.pods.filter((pod) => !keys.includes(podKey(pod)) || !pod.terminating) })
}

/** Pods that started pass their readiness probes. */
export function readyPods(cluster: Cluster, keys: readonly string[]): Cluster {
  return withEndpoints({ ...cluster, pods: cluster.pods.map((pod) => (keys.includes(podKey(pod)) ? { ...pod, ready: true } : pod)) })
}

/** What controllers do once pods are gone: a StatefulSet makes its pod of that name again. */
export function afterPodsLeft(cluster: Cluster): ClusterChange {
  return reconcile(cluster, quiet())
}
