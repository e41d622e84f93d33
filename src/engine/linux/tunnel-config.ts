/** What `ip link add` does for VXLAN, IPIP, VLAN and TUN devices. Kernel: vxlan_core.c vxlan_newlink(), ip_tunnel.c, vlan_netlink.c, tun.c. */
import { MAC_ZERO, type Mac } from '../net/mac.ts'
import { IPV4_HEADER_LENGTH } from '../net/packet-length.ts'
import type { Device, IpTunnelConfig, VxlanConfig } from './device.ts'
import { newDevice } from './device-register.ts'
import type { ConfigResult } from './inet-address.ts'
import type { NetNs } from './netns.ts'
import { newMac } from './new-mac.ts'
import { ipRouteOutput } from './route-output.ts'
import { VXLAN_HEADROOM } from './vxlan-fdb.ts'

/** Name, and what `ip link add` may say of every kind. */
export interface NewDevice {
  readonly name: string
  readonly mac?: Mac
  readonly mtu?: number
}

const base = (ns: NetNs, { name, mac, mtu }: NewDevice) => ({
  name,
  ifindex: ns.nextIfindex,
  mac: mac ?? MAC_ZERO,
  mtu: mtu ?? 1500,
  up: false,
  carrier: true,
  master: null,
  addresses: [],
  promisc: false,
})

/** What fits behind the headers on a device of that name; 1500 bytes where there is none. */
function mtuBelow(ns: NetNs, link: string | null, headers: number): number {
  return (ns.devices.get(link ?? '')?.mtu ?? 1500) - headers
}

/** The largest MTU `ip link set` may give a device; null: no such limit. */
export function largestMtu(ns: NetNs, device: Device): number | null {
  if (device.kind === 'vlan') return ns.devices.get(device.link)?.mtu ?? null
  if (device.kind !== 'vxlan' || device.vxlan.link === null) return null
  return mtuBelow(ns, device.vxlan.link, VXLAN_HEADROOM)
}

/** `ip link add NAME type vxlan id N …`. */
export function addVxlan(ns: NetNs, device: NewDevice, vxlan: VxlanConfig): ConfigResult {
  for (const other of ns.devices.values()) {
    if (other.kind === 'vxlan' && other.vxlan.vni === vxlan.vni && other.vxlan.dstPort === vxlan.dstPort)
      return { ok: false, error: 'Error: A VXLAN device with the specified VNI already exists.' }
  }
  const most = vxlan.link === null ? 65535 : mtuBelow(ns, vxlan.link, VXLAN_HEADROOM)
  const mtu = Math.min(device.mtu ?? (vxlan.link === null ? 1500 : most), most)
  const remote = vxlan.remote === null ? [] : [{ address: vxlan.remote, port: null, vni: null, link: vxlan.link }]
  const flood = { mac: MAC_ZERO, remotes: remote, state: 'permanent', updatedMs: 0 } as const
  const mac = device.mac ?? newMac(ns)
  return newDevice(ns, {
    ...base(ns, { ...device, mac, mtu }),
    kind: 'vxlan',
    vxlan,
    fdb: new Map(remote.length > 0 ? [[MAC_ZERO, flood]] : []),
    port: null,
  })
}

/** The device every namespace has once the module is in use: takes packets from anywhere. */
const FALLBACK_TUNNEL = 'tunl0'
const ANY_TUNNEL: IpTunnelConfig = { mode: 'any', local: null, remote: null, link: null, ttl: 0, pmtuDiscovery: false }

/** `modprobe ipip`, or the first IPIP device: `tunl0` appears, down. */
export function loadIpip(ns: NetNs): void {
  const device = base(ns, { name: FALLBACK_TUNNEL, mtu: 1500 - IPV4_HEADER_LENGTH })
  if (!ns.devices.has(FALLBACK_TUNNEL)) newDevice(ns, { ...device, kind: 'ipip', tunnel: ANY_TUNNEL })
}

/** `ip link add NAME type ipip …`, `ip tunnel add NAME mode ipip …`: one device for each pair of ends. */
export function addIpip(ns: NetNs, device: NewDevice, tunnel: IpTunnelConfig): ConfigResult {
  loadIpip(ns)
  for (const other of ns.devices.values()) {
    if (
      other.kind === 'ipip' &&
      other.tunnel.local === tunnel.local &&
      other.tunnel.remote === tunnel.remote &&
      other.tunnel.link === tunnel.link
    )
      return { ok: false, error: 'File exists' }
  }
  // ip_tunnel_bind_dev(): without a link, "guess output device to choose reasonable mtu".
  const route = tunnel.remote === null ? null : ipRouteOutput(ns, { source: tunnel.local, destination: tunnel.remote, anySource: true })
  const link = tunnel.link ?? (route && !('error' in route) ? route.device : null)
  const mtu = device.mtu ?? mtuBelow(ns, link, IPV4_HEADER_LENGTH)
  return newDevice(ns, { ...base(ns, { ...device, mtu }), mac: MAC_ZERO, kind: 'ipip', tunnel })
}

/** `ip tuntap add dev NAME mode tun`, or a program that opens one: without carrier until a program has it. */
export function addTun(ns: NetNs, device: NewDevice, persistent: boolean): ConfigResult {
  return newDevice(ns, { ...base(ns, device), mac: MAC_ZERO, carrier: !persistent, kind: 'tun', persistent })
}

/** `ip link add link LINK name NAME type vlan id N`. */
export function addVlan(ns: NetNs, device: NewDevice, { link, vlanId }: { readonly link: string; readonly vlanId: number }): ConfigResult {
  const lower = ns.devices.get(link)
  if (!lower) return { ok: false, error: 'No such device' }
  if (vlanId < 0 || vlanId > 4094) return { ok: false, error: 'Error: 8021q: Invalid VLAN id.' }
  for (const other of ns.devices.values()) {
    if (other.kind === 'vlan' && other.link === link && other.vlanId === vlanId)
      return { ok: false, error: 'Error: 8021q: VLAN device already exists.' }
  }
  const made = base(ns, { ...device, mac: device.mac ?? lower.mac, mtu: Math.min(device.mtu ?? lower.mtu, lower.mtu) })
  return newDevice(ns, { ...made, carrier: lower.carrier, kind: 'vlan', link, vlanId, port: null })
}
