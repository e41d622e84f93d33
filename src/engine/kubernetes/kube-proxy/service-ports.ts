/** kube-proxy pkg/proxy/{servicechangetracker,endpointschangetracker}.go: which Services and endpoints count on one node, IPv4. */
import { formatAddress, parseAddress } from '../../net/address.ts'
import { formatCidr, parseCidr } from '../../net/cidr.ts'
import type { Cluster, Endpoint, EndpointSlice, Service, ServicePort } from '../cluster.ts'
import { slicesByService } from '../endpoint-slices.ts'

/** One endpoint of a service port. `text` is "ip:port". */
export interface ProxyEndpoint {
  readonly ip: string
  readonly port: number
  readonly text: string
  readonly isLocal: boolean
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  readonly zoneHints: readonly string[]
  readonly nodeHints: readonly string[]
}

/** A Service port as kube-proxy sees it. Addresses in dotted form. */
export interface ProxyServicePort {
  readonly service: Service
  /** 'ns/name:portname', or 'ns/name' when the port has no name. */
  readonly name: string
  /** Lower case. */
  readonly protocol: string
  readonly clusterIP: string
  readonly port: number
  /** 0: none. */
  readonly nodePort: number
  readonly externalIPs: readonly string[]
  /** Load balancer addresses that the node short-cuts. */
  readonly vips: readonly string[]
  readonly sourceRanges: readonly string[]
  /** 0: none. */
  readonly healthCheckNodePort: number
  readonly internalPolicyLocal: boolean
  readonly externalPolicyLocal: boolean
  readonly externallyAccessible: boolean
  readonly affinitySeconds: number | null
  readonly usesTopologyHints: boolean
  /** trafficDistribution: PreferSameNode */
  readonly prefersSameNode: boolean
  /** Sorted by `text`. */
  readonly endpoints: readonly ProxyEndpoint[]
}

/** Service ports in order of the Services, with the endpoints of this node's point of view. */
export function proxyServicePorts(cluster: Cluster, nodeName: string): ProxyServicePort[] {
  const slices = slicesByService(cluster.endpointSlices.filter(isForProxy))
  return cluster.services.flatMap((service) => {
    if (!isProxied(service)) return []
    const own = slices.get(`${service.meta.namespace}/${service.meta.name}`) ?? []
    return service.ports.map((port) => proxyServicePort(service, port, collectEndpoints(own, port, nodeName)))
  })
}

function isProxied(service: Service): boolean {
  const { labels } = service.meta
  if (service.type === 'ExternalName' || service.clusterIP === null) return false
  return !('service.kubernetes.io/service-proxy-name' in labels) && !('service.kubernetes.io/headless' in labels)
}

/** Slices that kube-proxy looks at: of its own family, and not of a headless Service. */
function isForProxy(slice: EndpointSlice): boolean {
  return slice.addressType === 'IPv4' && !('service.kubernetes.io/headless' in slice.meta.labels)
}

/** Endpoints join by port name and protocol, never by number; a local copy of a duplicate wins. */
function collectEndpoints(slices: readonly EndpointSlice[], port: ServicePort, nodeName: string): ProxyEndpoint[] {
  const found = new Map<string, ProxyEndpoint>()
  for (const slice of slices) {
    for (const slicePort of slice.ports) {
      if ((slicePort.name ?? '') !== (port.name ?? '') || slicePort.protocol !== port.protocol || !slicePort.port) continue
      for (const endpoint of slice.endpoints) {
        const built = proxyEndpoint(endpoint, slicePort.port, nodeName)
        if (built !== null && !(found.get(built.text)?.isLocal ?? false)) found.set(built.text, built)
      }
    }
  }
  return [...found.values()].sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
}

function proxyEndpoint(endpoint: Endpoint, port: number, nodeName: string): ProxyEndpoint | null {
  const ip = endpoint.addresses[0]
  if (ip === undefined || parseAddress(ip) === null) return null
  return {
    ip,
    port,
    text: `${ip}:${port}`,
    isLocal: endpoint.nodeName === nodeName,
    ready: endpoint.ready ?? true,
    serving: endpoint.serving ?? true,
    terminating: endpoint.terminating ?? false,
    zoneHints: endpoint.hintsForZones ?? [],
    nodeHints: endpoint.hintsForNodes ?? [],
  }
}

function proxyServicePort(service: Service, port: ServicePort, endpoints: readonly ProxyEndpoint[]): ProxyServicePort {
  const { namespace, name, annotations } = service.meta
  const vips = service.loadBalancerIngress.flatMap((ingress) =>
    ingress.ip === null || ingress.ipMode === 'Proxy' ? [] : [formatAddress(ingress.ip)],
  )
  const externalIPs = service.externalIPs.map(formatAddress)
  const reachable = service.type === 'NodePort' || service.type === 'LoadBalancer' || externalIPs.length > 0
  const local = service.externalTrafficPolicy === 'Local'
  const hints = annotations['service.kubernetes.io/topology-aware-hints'] ?? annotations['service.kubernetes.io/topology-mode'] ?? ''
  return {
    service,
    name: port.name ? `${namespace}/${name}:${port.name}` : `${namespace}/${name}`,
    protocol: port.protocol.toLowerCase(),
    clusterIP: service.clusterIP === null ? '' : formatAddress(service.clusterIP),
    port: port.port,
    nodePort: port.nodePort ?? 0,
    externalIPs,
    vips,
    sourceRanges: service.loadBalancerSourceRanges.flatMap((text) => {
      const range = parseCidr(text.trim())
      return range === null ? [] : [formatCidr(range)]
    }),
    healthCheckNodePort: service.type === 'LoadBalancer' && local ? (service.healthCheckNodePort ?? 0) : 0,
    internalPolicyLocal: service.internalTrafficPolicy === 'Local',
    externalPolicyLocal: local && reachable,
    externallyAccessible: (port.nodePort ?? 0) !== 0 || vips.length > 0 || externalIPs.length > 0,
    affinitySeconds: service.sessionAffinityTimeoutSeconds,
    usesTopologyHints: (hints !== '' && hints !== 'disabled' && hints !== 'Disabled') || service.trafficDistribution !== null,
    prefersSameNode: service.trafficDistribution === 'PreferSameNode',
    endpoints,
  }
}
