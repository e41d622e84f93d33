/** What exists, for the picture: read from the built world and the cluster, never from the YAML text. All plain data. */

export interface TopologyPod {
  /** 'pod/NAMESPACE/NAME' */
  readonly ref: string
  readonly namespace: string
  readonly name: string
  /** 'deployment/default/web' or null. */
  readonly workload: string | null
  readonly address: string
  readonly containers: readonly { readonly name: string; readonly ports: readonly { readonly port: number; readonly protocol: string }[] }[]
  readonly ready: boolean
  readonly hostNetwork: boolean
  /** Host end of its veth pair. */
  readonly veth: string | null
  readonly line: number | null
}

export interface TopologyDevice {
  readonly name: string
  readonly kind: string
  readonly mac: string
  readonly mtu: number
  readonly up: boolean
  /** "172.18.0.11/16" */
  readonly addresses: readonly string[]
  /** Bridge it is a port of. */
  readonly master: string | null
  /** Segment a NIC is plugged into. */
  readonly network: string | null
}

/** A node, host, gateway or the internet: every machine. `ref` is the namespace name used in traces. */
export interface TopologyMachine {
  readonly ref: string
  readonly kind: 'node' | 'host' | 'gateway' | 'internet'
  readonly name: string
  readonly address: string
  readonly devices: readonly TopologyDevice[]
  readonly pods: readonly TopologyPod[]
  readonly line: number | null
}

export interface TopologyService {
  /** 'service/NAMESPACE/NAME' */
  readonly ref: string
  readonly namespace: string
  readonly name: string
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName'
  readonly headless: boolean
  readonly clusterIP: string | null
  readonly externalName: string | null
  readonly externalAddresses: readonly string[]
  readonly ports: readonly {
    readonly name: string | null
    readonly port: number
    readonly protocol: string
    readonly nodePort: number | null
    readonly targetPort: string
  }[]
  /** `pod` is a pod's ref or null for addresses that are no pod. */
  readonly endpoints: readonly { readonly address: string; readonly pod: string | null; readonly ready: boolean }[]
  readonly line: number | null
}

export interface TopologyNetwork {
  /** 'network/lan' */
  readonly ref: string
  readonly name: string
  readonly cidr: string
  readonly mtu: number
}

export interface Topology {
  /** The real cluster's CNI plugin is not modelled: which it is, and which one stands in its place. */
  readonly simulates?: { readonly cni: string; readonly as: string }
  /** kube-proxy's mode, where it is not iptables. */
  readonly proxy?: 'ipvs'
  readonly machines: readonly TopologyMachine[]
  readonly services: readonly TopologyService[]
  readonly networks: readonly TopologyNetwork[]
}
