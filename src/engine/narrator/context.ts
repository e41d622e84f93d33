/** Who has which address and device: built once per walk from the topology, read by every sentence. */
import type { Topology, TopologyMachine, TopologyPod } from '../simulation/topology.ts'

/** What a name in a sentence stands for. */
export interface Named {
  readonly kind: 'pod' | 'service' | 'node' | 'host' | 'gateway' | 'internet'
  /** As short as it is clear: 'web', or 'shop/web' when two namespaces have a 'web'. */
  readonly name: string
}

export interface NarratorContext {
  /** Address text → who has it. Pods before Services before machines, should they collide. */
  readonly addresses: ReadonlyMap<string, Named>
  /** Address text → device that has it, for bridges and NICs ('cni0', 'eth0'). */
  readonly deviceOf: ReadonlyMap<string, string>
  /** Trace place ('pod/default/web', 'node/worker-1', 'gateway') → its name. */
  readonly places: ReadonlyMap<string, Named>
  /** `${place} ${device}` → pod at the other end of that veth. */
  readonly veths: ReadonlyMap<string, string>
  /** `${place} ${device}` → segment of that NIC. */
  readonly segments: ReadonlyMap<string, string>
  /** MAC → `device of machine`. */
  readonly macs: ReadonlyMap<string, string>
}

/** Reads all names from a topology. */
export function narratorContext(topology: Topology): NarratorContext {
  const context = {
    addresses: new Map<string, Named>(),
    deviceOf: new Map<string, string>(),
    places: new Map<string, Named>(),
    veths: new Map<string, string>(),
    segments: new Map<string, string>(),
    macs: new Map<string, string>(),
  }
  const shared = sharedNames([...topology.machines.flatMap((machine) => machine.pods), ...topology.services])
  const name = (object: { readonly namespace: string; readonly name: string }) =>
    shared.has(object.name) ? `${object.namespace}/${object.name}` : object.name
  for (const machine of topology.machines) for (const pod of machine.pods) addPod(context, machine, { pod, name: name(pod) })
  for (const service of topology.services) {
    const named: Named = { kind: 'service', name: name(service) }
    for (const address of [service.clusterIP, ...service.externalAddresses])
      if (address !== null && !context.addresses.has(address)) context.addresses.set(address, named)
  }
  for (const machine of topology.machines) addMachine(context, machine)
  return context
}

interface Filling {
  readonly addresses: Map<string, Named>
  readonly deviceOf: Map<string, string>
  readonly places: Map<string, Named>
  readonly veths: Map<string, string>
  readonly segments: Map<string, string>
  readonly macs: Map<string, string>
}

function addPod(context: Filling, machine: TopologyMachine, { pod, name }: { readonly pod: TopologyPod; readonly name: string }): void {
  const named: Named = { kind: 'pod', name }
  context.places.set(pod.ref, named)
  if (!pod.hostNetwork) context.addresses.set(pod.address, named)
  if (pod.veth !== null) context.veths.set(`${machine.ref} ${pod.veth}`, name)
}

function addMachine(context: Filling, machine: TopologyMachine): void {
  const named: Named = { kind: machine.kind, name: machine.name }
  context.places.set(machine.ref, named)
  for (const device of machine.devices) {
    if (device.kind === 'loopback') continue
    context.macs.set(device.mac, `${device.name} of ${machine.name}`)
    if (device.network !== null) context.segments.set(`${machine.ref} ${device.name}`, device.network)
    for (const text of device.addresses) {
      const address = text.split('/')[0] ?? text
      context.deviceOf.set(address, device.name)
      if (!context.addresses.has(address)) context.addresses.set(address, named)
    }
  }
  if (!context.addresses.has(machine.address)) context.addresses.set(machine.address, named)
}

/** Names that occur in more than one namespace. */
function sharedNames(objects: readonly { readonly namespace: string; readonly name: string }[]): ReadonlySet<string> {
  const namespaces = new Map<string, string>()
  const shared = new Set<string>()
  for (const { namespace, name } of objects) {
    if ((namespaces.get(name) ?? namespace) !== namespace) shared.add(name)
    namespaces.set(name, namespace)
  }
  return shared
}

/** The name of a trace place; without a topology entry, the last part of the reference. */
export function placeName(context: NarratorContext, where: string): string {
  const named = context.places.get(where)
  if (named) return named.kind === 'gateway' ? 'the gateway' : named.kind === 'internet' ? 'the internet' : named.name
  if (where === 'gateway' || where === 'internet') return `the ${where}`
  return where.split('/').at(-1) ?? where
}
