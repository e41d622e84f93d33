/** The matrix of who reaches whom: its rows, its columns, and what a walk between two of them is asked for by. Pure. */
import type { Topology, TopologyPod, TopologyService } from '../../../engine/simulation/topology.ts'
import { placeName } from '../../store/steps.ts'

export interface Sender {
  /** As a walk names it: 'pod/default/web', 'internet'. */
  readonly ref: string
  readonly name: string
}

export interface Column {
  readonly key: string
  readonly name: string
  /** "tcp 80". */
  readonly port: string
  /** What a sender walks to; null: it would be itself, or it is out of reach by design. */
  readonly target: (from: string) => string | null
}

export interface Matrix {
  readonly senders: readonly Sender[]
  readonly columns: readonly Column[]
  /** Senders and columns that were left out, because nobody could read them all. */
  readonly left: { readonly senders: number; readonly columns: number }
}

const MOST_SENDERS = 40
const MOST_COLUMNS = 24

/** Senders: pods, hosts, the internet. Columns: the ports of the Services, or of the pods and hosts themselves. */
export function matrixOf(topology: Topology, to: 'services' | 'pods'): Matrix {
  const pods = topology.machines.flatMap((machine) => machine.pods).filter((pod) => pod.namespace !== 'kube-system')
  const senders = [
    ...byWorkload(pods).map(({ ref }) => ({ ref, name: placeName(ref) })),
    ...topology.machines.filter(({ kind }) => kind === 'host').map(({ ref, name }) => ({ ref, name })),
    ...topology.machines.filter(({ kind }) => kind === 'internet').map(({ ref }) => ({ ref, name: 'internet' })),
  ]
  const columns =
    to === 'services' ? topology.services.flatMap((service) => serviceColumns(service, topology)) : byWorkload(pods).flatMap(podColumns)
  return {
    senders: senders.slice(0, MOST_SENDERS),
    columns: columns.slice(0, MOST_COLUMNS),
    left: { senders: Math.max(0, senders.length - MOST_SENDERS), columns: Math.max(0, columns.length - MOST_COLUMNS) },
  }
}

/** Many replicas of one workload are asked through its first two pods: they may stand on different nodes. */
function byWorkload(pods: readonly TopologyPod[]): readonly TopologyPod[] {
  if (pods.length <= MOST_SENDERS / 2) return pods
  const seen = new Map<string, number>()
  return pods.filter(({ workload, ref }) => {
    const count = (seen.get(workload ?? ref) ?? 0) + 1
    seen.set(workload ?? ref, count)
    return count <= 2
  })
}

/** From outside a Service is reached by its address at the load balancer, else by its node port; a cluster address means nothing there. */
function serviceColumns(service: TopologyService, topology: Topology): readonly Column[] {
  if (service.headless || service.clusterIP === null) return []
  const node = topology.machines.find(({ kind }) => kind === 'node')
  const [outside] = service.externalAddresses
  return service.ports.map((port) => {
    const scheme = port.protocol.toLowerCase()
    return {
      key: `${service.ref} ${scheme} ${port.port}`,
      name: service.namespace === 'default' ? service.name : `${service.namespace}/${service.name}`,
      port: `${scheme} ${port.port}`,
      target: (from) => {
        if (from !== 'internet') return `${scheme}://svc/${service.namespace}/${service.name}:${port.port}`
        if (outside !== undefined) return `${scheme}://${outside}:${port.port}`
        return port.nodePort === null || node === undefined ? null : `${scheme}://${node.ref}:${port.nodePort}`
      },
    }
  })
}

function podColumns(pod: TopologyPod): readonly Column[] {
  return pod.containers
    .flatMap(({ ports }) => ports)
    .map(({ port, protocol }) => {
      const scheme = protocol.toLowerCase()
      return {
        key: `${pod.ref} ${scheme} ${port}`,
        name: placeName(pod.ref),
        port: `${scheme} ${port}`,
        target: (from) => (from === pod.ref || from === 'internet' ? null : `${scheme}://${pod.ref}:${port}`),
      }
    })
}
