/** Kernel: include/linux/netdevice.h. What `ip -d link` shows of one device. All fields are plain data. */
import type { Address } from '../net/address.ts'
import type { Mac } from '../net/mac.ts'

/** An address on a device (`ip addr`). `local` with its prefix length; `scope` as `ip` prints it. */
export interface InterfaceAddress {
  readonly local: Address
  readonly prefixLength: number
  readonly scope: 'global' | 'link' | 'host'
  readonly broadcast: Address | null
  /** Second and later addresses of one subnet are `secondary`. */
  readonly secondary: boolean
}

interface DeviceBase {
  readonly name: string
  readonly ifindex: number
  readonly mac: Mac
  /** Bytes of IP that fit. */
  readonly mtu: number
  /** Administratively up (`ip link set up`). */
  readonly up: boolean
  /** Carrier: the other end of the cable exists and is up. */
  readonly carrier: boolean
  /** Name of the bridge this device is a port of. */
  readonly master: string | null
  readonly addresses: readonly InterfaceAddress[]
  readonly promisc: boolean
}

/** One learned or static entry of a bridge's forwarding database. */
export interface FdbEntry {
  readonly mac: Mac
  /** Port device name; the bridge's own name for its own address. */
  readonly port: string
  /** Virtual time of the last frame from it, ms; static entries never age. */
  readonly updatedMs: number
  readonly static: boolean
}

export type BridgePort = { readonly hairpinMode: boolean; readonly state: 'forwarding' | 'disabled' }

export type Device =
  | (DeviceBase & { readonly kind: 'loopback' })
  /** `peer` names the other end: a namespace of the same machine and a device in it. */
  | (DeviceBase & {
      readonly kind: 'veth'
      readonly peer: { readonly netns: string; readonly device: string }
      readonly port: BridgePort | null
    })
  /** `macAssigned`: its address was set by hand, so it no longer follows its ports' lowest (`NET_ADDR_SET`). */
  | (DeviceBase & { readonly kind: 'bridge'; readonly fdb: Map<Mac, FdbEntry>; readonly ageingMs: number; readonly macAssigned: boolean })
  /** A NIC on an L2 segment; the simulation knows who else is plugged in. */
  | (DeviceBase & { readonly kind: 'physical'; readonly network: string; readonly port: BridgePort | null })
  | (DeviceBase & { readonly kind: 'dummy' })
