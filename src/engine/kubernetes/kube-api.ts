/** The Kubernetes API as kubectl reads it: objects in their JSON form. */
import { formatAddress } from '../net/address.ts'
import { formatCidr } from '../net/cidr.ts'
import type { Cluster, ClusterNode, Container, EndpointSlice, ObjectMeta, Pod, Service, Workload } from './cluster.ts'
import { isSliceOf } from './endpoint-slices.ts'
import { hexHash, uuidHash } from './hash.ts'

type Json = Readonly<Record<string, unknown>>

export interface ClusterApi {
  /** `resource` in plural lower case ('pods', 'endpointslices' …); `namespace` null for all. Null: no such resource. */
  list(resource: string, namespace: string | null): readonly Json[] | null
}

const WORKLOADS: Readonly<Record<string, Workload['kind']>> = {
  deployments: 'Deployment',
  replicasets: 'ReplicaSet',
  statefulsets: 'StatefulSet',
  daemonsets: 'DaemonSet',
  jobs: 'Job',
  replicationcontrollers: 'ReplicationController',
}

/** Read access to the objects of a cluster, sorted by namespace and name as the API server lists them. */
export function kubeApi(cluster: Cluster): ClusterApi {
  return {
    list(resource, namespace) {
      const items = itemsOf(cluster, resource)
      if (items === null) return null
      const visible = items.filter(([meta]) => namespace === null || meta.namespace === '' || meta.namespace === namespace)
      return visible.sort(([a], [b]) => compare(a.namespace, b.namespace) || compare(a.name, b.name)).map(([, object]) => object)
    },
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function itemsOf(cluster: Cluster, resource: string): [ObjectMeta, Json][] | null {
  const workload = Object.hasOwn(WORKLOADS, resource) ? WORKLOADS[resource] : undefined
  if (workload !== undefined) return cluster.workloads.filter((w) => w.kind === workload).map((w) => [w.meta, workloadJson(w, cluster)])
  switch (resource) {
    case 'nodes':
      return cluster.nodes.map((node) => [node.meta, nodeJson(node)])
    case 'namespaces':
      return cluster.namespaces.map((meta) => [
        meta,
        {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: metadata(meta),
          spec: { finalizers: ['kubernetes'] },
          status: { phase: 'Active' },
        },
      ])
    case 'pods':
      return cluster.pods.map((pod) => [pod.meta, podJson(pod, cluster)])
    case 'services':
      return cluster.services.map((service) => [service.meta, serviceJson(service)])
    case 'endpointslices':
      return cluster.endpointSlices.map((slice) => [slice.meta, sliceJson(slice)])
    case 'endpoints':
      return cluster.services
        .filter((service) => service.type !== 'ExternalName')
        .map((service) => [service.meta, endpointsJson(service, cluster)])
    default:
      return null
  }
}

function metadata(meta: ObjectMeta, owner: Json | null = null): Json {
  return {
    ...(Object.keys(meta.annotations).length > 0 ? { annotations: meta.annotations } : {}),
    ...(Object.keys(meta.labels).length > 0 ? { labels: meta.labels } : {}),
    name: meta.name,
    ...(meta.namespace === '' ? {} : { namespace: meta.namespace }),
    ...(owner === null ? {} : { ownerReferences: [owner] }),
    uid: uuidHash(`uid ${meta.namespace}/${meta.name}`),
  }
}

/** Leaves out what is null. */
function present(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined))
}

function nodeJson(node: ClusterNode): Json {
  const own = node.interfaces.flatMap((nic) => nic.addresses.map(({ address }) => address))
  const addresses = [node.address, ...own.filter((address) => address !== node.address)]
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: metadata(node.meta),
    spec: { podCIDR: formatCidr(node.podCIDR), podCIDRs: [formatCidr(node.podCIDR)] },
    status: {
      addresses: [
        ...addresses.map((address) => ({ type: 'InternalIP', address: formatAddress(address) })),
        { type: 'Hostname', address: node.meta.name },
      ],
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
      nodeInfo: {
        kubeletVersion: 'v1.30.3',
        osImage: 'Debian GNU/Linux 12 (bookworm)',
        kernelVersion: '6.18.0',
        containerRuntimeVersion: 'containerd://1.7.18',
        architecture: 'amd64',
        operatingSystem: 'linux',
      },
    },
  }
}

const containerJson = (container: Container): Json =>
  present({
    image: container.image,
    name: container.name,
    ports:
      container.ports.length === 0
        ? null
        : container.ports.map((port) =>
            present({
              containerPort: port.containerPort,
              hostIP: port.hostIP === null ? null : formatAddress(port.hostIP),
              hostPort: port.hostPort,
              name: port.name,
              protocol: port.protocol,
            }),
          ),
  })

const orNull = (value: Json): Json | null => (Object.keys(value).length > 0 ? value : null)

/** What of a pod template counts here. */
function podSpecJson(spec: Workload['template']['spec']): Json {
  return present({
    containers: spec.containers.map(containerJson),
    dnsConfig: spec.dnsConfig,
    dnsPolicy: spec.dnsPolicy,
    hostNetwork: spec.hostNetwork || null,
    hostname: spec.hostname,
    nodeName: spec.nodeName,
    nodeSelector: orNull(spec.nodeSelector),
    subdomain: spec.subdomain,
    tolerations: spec.tolerations.length > 0 ? spec.tolerations.map((toleration) => present({ ...toleration })) : null,
  })
}

function podJson(pod: Pod, cluster: Cluster): Json {
  const node = cluster.nodes.find((n) => n.meta.name === pod.nodeName)
  const address = formatAddress(pod.podIP)
  const identity = `${pod.meta.namespace}/${pod.meta.name}`
  const base = metadata(pod.meta, ownerOf(pod, cluster))
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: pod.terminating ? { ...base, deletionTimestamp: '2026-01-01T00:00:00Z' } : base,
    spec: present({
      containers: pod.containers.map(containerJson),
      dnsConfig: pod.dnsConfig,
      dnsPolicy: pod.dnsPolicy,
      hostNetwork: pod.hostNetwork || null,
      hostname: pod.hostname,
      nodeName: pod.nodeName,
      subdomain: pod.subdomain,
    }),
    status: {
      conditions: [{ type: 'Ready', status: pod.ready ? 'True' : 'False' }],
      containerStatuses: pod.containers.map((container) => ({
        containerID: `containerd://${hexHash(`${identity}/${container.name}`, 64)}`,
        image: container.image,
        name: container.name,
        ready: pod.ready,
        restartCount: 0,
        started: true,
      })),
      hostIP: node === undefined ? null : formatAddress(node.address),
      phase: 'Running',
      podIP: address,
      podIPs: [{ ip: address }],
    },
  }
}

/** A Deployment's pods belong to its ReplicaSet. */
function ownerOf(pod: Pod, cluster: Cluster): Json | null {
  if (pod.owner === null) return null
  const ref = (w: Workload): string => `${w.kind.toLowerCase()}/${w.meta.namespace}/${w.meta.name}`
  const owner = cluster.workloads.find((w) => w.owner === pod.owner) ?? cluster.workloads.find((w) => ref(w) === pod.owner)
  if (owner === undefined) return null
  return {
    apiVersion: apiVersionOf(owner.kind),
    controller: true,
    kind: owner.kind,
    name: owner.meta.name,
    uid: uuidHash(`uid ${owner.meta.namespace}/${owner.meta.name}`),
  }
}

function apiVersionOf(kind: Workload['kind']): string {
  if (kind === 'ReplicationController') return 'v1'
  return kind === 'Job' || kind === 'CronJob' ? 'batch/v1' : 'apps/v1'
}

function workloadJson(workload: Workload, cluster: Cluster): Json {
  const { kind, replicas, selector } = workload
  const ref =
    workload.kind === 'ReplicaSet' && workload.owner !== null
      ? workload.owner
      : `${kind.toLowerCase()}/${workload.meta.namespace}/${workload.meta.name}`
  const pods = cluster.pods.filter((pod) => pod.owner === ref)
  const ready = pods.filter((pod) => pod.ready).length
  const daemon = {
    currentNumberScheduled: pods.length,
    desiredNumberScheduled: replicas,
    numberAvailable: ready,
    numberReady: ready,
    updatedNumberScheduled: pods.length,
  }
  const status =
    kind === 'DaemonSet' ? daemon : { availableReplicas: ready, readyReplicas: ready, replicas: pods.length, updatedReplicas: pods.length }
  const template = {
    metadata: present({ labels: workload.template.labels, annotations: orNull(workload.template.annotations) }),
    spec: podSpecJson(workload.template.spec),
  }
  return {
    apiVersion: apiVersionOf(kind),
    kind,
    metadata: metadata(workload.meta),
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas }),
      selector: kind === 'ReplicationController' ? selector : { matchLabels: selector },
      ...(workload.template.serviceName === null ? {} : { serviceName: workload.template.serviceName }),
      ...(workload.template.firstOrdinal === 0 ? {} : { ordinals: { start: workload.template.firstOrdinal } }),
      template,
    },
    status,
  }
}

function serviceJson(service: Service): Json {
  const headless = service.headless ? 'None' : null
  const ips = service.headless ? ['None'] : service.clusterIPs.length > 0 ? service.clusterIPs : null
  const affinity = service.sessionAffinityTimeoutSeconds
  const outside = service.type === 'NodePort' || service.type === 'LoadBalancer' || service.externalIPs.length > 0
  const ports = service.ports.map((port) =>
    present({ name: port.name, nodePort: port.nodePort, port: port.port, protocol: port.protocol, targetPort: port.targetPort }),
  )
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(service.meta),
    spec: present({
      clusterIP: headless ?? service.clusterIPs[0] ?? null,
      clusterIPs: ips,
      externalIPs: service.externalIPs.length > 0 ? service.externalIPs.map(formatAddress) : null,
      externalName: service.externalName,
      externalTrafficPolicy: outside ? service.externalTrafficPolicy : null,
      healthCheckNodePort: service.healthCheckNodePort,
      internalTrafficPolicy: service.type === 'ExternalName' ? null : service.internalTrafficPolicy,
      loadBalancerSourceRanges: service.loadBalancerSourceRanges.length > 0 ? service.loadBalancerSourceRanges : null,
      ports: ports.length > 0 ? ports : null,
      publishNotReadyAddresses: service.publishNotReadyAddresses || null,
      trafficDistribution: service.trafficDistribution,
      selector: service.selector,
      sessionAffinity: affinity === null ? 'None' : 'ClientIP',
      sessionAffinityConfig: affinity === null ? null : { clientIP: { timeoutSeconds: affinity } },
      type: service.type,
    }),
    status: {
      loadBalancer:
        service.loadBalancerIngress.length === 0
          ? {}
          : {
              ingress: service.loadBalancerIngress.map((ingress) =>
                present({ hostname: ingress.hostname, ip: ingress.ip === null ? null : formatAddress(ingress.ip), ipMode: ingress.ipMode }),
              ),
            },
    },
  }
}

function hintsJson({ hintsForZones, hintsForNodes }: EndpointSlice['endpoints'][number]): Json | null {
  const named = (names: readonly string[] | null): Json[] | null => names?.map((name) => ({ name })) ?? null
  return hintsForZones === null && hintsForNodes === null
    ? null
    : present({ forNodes: named(hintsForNodes), forZones: named(hintsForZones) })
}

function sliceJson(slice: EndpointSlice): Json {
  return {
    addressType: slice.addressType,
    apiVersion: 'discovery.k8s.io/v1',
    endpoints: slice.endpoints.map((endpoint) =>
      present({
        addresses: endpoint.addresses,
        conditions: present({ ready: endpoint.ready, serving: endpoint.serving, terminating: endpoint.terminating }),
        hints: hintsJson(endpoint),
        hostname: endpoint.hostname,
        nodeName: endpoint.nodeName,
        targetRef: endpoint.targetRef,
        zone: endpoint.zone,
      }),
    ),
    kind: 'EndpointSlice',
    metadata: metadata(slice.meta),
    ports:
      slice.ports.length === 0
        ? null
        : slice.ports.map((port) => present({ name: port.name ?? '', port: port.port, protocol: port.protocol })),
  }
}

function endpointsJson(service: Service, cluster: Cluster): Json {
  const slices = cluster.endpointSlices.filter((slice) => isSliceOf(slice, service.meta))
  const subsets = slices
    .filter((slice) => slice.endpoints.length > 0)
    .map((slice) => {
      const ready = slice.endpoints.filter((endpoint) => endpoint.ready ?? true)
      const others = slice.endpoints.filter((endpoint) => !(endpoint.ready ?? true))
      const addresses = (of: EndpointSlice['endpoints']): Json[] =>
        of.flatMap((endpoint) =>
          endpoint.addresses.map((ip) =>
            present({ hostname: endpoint.hostname, ip, nodeName: endpoint.nodeName, targetRef: endpoint.targetRef }),
          ),
        )
      return present({
        addresses: ready.length > 0 ? addresses(ready) : null,
        notReadyAddresses: others.length > 0 ? addresses(others) : null,
        ports: slice.ports.map((port) => present({ name: port.name, port: port.port, protocol: port.protocol })),
      })
    })
  return { apiVersion: 'v1', kind: 'Endpoints', metadata: metadata(service.meta), subsets }
}
