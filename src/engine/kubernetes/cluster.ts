/** The cluster after parsing, defaulting, controllers and scheduling: typed objects with their place in the text. */
import type { Address } from '../net/address.ts'
import type { Cidr } from '../net/cidr.ts'
import type { Taint } from './decode/cluster-spec.ts'
import type { PodSpec } from './decode/pod-spec.ts'
import type { TextRange } from './diagnostic.ts'
import type { LabelSelector } from './selected-by.ts'

export type Protocol = 'TCP' | 'UDP' | 'SCTP'
export type Labels = Readonly<Record<string, string>>

/** Common to every object. `range` is its document in the text; null for objects that controllers made without one of their own. */
export interface ObjectMeta {
  readonly name: string
  readonly namespace: string
  readonly labels: Labels
  readonly annotations: Labels
  readonly range: TextRange | null
}

export interface NodeInterface {
  /** eth0, eth1 … */
  readonly name: string
  readonly network: string
  readonly addresses: readonly { readonly address: Address; readonly prefixLength: number }[]
}

export interface ClusterNode {
  readonly meta: ObjectMeta
  readonly interfaces: readonly NodeInterface[]
  /** Primary InternalIP. */
  readonly address: Address
  readonly podCIDR: Cidr
  readonly taints: readonly Taint[]
}

export interface ContainerPort {
  readonly name: string | null
  readonly containerPort: number
  readonly protocol: Protocol
  readonly hostPort: number | null
  /** Only on this address of the node; null: on all of them. */
  readonly hostIP: Address | null
}

export interface Container {
  readonly name: string
  readonly image: string
  readonly ports: readonly ContainerPort[]
}

export interface Pod {
  readonly meta: ObjectMeta
  readonly nodeName: string
  readonly hostNetwork: boolean
  readonly podIP: Address
  readonly containers: readonly Container[]
  readonly ready: boolean
  readonly terminating: boolean
  /** Further lines of its /etc/hosts. */
  readonly hostAliases: readonly { readonly ip: Address; readonly hostnames: readonly string[] }[]
  readonly hostname: string | null
  readonly subdomain: string | null
  readonly dnsPolicy: 'ClusterFirst' | 'ClusterFirstWithHostNet' | 'Default' | 'None'
  readonly dnsConfig: {
    readonly nameservers: readonly string[]
    readonly searches: readonly string[]
    readonly options: readonly { readonly name: string; readonly value: string | null }[]
  } | null
  /** The workload that owns it ('deployment/default/web'), or null. */
  readonly owner: string | null
  /** Host end of its veth pair, and its `ip netns` name; null on the host network. */
  readonly veth: string | null
  readonly netns: string | null
}

export interface ServicePort {
  readonly name: string | null
  readonly protocol: Protocol
  readonly port: number
  /** A port number or a container port's name. */
  readonly targetPort: number | string
  readonly nodePort: number | null
}

export interface Service {
  readonly meta: ObjectMeta
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName'
  /** Null for headless and ExternalName. */
  readonly clusterIP: Address | null
  /** All cluster addresses, of both families, as written or allocated; empty for headless and ExternalName. */
  readonly clusterIPs: readonly string[]
  readonly headless: boolean
  readonly externalName: string | null
  readonly selector: Labels | null
  readonly ports: readonly ServicePort[]
  readonly externalIPs: readonly Address[]
  readonly loadBalancerIngress: readonly {
    readonly ip: Address | null
    readonly hostname: string | null
    readonly ipMode: 'VIP' | 'Proxy' | null
  }[]
  readonly loadBalancerSourceRanges: readonly string[]
  readonly healthCheckNodePort: number | null
  readonly internalTrafficPolicy: 'Cluster' | 'Local'
  readonly externalTrafficPolicy: 'Cluster' | 'Local'
  readonly sessionAffinityTimeoutSeconds: number | null
  readonly publishNotReadyAddresses: boolean
  readonly trafficDistribution: 'PreferClose' | 'PreferSameZone' | 'PreferSameNode' | null
}

export interface Endpoint {
  readonly addresses: readonly string[]
  /** Null means "not given": see the API for what that defaults to. */
  readonly ready: boolean | null
  readonly serving: boolean | null
  readonly terminating: boolean | null
  readonly hostname: string | null
  readonly nodeName: string | null
  readonly zone: string | null
  readonly hintsForZones: readonly string[] | null
  readonly hintsForNodes: readonly string[] | null
  readonly targetRef: { readonly kind: string; readonly namespace: string; readonly name: string } | null
}

export interface EndpointSlice {
  readonly meta: ObjectMeta
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN'
  readonly endpoints: readonly Endpoint[]
  readonly ports: readonly { readonly name: string | null; readonly protocol: Protocol; readonly port: number | null }[]
}

export interface Workload {
  readonly meta: ObjectMeta
  readonly kind: 'Deployment' | 'ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Job' | 'CronJob' | 'ReplicationController'
  readonly replicas: number
  readonly owner: string | null
  /** Labels its pods are found by. */
  readonly selector: Labels
  /** Of its pod template. */
  readonly containers: readonly Container[]
  readonly template: WorkloadTemplate
}

/** What a controller makes its pods of. */
export interface WorkloadTemplate {
  readonly labels: Labels
  readonly annotations: Labels
  readonly spec: PodSpec
  /** StatefulSet: its governing Service, and the first ordinal. */
  readonly serviceName: string | null
  readonly firstOrdinal: number
}

/** An L2 segment. */
export interface Network {
  readonly meta: ObjectMeta
  readonly cidr: Cidr
  readonly gateway: Address | null
  readonly mtu: number
}

/** A bare Linux machine outside the cluster. */
export interface Host {
  readonly meta: ObjectMeta
  readonly interfaces: readonly NodeInterface[]
  readonly listen: readonly { readonly protocol: 'tcp' | 'udp' | 'sctp'; readonly port: number }[]
  readonly setup: string | null
}

/** Of mode ipvs. Timeouts in seconds; 0: as the kernel has them. */
export interface KubeProxyIpvsConfig {
  readonly scheduler: string
  readonly strictARP: boolean
  readonly tcpTimeoutSeconds: number
  readonly tcpFinTimeoutSeconds: number
  readonly udpTimeoutSeconds: number
}

export interface KubeProxyConfig {
  readonly mode: 'iptables' | 'ipvs' | 'nftables' | 'none'
  /** Null: the key was absent. '' means that nothing counts as local. */
  readonly clusterCIDR: string | null
  readonly detectLocalMode: 'ClusterCIDR' | 'NodeCIDR' | 'BridgeInterface' | 'InterfaceNamePrefix'
  readonly detectLocal: { readonly bridgeInterface: string | null; readonly interfaceNamePrefix: string | null }
  readonly nodePortAddresses: readonly string[]
  readonly masqueradeAll: boolean
  readonly masqueradeBit: number
  readonly localhostNodePorts: boolean
  readonly tcpBeLiberal: boolean
  /** How often a mode looks at its rules: iptables.syncPeriod and ipvs.syncPeriod. */
  readonly syncPeriodMs: { readonly iptables: number; readonly ipvs: number }
  readonly ipvs: KubeProxyIpvsConfig
}

export interface DnsConfig {
  readonly ttl: number
  readonly pods: 'disabled' | 'insecure' | 'verified'
  readonly namespaces: readonly string[] | null
  readonly ignoreEmptyService: boolean
  /** Absent: the Corefile that kubeadm writes. */
  readonly corefile?: CorefileSettings
}

/** What the Corefile of ConfigMap kube-system/coredns says beside DnsConfig. Zones are absolute. */
export interface CorefileSettings {
  /** Of plugin kubernetes. */
  readonly zones: readonly string[]
  readonly fallthrough: readonly string[]
  /** Where plugin forward sends other names: 'node' is the node's own resolver; null: nowhere. */
  readonly upstream: string | null
  /** Zones with an upstream of their own. */
  readonly stubs: readonly { readonly zone: string; readonly upstream: string | null }[]
  /** Is there a server on port 53? And one of all names? */
  readonly serving: boolean
  readonly root: boolean
  /** Why CoreDNS does not start; null: it does. */
  readonly stopped: string | null
}

/** A NetworkPolicy, as far as it is read: whom it selects, and which connections of theirs. */
export interface NetworkPolicy {
  readonly meta: ObjectMeta
  readonly podSelector: LabelSelector
  readonly ingress: boolean
  readonly egress: boolean
}

export interface Cluster {
  readonly name: string
  readonly podCIDR: Cidr
  readonly serviceCIDR: Cidr
  readonly cni: {
    readonly plugin: 'bridge' | 'flannel' | 'none'
    readonly config: Readonly<Record<string, unknown>>
    readonly range: TextRange | null
    /** The plugin of the real cluster, which is not modelled: this one stands in its place. */
    readonly simulates?: string
  }
  readonly kubeProxy: KubeProxyConfig
  /** Null: no cluster DNS. */
  readonly dns: DnsConfig | null
  /** Null: no default/kubernetes Service. */
  readonly apiServer: { readonly port: number } | null
  readonly namespaces: readonly ObjectMeta[]
  readonly nodes: readonly ClusterNode[]
  readonly workloads: readonly Workload[]
  readonly pods: readonly Pod[]
  readonly services: readonly Service[]
  readonly endpointSlices: readonly EndpointSlice[]
  readonly networkPolicies: readonly NetworkPolicy[]
  readonly networks: readonly Network[]
  readonly hosts: readonly Host[]
  /** The cloud's load balancer, a machine on the internet's side; null where no Service has an address of it. */
  readonly loadBalancer: Host | null
}
