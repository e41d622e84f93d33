/** Which network namespace a shape of the picture belongs to, and the way into it. */
import type { Topology } from '../../engine/simulation/topology.ts'
import { appState } from './store.ts'

/** The network namespace whose tables belong to a shape; null for Services and networks, which have none. */
export function namespaceOf(topology: Topology, ref: string): string | null {
  for (const machine of topology.machines) {
    const pod = machine.pods.find((one) => one.ref === ref)
    if (pod) return pod.hostNetwork ? machine.ref : pod.ref
    if (
      machine.ref === ref ||
      machine.devices.some((device) => ref.endsWith(`/${machine.name}/${device.name}`)) ||
      ref.endsWith(`/${machine.name}`)
    )
      return machine.ref
  }
  return null
}

/** Into the kernel that a shape belongs to, if it has one. */
export function lookInside(ref: string): void {
  const { topology, openKernel } = appState()
  const where = topology && namespaceOf(topology, ref)
  if (where !== null) openKernel(where)
}
