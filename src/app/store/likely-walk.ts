/** The walk of manifests that name none: from a client to a Service that has endpoints. Pure. */
import type { Topology, TopologyPod, TopologyService } from '../../engine/simulation/topology.ts'
import { nodePortTarget, senderOf, serviceTarget, shortRef } from './references.ts'

export interface Ends {
  readonly from: string
  readonly to: string
}

/**
 * A pod that is no endpoint of the Service it calls; a front door (NodePort, LoadBalancer) is called from the internet when there is no
 * such pod, and any other Service from a node where no endpoint is. Null when no Service has an endpoint that is ready.
 */
export function likelyWalk(topology: Topology): Ends | null {
  const called = topology.services.filter(isCalled)
  const behind = servicesOfPods(topology)
  // Pods that stand behind no Service are clients; after them come those behind front doors, which call what lies behind.
  const rank = (pod: TopologyPod): number => {
    const own = behind.get(pod.ref) ?? []
    return own.length === 0 ? 0 : own.some(isFrontDoor) ? 1 : 2
  }
  const clients = topology.machines.flatMap((machine) => machine.pods.filter(isClient).map((pod) => ({ pod, rank: rank(pod) })))
  for (const { pod, rank: own } of clients.sort((a, b) => a.rank - b.rank)) {
    const near = called.filter((service) => service.namespace === pod.namespace && !behind.get(pod.ref)?.includes(service))
    const service = near.find((one) => isFrontDoor(one) === (own === 0)) ?? near[0]
    if (service) return { from: senderOf(pod), to: serviceTarget(service, pod.namespace) }
  }
  return fromOutside(topology, called)
}

function servicesOfPods(topology: Topology): ReadonlyMap<string, readonly TopologyService[]> {
  const services = new Map<string, TopologyService[]>()
  for (const service of topology.services) {
    for (const { pod } of service.endpoints) {
      if (pod === null) continue
      const own = services.get(pod)
      if (own) own.push(service)
      else services.set(pod, [service])
    }
  }
  return services
}

function fromOutside(topology: Topology, called: readonly TopologyService[]): Ends | null {
  const service = called.find(isFrontDoor) ?? called[0]
  const nodes = topology.machines.filter((machine) => machine.kind === 'node')
  const far = nodes.find((node) => !node.pods.some((pod) => service && isEndpoint(service, pod))) ?? nodes[0]
  const [port] = service?.ports ?? []
  if (!service || !far || !port) return null
  const internet = topology.machines.find((machine) => machine.kind === 'internet')
  const door = nodePortTarget(service, far)
  if (internet && door !== null) return { from: internet.ref, to: door }
  if (service.clusterIP === null) return betweenPeers(service, far.ref)
  return { from: far.ref, to: serviceTarget({ ...service, name: service.clusterIP }, service.namespace) }
}

/** Behind a headless Service stand peers: one calls another by its address; a single one is called from a node. */
function betweenPeers(service: TopologyService, node: string): Ends | null {
  const [first, second] = service.endpoints.filter((endpoint) => endpoint.ready)
  const called = second ?? first
  if (!called) return null
  const ports = service.ports.map((port) => ({ ...port, port: Number(port.targetPort) || port.port }))
  const from = second === undefined || !first?.pod ? node : shortRef(first.pod)
  return { from, to: serviceTarget({ ...service, ports, name: called.address }, service.namespace) }
}

/** Written in the manifests, and somebody answers. */
function isCalled({ line, ports, endpoints, externalName }: TopologyService): boolean {
  return line !== null && externalName === null && ports.length > 0 && endpoints.some((endpoint) => endpoint.ready)
}

function isClient(pod: TopologyPod): boolean {
  return pod.ready && !pod.hostNetwork && pod.namespace !== 'kube-system'
}

function isEndpoint(service: TopologyService, pod: TopologyPod): boolean {
  return service.endpoints.some((endpoint) => endpoint.pod === pod.ref)
}

function isFrontDoor({ type }: TopologyService): boolean {
  return type === 'NodePort' || type === 'LoadBalancer'
}
