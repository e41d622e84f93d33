/** What every cluster brings itself: the API server's Service, and CoreDNS as a Deployment of one replica behind Service kube-dns. */
import { type Address, formatAddress } from '../net/address.ts'
import type { Cidr } from '../net/cidr.ts'
import { ipv4 } from '../net/ipv4.ts'
import type { ClusterNode, EndpointSlice, Labels, ObjectMeta } from './cluster.ts'
import type { ClusterSpec } from './decode/cluster-spec.ts'
import type { PodDraft } from './decode/pod-spec.ts'
import type { ServiceDraft, ServicePortDraft } from './decode/service.ts'
import type { WorkloadDraft } from './decode/workload.ts'
import { isSliceOf } from './endpoint-slices.ts'

const NOWHERE = { from: 0, to: 0 }
const meta = (namespace: string, name: string, labels: Readonly<Record<string, string>> = {}): ObjectMeta => ({
  name,
  namespace,
  labels,
  annotations: {},
  range: null,
})
const DNS_LABELS = { 'k8s-app': 'kube-dns' }

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
    needsLoadBalancer: false,
    loadBalancerIP: null,
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
    trafficDistribution: null,
    at: { name: NOWHERE, selector: NOWHERE, clusterIP: NOWHERE },
  }
}

/**
 * The CoreDNS Deployment, where the text brings none of its own: no pod and no controller of pods with the label that kube-dns selects.
 * Its pod comes after the pods of the text, so that those get the first addresses.
 */
export function coreDnsDeployment(spec: ClusterSpec, written: readonly PodDraft[], workloads: readonly WorkloadDraft[]): WorkloadDraft[] {
  const isDns = (namespace: string, labels: Labels): boolean => namespace === 'kube-system' && labels['k8s-app'] === 'kube-dns'
  if (spec.dns === null || written.some((pod) => isDns(pod.meta.namespace, pod.meta.labels))) return []
  if (workloads.some((workload) => isDns(workload.source.meta.namespace, workload.labels))) return []
  const ports = [
    { name: 'dns', containerPort: 53, protocol: 'UDP', hostPort: null, hostIP: null },
    { name: 'dns-tcp', containerPort: 53, protocol: 'TCP', hostPort: null, hostIP: null },
  ] as const
  const source = { meta: meta('kube-system', 'coredns', DNS_LABELS), ref: 'deployment/kube-system/coredns', range: null, nameAt: NOWHERE }
  return [
    {
      source,
      kind: 'Deployment',
      replicas: 1,
      selector: DNS_LABELS,
      labels: DNS_LABELS,
      annotations: {},
      serviceName: null,
      firstOrdinal: 0,
      spec: {
        nodeName: null,
        nodeSelector: {},
        tolerations: [{ key: null, operator: 'Exists', value: '', effect: null }],
        hostNetwork: false,
        containers: [{ name: 'coredns', image: 'registry.k8s.io/coredns/coredns:v1.11.1', ports }],
        hostAliases: [],
        hostname: null,
        subdomain: null,
        dnsPolicy: 'Default',
        dnsConfig: null,
      },
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
  if (written.some((slice) => isSliceOf(slice, { namespace: 'default', name: 'kubernetes' }))) return []
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
          hintsForNodes: null,
          targetRef: null,
        },
      ],
      ports: [{ name: 'https', protocol: 'TCP', port: spec.apiServer.port }],
    },
  ]
}
