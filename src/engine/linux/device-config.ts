/** What `ip link` and `ip address` do. Kernel: net/core/dev.c, net/core/rtnetlink.c. */
import type { Mac } from '../net/mac.ts'
import type { InterfaceAddress } from './device.ts'
import type { Effect } from './effect.ts'
import type { NetNs } from './netns.ts'

/** `error` is what iproute2 prints after "RTNETLINK answers: ". */
export type ConfigResult = { readonly ok: true; readonly effects: Effect[] } | { readonly ok: false; readonly error: string }

export interface AddDeviceOptions {
  readonly name: string
  readonly kind: 'bridge' | 'dummy' | 'physical'
  readonly mac?: Mac
  readonly mtu?: number
  /** For 'physical': the segment it is plugged into. */
  readonly network?: string
}

/** `ip link set` and `bridge link set`: what is given is changed. */
export interface DeviceChange {
  readonly up?: boolean
  readonly mtu?: number
  readonly mac?: Mac
  /** Bridge name, or null for `nomaster`. */
  readonly master?: string | null
  readonly promisc?: boolean
  /** `bridge link set dev X hairpin on`. */
  readonly hairpinMode?: boolean
  readonly carrier?: boolean
  readonly ageingMs?: number
  readonly newName?: string
}

/** An address as `ip address add` gives it; what is left out gets the kernel's and iproute2's default. */
export interface NewAddress {
  readonly local: InterfaceAddress['local']
  readonly prefixLength: number
  readonly scope?: InterfaceAddress['scope']
  readonly broadcast?: InterfaceAddress['broadcast']
}

/** `ip link add NAME type KIND`. */
export function addDevice(_ns: NetNs, _options: AddDeviceOptions): ConfigResult {
  throw new Error('addDevice: being built')
}

/** `ip link add A type veth peer name B [netns …]`; `nsB` may be `nsA`. */
export function createVeth(_nsA: NetNs, _nameA: string, _nsB: NetNs, _nameB: string): ConfigResult {
  throw new Error('createVeth: being built')
}

/** `ip link delete NAME`; the other end of a veth pair goes with it. */
export function deleteDevice(_ns: NetNs, _name: string): ConfigResult {
  throw new Error('deleteDevice: being built')
}

/** `ip link set NAME netns … [name NEW]`. */
export function moveDevice(_from: NetNs, _to: NetNs, _name: string, _newName: string): ConfigResult {
  throw new Error('moveDevice: being built')
}

/** `ip link set NAME …`. */
export function setDevice(_ns: NetNs, _name: string, _change: DeviceChange): ConfigResult {
  throw new Error('setDevice: being built')
}

/** `ip address add`. */
export function addAddress(_ns: NetNs, _device: string, _address: NewAddress): ConfigResult {
  throw new Error('addAddress: being built')
}

/** `ip address delete`. */
export function deleteAddress(_ns: NetNs, _device: string, _address: NewAddress): ConfigResult {
  throw new Error('deleteAddress: being built')
}
