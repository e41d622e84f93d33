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
  /** `ifa_label`, where it is another than the device's name. */
  readonly label?: string
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

/** Where a VXLAN device sends frames for one MAC address. Null: the device's own port, VNI or link. */
export interface VxlanRemote {
  readonly address: Address
  readonly port: number | null
  readonly vni: number | null
  readonly link: string | null
}

/** `bridge fdb` of a VXLAN device. `permanent` and `static` entries never age nor move; learned ones are `reachable`. */
export interface VxlanFdbEntry {
  readonly mac: Mac
  /** All get a copy; only the group and the all-zeros address have several. */
  readonly remotes: readonly VxlanRemote[]
  readonly state: 'permanent' | 'static' | 'reachable'
  /** Virtual time it was last learned, ms. */
  readonly updatedMs: number
}

export type BridgePort = { readonly hairpinMode: boolean; readonly state: 'forwarding' | 'disabled' }

/** Kernel: struct vxlan_config, the part that is modelled. */
export interface VxlanConfig {
  /** VXLAN network identifier. */
  readonly vni: number
  /** Source address of outer packets; null: what the route selects. */
  readonly local: Address | null
  /** Where frames go whose MAC address has no entry; null: nowhere. */
  readonly remote: Address | null
  /** The device outer packets leave by; null: as the route says. */
  readonly link: string | null
  /** UDP port, here and there. */
  readonly dstPort: number
  /** Are MAC addresses learned from what arrives? */
  readonly learning: boolean
  /** Of outer packets; 0: the default of this namespace (`ttl auto`). */
  readonly ttl: number
  readonly tos: number
  /** Don't Fragment on outer packets. */
  readonly df: boolean
  readonly ageingMs: number
}

/** Kernel: struct ip_tunnel_parm. Null addresses are any; `ttl` 0 inherits the inner packet's. */
export interface IpTunnelConfig {
  /** What it carries: `ipip` IPv4 only, `any` MPLS too (which no one sends here). */
  readonly mode: 'any' | 'ipip'
  readonly local: Address | null
  readonly remote: Address | null
  readonly link: string | null
  readonly ttl: number
  /** Outer packets inherit Don't Fragment, and what does not fit is refused. */
  readonly pmtuDiscovery: boolean
}

export type Device =
  | (DeviceBase & { readonly kind: 'loopback' })
  /** `peer` names the other end: a namespace of the same machine and a device in it. */
  | (DeviceBase & {
      readonly kind: 'veth'
      readonly peer: { readonly netns: string; readonly device: string }
      readonly port: BridgePort | null
    })
  /**
   * `macAssigned`: its address was set by hand, so it no longer follows its ports' lowest (`NET_ADDR_SET`); `mtuAssigned`: nor does its MTU
   * follow their smallest (`BROPT_MTU_SET_BY_USER`).
   */
  | (DeviceBase & {
      readonly kind: 'bridge'
      readonly fdb: Map<Mac, FdbEntry>
      readonly ageingMs: number
      readonly macAssigned: boolean
      readonly mtuAssigned: boolean
    })
  /** A NIC on an L2 segment; the simulation knows who else is plugged in. */
  | (DeviceBase & { readonly kind: 'physical'; readonly network: string; readonly port: BridgePort | null })
  | (DeviceBase & { readonly kind: 'dummy'; readonly port: BridgePort | null })
  | (DeviceBase & {
      readonly kind: 'vxlan'
      readonly vxlan: VxlanConfig
      readonly fdb: Map<Mac, VxlanFdbEntry>
      readonly port: BridgePort | null
    })
  /** IP in IP (RFC 2003). */
  | (DeviceBase & { readonly kind: 'ipip'; readonly tunnel: IpTunnelConfig })
  /** A program reads what is sent to it and writes what it receives; carrier while one has it open. `persistent`: made by `ip tuntap`. */
  | (DeviceBase & { readonly kind: 'tun'; readonly persistent: boolean })
  /** IEEE 802.1Q on top of another device. */
  | (DeviceBase & { readonly kind: 'vlan'; readonly link: string; readonly vlanId: number; readonly port: BridgePort | null })

/** What a device is as a port of a bridge; null when it is none, or cannot be one. */
export function bridgePortOf(device: Device): BridgePort | null {
  return 'port' in device ? device.port : null
}

/** IFF_NOARP: its neighbours have no link-layer address. */
export function isNoArp(device: Device): boolean {
  return device.kind === 'loopback' || device.kind === 'dummy' || device.kind === 'ipip' || device.kind === 'tun'
}

/** Frames on it carry no Ethernet header (ARPHRD_NONE, ARPHRD_TUNNEL). */
export function isHeaderless(device: Device): boolean {
  return device.kind === 'ipip' || device.kind === 'tun'
}
