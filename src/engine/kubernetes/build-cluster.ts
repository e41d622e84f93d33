/** Objects of the text → Cluster: what the API server, its controllers, the scheduler and IPAM would make of them. */

import { formatAddress } from '../net/address.ts'
import { checkNetworks } from './check-networks.ts'
import type { Cluster, DnsConfig, KubeProxyConfig, ObjectMeta, Pod } from './cluster.ts'
import { podsOf, workloadsOf } from './controllers.ts'
import { type ClusterSpec, decodeClusterSpec, decodeNodeDocument, type NodeDraft, plainNode } from './decode/cluster-spec.ts'
import { readCorefile } from './decode/corefile-settings.ts'
import { decodeEndpointSlice, decodeEndpoints } from './decode/endpoints.ts'
import { decodeKindCluster } from './decode/kind-cluster.ts'
import { decodeKubeProxyConfiguration } from './decode/kube-proxy-configuration.ts'
import { decodeHost, decodeNetwork } from './decode/machine.ts'
import { nicNameIn } from './decode/pasted-state.ts'
import { decodePodSpec, decodePodStatus, type PodDraft } from './decode/pod-spec.ts'
import { decodeService, type ServiceDraft } from './decode/service.ts'
import { decodeWorkload, type WorkloadDraft } from './decode/workload.ts'
import { withoutDocument } from './diagnose/edit.ts'
import { checkPortClashes } from './diagnose/port-clashes.ts'
import { diagnoseServices } from './diagnose/services.ts'
import { endpointSlicesOf, isManaged, slicesByService } from './endpoint-slices.ts'
import { fieldsAt, reportMissing, stringAt, valueAt } from './fields.ts'
import { allocatePodIPs } from './ipam.ts'
import type { Role } from './kinds.ts'
import { loadBalancerOf } from './load-balancer.ts'
import { buildMachines } from './machines.ts'
import { decodeNetworkPolicy, whoDoesNotEnforce } from './network-policies.ts'
import type { ObjectSource } from './object-source.ts'
import { ownersOf } from './owners.ts'
import { podOf } from './pod-of.ts'
import { listenWhereServicesSend } from './portless.ts'
import type { Report, Span } from './report.ts'
import { runningCluster, withPodNetworks } from './running-cluster.ts'
import { schedule } from './scheduler.ts'
import { allocateServices } from './service-allocation.ts'
import { apiServerSlice, coreDnsDeployment, systemServices } from './system.ts'

type ByRole = (role: Role) => readonly ObjectSource[]

/** Settings of a cluster that stand in the place of its own. */
export interface Instead {
  readonly proxy?: 'iptables' | 'ipvs'
  readonly cni?: 'bridge' | 'flannel'
}

/** Builds the cluster; everything wrong is in the report. */
export function buildCluster(objects: readonly ObjectSource[], report: Report, instead: Instead): Cluster {
  const byRole = objectsByRole(objects)
  const spec = overruled(clusterSpec(objects, byRole, report), instead)
  const networks = byRole('network').map(decodeNetwork)
  const drafts = withPodNetworks(nodeDrafts(spec, byRole), objects, report).map((draft) => withNicName(draft, byRole))
  const machines = buildMachines({ spec, nodes: drafts, hosts: byRole('host').map(decodeHost), networks }, report)
  const { nodes } = machines
  checkNetworks(spec, machines, networks, report)
  const written = byRole('service').flatMap((object) => decodeService(object) ?? [])
  const serviceDrafts = [...written, ...systemServices(spec, written)]
  const services = allocateServices(serviceDrafts, { serviceCIDR: spec.serviceCIDR, existing: [] }, report)
  const { pods, workloads, places } = buildPods(objects, { spec, nodes, serviceDrafts }, report)
  const slices = [...byRole('endpoint-slice').map(decodeEndpointSlice), ...byRole('endpoints').flatMap(decodeEndpoints)]
  // Slices of the controller that the text brings itself, as a dump does, are taken as they are until something changes.
  const managed = slicesByService(slices.filter(isManaged))
  const cluster: Cluster = {
    name: spec.name,
    podCIDR: spec.podCIDR,
    serviceCIDR: spec.serviceCIDR,
    cni: spec.cni,
    kubeProxy: spec.kubeProxy,
    dns: spec.dns,
    apiServer: spec.apiServer,
    namespaces: namespacesOf(objects),
    nodes,
    workloads,
    pods,
    services,
    endpointSlices: [
      ...slices,
      ...apiServerSlice(spec, nodes, slices),
      ...endpointSlicesOf(
        services.filter(({ meta }) => !managed.has(`${meta.namespace}/${meta.name}`)),
        pods,
        nodes,
      ),
    ],
    networkPolicies: byRole('policy').map(decodeNetworkPolicy),
    networks: machines.networks,
    hosts: machines.hosts,
    loadBalancer: loadBalancerOf(services, machines),
  }
  if (!report.fatal) {
    diagnoseServices({ objects, drafts: written }, cluster, report)
    checkPortClashes(pods, { places, objects }, report)
  }
  warnNotModelled(byRole, cluster, report)
  return cluster
}

function objectsByRole(objects: readonly ObjectSource[]): ByRole {
  const roles = new Map<Role, ObjectSource[]>()
  for (const object of objects) {
    const { role } = object.info
    const known = roles.get(role)
    if (known) known.push(object)
    else roles.set(role, [object])
  }
  return (role) => roles.get(role) ?? []
}

/** The Corefile of the text, where it brings CoreDNS's ConfigMap. */
function dnsByCorefile(objects: readonly ObjectSource[], dns: DnsConfig, report: Report): DnsConfig {
  const map = objects.find(({ info, meta }) => info.kind === 'ConfigMap' && meta.namespace === 'kube-system' && meta.name === 'coredns')
  const data = map && fieldsAt(map.fields, 'data')
  const text = data && stringAt(data, 'Corefile')
  const value = data && valueAt(data, 'Corefile')
  if (!text || !value) return dns
  const read = readCorefile(text, dns)
  for (const { message, line } of read.notes) report.warning({ code: 'corefile', message, at: blockLine(report.text, value, line) })
  return read.dns
}

/** Where a line of a block scalar stands; the whole value where it is none. */
function blockLine(text: string, value: Span, line: number): Span {
  if (text.charAt(value.from) !== '|') return value
  let from = value.from
  for (let i = 0; i <= line; i++) from = text.indexOf('\n', from) + 1
  const end = text.indexOf('\n', from)
  return from === 0 ? value : { from: from + (/^ */.exec(text.slice(from))?.[0].length ?? 0), to: end < 0 ? text.length : end }
}

/** A pasted `ip route` says what the node calls its NIC. */
function withNicName(draft: NodeDraft, byRole: ByRole): NodeDraft {
  if (draft.ip === null || draft.interfaces !== null) return draft
  const address = formatAddress(draft.ip)
  for (const { fields } of byRole('script')) {
    const spec = fieldsAt(fields, 'spec')
    if (stringAt(spec, 'on') !== `node/${draft.name}` || valueAt(spec, 'ipRoute') === null) continue
    const nic = nicNameIn(stringAt(spec, 'ipRoute') ?? '', address)
    if (nic !== null) return { ...draft, nic }
  }
  return draft
}

function clusterSpec(objects: readonly ObjectSource[], byRole: ByRole, report: Report): ClusterSpec {
  const [source, ...others] = [...byRole('cluster'), ...byRole('kind-cluster')].sort((a, b) => (a.range.from ?? 0) - (b.range.from ?? 0))
  for (const other of others)
    report.error({
      code: 'two-clusters',
      message: `A scenario has one Cluster; the first is on line ${source?.range.line ?? 1}.`,
      at: other.nameAt,
    })
  const spec =
    source === undefined
      ? runningCluster(objects, report)
      : source.info.role === 'cluster'
        ? decodeClusterSpec(source)
        : decodeKindCluster(source)
  const [configuration, ...more] = byRole('kube-proxy-configuration')
  for (const other of more)
    report.error({ code: 'duplicate-name', message: 'There is already a KubeProxyConfiguration.', at: other.nameAt })
  const kubeProxy: KubeProxyConfig =
    configuration === undefined ? spec.kubeProxy : decodeKubeProxyConfiguration(configuration.fields, spec.kubeProxy)
  return { ...spec, kubeProxy, dns: spec.dns && dnsByCorefile(objects, spec.dns, report) }
}

function overruled(spec: ClusterSpec, { proxy, cni }: Instead): ClusterSpec {
  return {
    ...spec,
    ...(proxy !== undefined && { kubeProxy: { ...spec.kubeProxy, mode: proxy } }),
    ...(cni !== undefined && cni !== spec.cni.plugin && { cni: { plugin: cni, config: {}, range: spec.cni.range } }),
  }
}

function nodeDrafts(spec: ClusterSpec, byRole: ByRole): NodeDraft[] {
  const documents = byRole('node').map(decodeNodeDocument)
  if (spec.nodes === null) {
    if (documents.length > 0) return documents
    const nowhere = { from: 0, to: 0 }
    return [plainNode('worker-1', nowhere), plainNode('worker-2', nowhere)]
  }
  const merged = spec.nodes.map((node) => {
    const document = documents.find((other) => other.name === node.name)
    if (document === undefined) return node
    return {
      ...node,
      labels: { ...node.labels, ...document.labels },
      ip: node.ip ?? document.ip,
      podCIDR: node.podCIDR ?? document.podCIDR,
      taints: [...node.taints, ...document.taints],
    }
  })
  return [...merged, ...documents.filter((document) => !merged.some((node) => node.name === document.name))]
}

interface PodContext {
  readonly spec: ClusterSpec
  readonly nodes: Cluster['nodes']
  readonly serviceDrafts: readonly ServiceDraft[]
}

function buildPods(
  objects: readonly ObjectSource[],
  context: PodContext,
  report: Report,
): { pods: Pod[]; workloads: Cluster['workloads']; places: Map<string, PodDraft['at']> } {
  const drafts: PodDraft[] = []
  const workloads: Cluster['workloads'][number][] = []
  const workloadDrafts: WorkloadDraft[] = []
  const owners = ownersOf(objects)
  for (const object of objects) {
    if (object.info.role === 'pod') drafts.push(...barePod(object, owners.of(object)))
    if (object.info.role !== 'workload' || owners.of(object) !== null) continue
    const draft: WorkloadDraft | null = decodeWorkload(object)
    if (draft === null) continue
    workloadDrafts.push(draft)
    const pods = owners.settled.has(object.ref) ? [] : podsOf(draft, context.nodes)
    drafts.push(...pods)
    workloads.push(...workloadsOf(draft, pods))
  }
  const systemDrafts = coreDnsDeployment(context.spec, drafts, workloadDrafts)
  const system = systemDrafts.flatMap((draft) => podsOf(draft, context.nodes))
  workloads.push(...systemDrafts.flatMap((draft) => workloadsOf(draft, system)))
  checkNames(drafts, report)
  const running = listenWhereServicesSend([...drafts.filter((draft) => !draft.finished), ...system], context.serviceDrafts, report)
  // CoreDNS that does not start is in CrashLoopBackOff: its pods are never ready.
  const stopped = context.spec.dns?.corefile?.stopped != null
  const pods = allocatePodIPs(schedule(running, { nodes: context.nodes, running: [] }, report), [], report)
    .map(podOf)
    .map((pod) =>
      stopped && pod.meta.namespace === 'kube-system' && pod.meta.labels['k8s-app'] === 'kube-dns' ? { ...pod, ready: false } : pod,
    )
  return { pods, workloads, places: new Map(drafts.map((draft) => [`${draft.meta.namespace}/${draft.meta.name}`, draft.at])) }
}

/** A bare Pod may have the very name that a controller gives to one of its own. */
function checkNames(drafts: readonly PodDraft[], report: Report): void {
  const names = new Set<string>()
  for (const draft of drafts) {
    const name = `${draft.meta.namespace}/${draft.meta.name}`
    if (names.has(name)) report.error({ code: 'duplicate-name', message: `Two pods are called ${name}.`, at: draft.at })
    names.add(name)
  }
}

function barePod(object: ObjectSource, owner: string | null): PodDraft[] {
  const spec = fieldsAt(object.fields, 'spec')
  if (spec.map === null) {
    if (valueAt(object.fields, 'spec') === null) reportMissing(object.fields, 'spec')
    return []
  }
  return [{ ...decodePodSpec(spec), ...decodePodStatus(object.fields), meta: object.meta, owner, at: object.nameAt }]
}

/** Those written, those used, and those every cluster has. */
function namespacesOf(objects: readonly ObjectSource[]): ObjectMeta[] {
  const namespaces = new Map<string, ObjectMeta>()
  const add = (meta: ObjectMeta): void => {
    if (!namespaces.has(meta.name)) namespaces.set(meta.name, meta)
  }
  for (const object of objects)
    if (object.info.role === 'namespace')
      add({ ...object.meta, labels: { 'kubernetes.io/metadata.name': object.meta.name, ...object.meta.labels } })
  const used = objects.filter((object) => object.info.namespaced).map((object) => object.meta.namespace)
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system', ...used])
    add({ name, namespace: '', labels: { 'kubernetes.io/metadata.name': name }, annotations: {}, range: null })
  return [...namespaces.values()]
}

function whyNotEnforced(cni: Cluster['cni']): string {
  const rest =
    cni.simulates === undefined
      ? 'this one has no effect. Plugins that do, like Calico and Cilium, are not modelled.'
      : 'what this one stops in the real cluster goes through here.'
  return `${whoDoesNotEnforce(cni)}: ${rest}`
}

function warnNotModelled(byRole: ByRole, { cni }: Cluster, report: Report): void {
  for (const policy of byRole('policy')) {
    const fix = cni.simulates === undefined ? withoutDocument(report.text, policy) : null
    report.warning({ code: 'policy-not-enforced', message: whyNotEnforced(cni), at: policy.nameAt, ...(fix && { fix }) })
  }
  for (const ingress of byRole('ingress'))
    report.warning({
      code: 'ingress-without-controller',
      message: 'There is no Ingress controller in this cluster: this Ingress has no effect.',
      at: ingress.nameAt,
    })
}
