/** What can be named in the walk bar: senders, targets, and how the names are written (DESIGN §4). Pure. */
import type { Topology, TopologyPod, TopologyService } from '../../engine/simulation/topology.ts'

export interface Suggestion {
  readonly value: string
  readonly hint: string
}

/** 'pod/default/web' → 'pod/web'; other namespaces stay. */
export function shortRef(ref: string): string {
  return ref.replace(/^(pod|service)\/default\//, '$1/')
}

/** Everything a packet can be sent from. */
export function senders(topology: Topology): readonly Suggestion[] {
  const pods = topology.machines.flatMap((machine) =>
    machine.pods.map((pod) => ({ value: shortRef(pod.ref), hint: `${pod.address} on ${machine.name}` })),
  )
  const machines = topology.machines
    .filter((machine) => machine.kind !== 'gateway')
    .map((machine) => ({ value: machine.ref, hint: machine.kind === 'internet' ? 'outside the network' : machine.address }))
  return [...pods, ...machines]
}

/** Likely targets of a sender, the Services first. */
export function targets(topology: Topology, from: string): readonly Suggestion[] {
  const inside = !/^(?:(?:node|host)\/|internet$)/.test(from)
  const namespace = from.split('/').length === 3 ? (from.split('/')[1] ?? 'default') : 'default'
  const byName = topology.services.flatMap((service) => (inside ? serviceTargets(service, namespace) : clusterIpTargets(service)))
  const outside = inside ? [] : nodePortTargets(topology)
  const pods = topology.machines.flatMap((machine) => machine.pods.flatMap(podTargets))
  const pings = topology.machines.flatMap((machine) => machine.pods.map((pod) => ({ value: `ping ${pod.address}`, hint: pod.name })))
  return [...outside, ...byName, ...pods, ...pings]
}

/** The nearest known value, for "did you mean"; null when none is near. */
export function nearest(text: string, known: readonly Suggestion[]): string | null {
  let best: string | null = null
  let least = Math.max(2, Math.floor(text.length / 3)) + 1
  for (const { value } of known) {
    const distance = value.startsWith(text) && text.length > 4 ? 1 : editDistance(text, value, least)
    if (distance < least) {
      least = distance
      best = value
    }
  }
  return best
}

function serviceTargets(service: TopologyService, namespace: string): readonly Suggestion[] {
  const name = service.namespace === namespace ? service.name : `${service.name}.${service.namespace}`
  return service.ports.map((port) => ({
    value: `${scheme(port)}://${name}${port.port === 80 && scheme(port) === 'http' ? '' : `:${port.port}`}`,
    hint: `Service, ${service.type}`,
  }))
}

function clusterIpTargets(service: TopologyService): readonly Suggestion[] {
  if (service.clusterIP === null) return []
  return service.ports.map((port) => ({ value: `${scheme(port)}://${service.clusterIP}:${port.port}`, hint: `Service ${service.name}` }))
}

function nodePortTargets(topology: Topology): readonly Suggestion[] {
  return topology.services.flatMap((service) =>
    service.ports
      .filter((port) => port.nodePort !== null)
      .flatMap((port) =>
        topology.machines
          .filter((machine) => machine.kind === 'node')
          .map((node) => ({ value: `${scheme(port)}://${node.ref}:${port.nodePort}`, hint: `Service ${service.name}, NodePort` })),
      ),
  )
}

function podTargets(pod: TopologyPod): readonly Suggestion[] {
  return pod.containers.flatMap((container) =>
    container.ports.map((port) => ({
      value: `${scheme({ ...port, name: null })}://${shortRef(pod.ref)}:${port.port}`,
      hint: `${pod.address}, container ${container.name}`,
    })),
  )
}

function scheme(port: { readonly name: string | null; readonly port: number; readonly protocol: string }): string {
  if (port.protocol !== 'TCP') return port.protocol.toLowerCase()
  return [80, 8000, 8080, 3000, 5000].includes(port.port) || /^(http|web)/.test(port.name ?? '') ? 'http' : 'tcp'
}

/** Levenshtein distance, given up at `most`. */
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? most
}
