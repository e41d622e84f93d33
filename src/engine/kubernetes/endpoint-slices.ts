/** EndpointSlices of Services with selectors (kube-controller-manager: pkg/controller/endpointslice). */
import { formatAddress } from '../net/address.ts'
import type { ClusterNode, Endpoint, EndpointSlice, Pod, Service, ServicePort } from './cluster.ts'
import { nameHash } from './hash.ts'
import { LabelIndex } from './selector.ts'
import { withHints } from './topology-hints.ts'

const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
const CONTROLLER = 'endpointslice-controller.k8s.io'
/** Endpoints in one slice at most. */
const MOST_ENDPOINTS = 100

/** A container port by name or number as the endpoint controllers resolve a targetPort (FindPort): named ports differ per pod. */
export function findPort(pod: Pick<Pod, 'containers'>, port: Pick<ServicePort, 'targetPort' | 'protocol'>): number | null {
  if (typeof port.targetPort === 'number') return port.targetPort
  for (const container of pod.containers) {
    for (const own of container.ports) if (own.name === port.targetPort && own.protocol === port.protocol) return own.containerPort
  }
  return null
}

/** Slices for every Service that selects pods. One slice for each set of resolved ports, and for each 100 endpoints. */
export function endpointSlicesOf(services: readonly Service[], pods: readonly Pod[], nodes: readonly ClusterNode[]): EndpointSlice[] {
  const index = new LabelIndex(pods)
  const zones = new Map(nodes.map((node) => [node.meta.name, node.meta.labels['topology.kubernetes.io/zone'] ?? null]))
  return services.flatMap((service) =>
    service.selector === null ? [] : slicesOf(service, index.select(service.meta.namespace, service.selector), { nodes, zones }),
  )
}

/** Whose endpoints a slice holds (discovery/v1, LabelServiceName). */
const SERVICE_NAME = 'kubernetes.io/service-name'

/** Does the slice hold endpoints of this Service? */
export function isSliceOf(slice: EndpointSlice, { namespace, name }: { readonly namespace: string; readonly name: string }): boolean {
  return slice.meta.namespace === namespace && slice.meta.labels[SERVICE_NAME] === name
}

/** The slices by `namespace/name` of their Service; those of none under `namespace/`. */
export function slicesByService(slices: readonly EndpointSlice[]): Map<string, EndpointSlice[]> {
  const byService = new Map<string, EndpointSlice[]>()
  for (const slice of slices) {
    const key = `${slice.meta.namespace}/${slice.meta.labels[SERVICE_NAME] ?? ''}`
    const list = byService.get(key)
    if (list) list.push(slice)
    else byService.set(key, [slice])
  }
  return byService
}

/** Did this controller write the slice? */
export function isManaged(slice: EndpointSlice): boolean {
  return slice.meta.labels[MANAGED_BY] === CONTROLLER
}

interface Places {
  readonly nodes: readonly ClusterNode[]
  /** Node → zone. */
  readonly zones: ReadonlyMap<string, string | null>
}

function slicesOf(service: Service, pods: readonly Pod[], { nodes, zones }: Places): EndpointSlice[] {
  const endpoints = withHints(
    pods.map((pod) => endpointOf(pod, service, zones)),
    service,
    nodes,
  )
  const groups = new Map<string, { ports: EndpointSlice['ports']; endpoints: Endpoint[] }>()
  for (const [i, pod] of pods.entries()) {
    const ports = service.ports.flatMap((port) => {
      const number = findPort(pod, port)
      return number === null ? [] : [{ name: port.name, protocol: port.protocol, port: number }]
    })
    const key = ports.map((port) => `${port.name} ${port.protocol} ${port.port}`).join(',')
    const group = groups.get(key) ?? { ports, endpoints: [] }
    groups.set(key, group)
    group.endpoints.push(...endpoints.slice(i, i + 1))
  }
  if (groups.size === 0) groups.set('', { ports: [], endpoints: [] })
  const chunks = [...groups.values()].flatMap(({ ports, endpoints }) =>
    Array.from({ length: Math.max(1, Math.ceil(endpoints.length / MOST_ENDPOINTS)) }, (_, i) => ({
      ports,
      endpoints: endpoints.slice(i * MOST_ENDPOINTS, (i + 1) * MOST_ENDPOINTS),
    })),
  )
  return chunks.map((chunk, i) => ({ meta: sliceMeta(service, i), addressType: 'IPv4', ...chunk }))
}

function sliceMeta(service: Service, index: number): EndpointSlice['meta'] {
  const { name, namespace, labels, range } = service.meta
  const headless: Record<string, string> = service.headless ? { 'service.kubernetes.io/headless': '' } : {}
  return {
    name: `${name}-${nameHash(`slice ${namespace}/${name} ${index}`, 5)}`,
    namespace,
    labels: {
      ...labels,
      [MANAGED_BY]: CONTROLLER,
      [SERVICE_NAME]: name,
      ...headless,
    },
    annotations: {},
    range,
  }
}

function endpointOf(pod: Pod, service: Service, zones: Places['zones']): Endpoint {
  const named = pod.hostname !== null && pod.subdomain === service.meta.name
  return {
    addresses: [formatAddress(pod.podIP)],
    ready: service.publishNotReadyAddresses || (pod.ready && !pod.terminating),
    serving: pod.ready,
    terminating: pod.terminating,
    hostname: named ? pod.hostname : null,
    nodeName: pod.nodeName,
    zone: zones.get(pod.nodeName) ?? null,
    hintsForZones: null,
    hintsForNodes: null,
    targetRef: { kind: 'Pod', namespace: pod.meta.namespace, name: pod.meta.name },
  }
}
