/** The addresses of Services of type LoadBalancer: who has them, the cloud's load balancer or a node that announces them on the LAN. */
import { type Address, formatAddress } from '../net/address.ts'
import { cidrContains } from '../net/cidr.ts'
import { ipv4 } from '../net/ipv4.ts'
import type { Cluster, ClusterNode, EndpointSlice, Host, Network, Service } from './cluster.ts'
import { isSliceOf } from './endpoint-slices.ts'

interface Segments {
  readonly networks: readonly Network[]
  readonly hosts: readonly Host[]
}

const networkOf = ({ networks }: Pick<Segments, 'networks'>, name: string): Network | null =>
  networks.find((network) => network.meta.name === name) ?? null

/** Addresses that a Service was given, on the LAN or outside it. */
function addressesOf(service: Service): Address[] {
  return service.type === 'LoadBalancer' ? service.loadBalancerIngress.flatMap(({ ip }) => ip ?? []) : []
}

/** Is this an address of the nodes' own segment? Then a node announces it there (ARP mode); else the cloud's load balancer has it. */
function isOnLan(segments: Pick<Segments, 'networks'>, address: Address): boolean {
  const lan = networkOf(segments, 'lan')
  return lan !== null && cidrContains(lan.cidr, address)
}

/** The Services that the cloud's load balancer serves, with the addresses it has for each. */
export function balancedServices(
  services: readonly Service[],
  segments: Pick<Segments, 'networks'>,
): { readonly service: Service; readonly addresses: readonly Address[] }[] {
  return services.flatMap((service) => {
    const addresses = addressesOf(service).filter((address) => !isOnLan(segments, address))
    return addresses.length > 0 ? [{ service, addresses }] : []
  })
}

/** The machine of the cloud's load balancer: an address of its own on the internet's segment, then those of the Services. */
export function loadBalancerOf(services: readonly Service[], segments: Segments): Host | null {
  const internet = networkOf(segments, 'internet')
  const balanced = balancedServices(services, segments)
  if (balanced.length === 0 || internet === null) return null
  const taken = new Set(segments.hosts.flatMap((host) => host.interfaces.flatMap((nic) => nic.addresses.map(({ address }) => address))))
  let own = ipv4(internet.cidr.address + 2)
  while (taken.has(own)) own = ipv4(own + 1)
  const { prefixLength } = internet.cidr
  const virtual = [...new Set(balanced.flatMap(({ addresses }) => addresses))].map((address) => ({ address, prefixLength: 32 }))
  return {
    meta: { name: 'load-balancer', namespace: '', labels: {}, annotations: {}, range: balanced[0]?.service.meta.range ?? null },
    interfaces: [{ name: 'eth0', network: 'internet', addresses: [{ address: own, prefixLength }, ...virtual] }],
    listen: [],
    setup: null,
  }
}

/** Has the node an endpoint of the Service that its health check counts (kube-proxy pkg/proxy/endpointschangetracker.go LocalReadyEndpoints)? */
export function localReadyEndpoints(slices: readonly EndpointSlice[], service: Service, nodeName: string): number {
  const own = slices.filter((slice) => isSliceOf(slice, service.meta))
  const local = own.flatMap((slice) =>
    slice.endpoints.filter((e) => e.nodeName === nodeName && (e.ready ?? true) && !(e.terminating ?? false)),
  )
  return new Set(local.flatMap((endpoint) => endpoint.addresses[0] ?? [])).size
}

/** The nodes whose health checks succeed: for policy Local those with a ready endpoint of their own, for policy Cluster all. */
export function healthyNodes(cluster: Cluster, service: Service): ClusterNode[] {
  if (service.externalTrafficPolicy !== 'Local') return [...cluster.nodes]
  return cluster.nodes.filter((node) => localReadyEndpoints(cluster.endpointSlices, service, node.meta.name) > 0)
}

/** Addresses on the LAN that a node announces, as kube-vip's leader does in ARP mode (one leader for each Service). */
export function announcedAddresses(cluster: Cluster, node: ClusterNode): { readonly service: Service; readonly address: string }[] {
  return cluster.services.flatMap((service) => {
    const leader = healthyNodes(cluster, service)[0]
    if (leader?.meta.name !== node.meta.name) return []
    return addressesOf(service)
      .filter((address) => isOnLan(cluster, address))
      .map((address) => ({ service, address: formatAddress(address) }))
  })
}
