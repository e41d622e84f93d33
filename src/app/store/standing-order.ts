/** In which order nodes and pods stand in the picture: by themselves, or as they were dragged. Pure. */
import type { Topology, TopologyMachine, TopologyPod } from '../../engine/simulation/topology.ts'
import { type Arrangement, inOrder } from './arrangement.ts'

/** worker-2 before worker-10. */
const NATURAL = new Intl.Collator('en', { numeric: true })

/** Machines that are racks, in the order they are drawn. */
export function nodesOf(topology: Topology, order: Arrangement['order'] = {}): readonly TopologyMachine[] {
  const nodes = topology.machines.filter((machine) => machine.kind === 'node').sort((a, b) => NATURAL.compare(a.name, b.name))
  return inOrder(nodes, order.nodes)
}

/** The pods of a node by themselves: to compare thousands of names takes a while, and every layout asks for them. */
const sorted = new WeakMap<TopologyMachine, readonly TopologyPod[]>()

/** The pods of a node in the order they are drawn. */
export function podsOf(machine: TopologyMachine, order: Arrangement['order'] = {}): readonly TopologyPod[] {
  const pods = sorted.get(machine) ?? [...machine.pods].sort(podOrder)
  sorted.set(machine, pods)
  return inOrder(pods, order[machine.ref])
}

/** Host-network pods last, then namespace, workload, name. */
export function podOrder(a: TopologyPod, b: TopologyPod): number {
  return (
    Number(a.hostNetwork) - Number(b.hostNetwork) ||
    compare(a.namespace, b.namespace) ||
    compare(a.workload ?? '', b.workload ?? '') ||
    NATURAL.compare(a.name, b.name)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
