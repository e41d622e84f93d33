/** What every object of `ip` gets: the namespace (`-n` applied) and the options before the object. */
import type { Device } from '../linux/device.ts'
import type { Machine } from '../linux/machine.ts'
import type { NetNs } from '../linux/netns.ts'
import type { ShellContext } from './command.ts'

export interface IpOptions {
  readonly ipv4: boolean
  readonly oneline: boolean
  readonly details: boolean
  readonly brief: boolean
  readonly all: boolean
  readonly netns: string | null
}

export interface IpContext {
  readonly ns: NetNs
  readonly options: IpOptions
  readonly shell: ShellContext
}

/** The namespace of the machine with that `NetNs.name`; undefined when there is none. */
export function namespaceOf(machine: Machine, name: string): NetNs | undefined {
  if (machine.root.name === name) return machine.root
  for (const ns of machine.netns.values()) if (ns.name === name) return ns
  return undefined
}

/** The other end of a veth: its namespace and device; null when it is gone or the device is no veth. */
export function vethPeer(machine: Machine, device: Device): { readonly ns: NetNs; readonly device: Device } | null {
  if (device.kind !== 'veth') return null
  const ns = namespaceOf(machine, device.peer.netns)
  const peer = ns?.devices.get(device.peer.device)
  return ns && peer ? { ns, device: peer } : null
}
