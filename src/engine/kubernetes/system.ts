/** What every cluster brings itself: the API server's Service, and CoreDNS as a Deployment of one replica behind Service kube-dns. */
import { type Address, formatAddress } from '../net/address.ts'
import type { Cidr } from '../net/cidr.ts'
import { ipv4 } from '../net/ipv4.ts'
import type { ClusterNode, EndpointSlice, ObjectMeta } from './cluster.ts'
import type { ClusterSpec } from './decode/cluster-spec.ts'
import type { PodDraft } from './decode/pod-spec.ts'
import type { ServiceDraft, ServicePortDraft } from './decode/service.ts'
import { nameHash } from './hash.ts'

const NOWHERE = { from: 0, to: 0 }
const meta = (namespace: string, name: string, labels: Readonly<Record<string, string>> = {}): ObjectMeta => ({
  name,
  namespace,
  labels,
  annotations: {},
  range: null,
})
const DNS_LABELS = { 'k8s-app': 'kube-dns' }
/** pod-template-hash of the CoreDNS Deployment. */
export const COREDNS_HASH = nameHash('template deployment/kube-system/coredns', 10)
export const COREDNS_OWNER = 'deployment/kube-system/coredns'

/** The Services that the text does not bring itself. An address that the text takes is left to it. */
export function systemServices(spec: ClusterSpec, written: readonly ServiceDraft[]): ServiceDraft[] {
  const has = (namespace: string, name: string): boolean => written.some((s) => s.meta.namespace === namespace && s.meta.name === name)
  const taken = new Set(written.map((s) => s.clusterIP))
  const services: ServiceDraft[] = []
  if (spec.apiServer !== null && !has('default', 'kubernetes')) {
    const labels = { component: 'apiserver', provider: 'kubernetes' }
    services.push(
      systemService(meta('default', 'kubernetes', labels), {
        ip: freeFrom(spec.serviceCIDR, 1, taken),
        ports: [port('https', 'TCP', 443, spec.apiServer.port)],
        selector: null,
      }),
    )
  }
  if (spec.dns !== null && !has('kube-system', 'kube-dns')) {
    const labels = { ...DNS_LABELS, 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' }
    services.push(
      systemService(meta('kube-system', 'kube-dns', labels), {
        ip: freeFrom(spec.serviceCIDR, 10, taken),
        ports: [port('dns', 'UDP', 53, 53), port('dns-tcp', 'TCP', 53, 53)],
        selector: DNS_LABELS,
      }),
    )
  }
  return services
}

function freeFrom(serviceCIDR: Cidr, offset: number, taken: Set<Address | null>): Address {
  let ip = ipv4(serviceCIDR.address + offset)
  while (taken.has(ip)) ip = ipv4(ip + 1)
  taken.add(ip)
  return ip
}

function port(name: string, protocol: 'TCP' | 'UDP', number: number, targetPort: number): ServicePortDraft {
  return {
    name,
    protocol,
    port: number,
    targetPort,
    nodePort: null,
    needsNodePort: false,
    at: { port: NOWHERE, targetPort: NOWHERE, nodePort: NOWHERE },
  }
}

function systemService(
  of: ObjectMeta,
  service: { ip: Address; ports: ServicePortDraft[]; selector: Readonly<Record<string, string>> | null },
): ServiceDraft {
  return {
    meta: of,
    type: 'ClusterIP',
    clusterIP: service.ip,
    clusterIPs: [formatAddress(service.ip)],
    headless: false,
    needsClusterIP: false,
    needsHealthCheckNodePort: false,
    externalName: null,
    selector: service.selector,
    ports: service.ports,
    externalIPs: [],
    loadBalancerIngress: [],
    loadBalancerSourceRanges: [],
    healthCheckNodePort: null,
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    sessionAffinityTimeoutSeconds: null,
    publishNotReadyAddresses: false,
    at: { name: NOWHERE, selector: NOWHERE, clusterIP: NOWHERE },
  }
}

/** The CoreDNS pod; it comes after the pods of the text, so that those get the first addresses. */
export function coreDnsPod(spec: ClusterSpec, written: readonly PodDraft[]): PodDraft[] {
  if (spec.dns === null || written.some((pod) => pod.meta.namespace === 'kube-system' && pod.meta.labels['k8s-app'] === 'kube-dns'))
    return []
  const name = `coredns-${COREDNS_HASH}-${nameHash(`${COREDNS_OWNER} 0`, 5)}`
  const ports = [
    { name: 'dns', containerPort: 53, protocol: 'UDP', hostPort: null },
    { name: 'dns-tcp', containerPort: 53, protocol: 'TCP', hostPort: null },
  ] as const
  return [
    {
      meta: meta('kube-system', name, { ...DNS_LABELS, 'pod-template-hash': COREDNS_HASH }),
      owner: COREDNS_OWNER,
      nodeName: null,
      nodeSelector: {},
      tolerations: [{ key: null, operator: 'Exists', value: '', effect: null }],
      hostNetwork: false,
      podIP: null,
      containers: [{ name: 'coredns', image: 'registry.k8s.io/coredns/coredns:v1.11.1', ports }],
      ready: true,
      terminating: false,
      finished: false,
      hostname: null,
      subdomain: null,
      dnsPolicy: 'Default',
      dnsConfig: null,
      at: NOWHERE,
    },
  ]
}

/** The node on which the API server runs: the first that is labelled as control plane, else the first. */
export function apiServerNode(nodes: readonly ClusterNode[]): ClusterNode | null {
  return nodes.find((node) => 'node-role.kubernetes.io/control-plane' in node.meta.labels) ?? nodes[0] ?? null
}

/** The endpoint of default/kubernetes, which the API server writes itself: its node's address. */
export function apiServerSlice(spec: ClusterSpec, nodes: readonly ClusterNode[], written: readonly EndpointSlice[]): EndpointSlice[] {
  const node = apiServerNode(nodes)
  if (spec.apiServer === null || node === null) return []
  if (written.some((slice) => slice.meta.namespace === 'default' && slice.meta.labels['kubernetes.io/service-name'] === 'kubernetes'))
    return []
  return [
    {
      meta: meta('default', 'kubernetes', { 'kubernetes.io/service-name': 'kubernetes' }),
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: [formatAddress(node.address)],
          ready: true,
          serving: null,
          terminating: null,
          hostname: null,
          nodeName: null,
          zone: null,
          hintsForZones: null,
          targetRef: null,
        },
      ],
      ports: [{ name: 'https', protocol: 'TCP', port: spec.apiServer.port }],
    },
  ]
}
