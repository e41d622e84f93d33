/** Kernel: net/core/dev.c, net/bridge/br_if.c, drivers/net/veth.c. What follows from a device's state: carrier, bridge address, neighbours, routes. */
import type { Mac } from '../net/mac.ts'
import { arpGratuitous } from './arp-send.ts'
import { bridgePorts, forgetPort } from './bridge-fdb.ts'
import { type Device, isNoArp } from './device.ts'
import type { Effect } from './effect.ts'
import { fibAddIfaddr, fibDisableDevice } from './fib-frontend.ts'
import { forgetMasqueraded } from './netfilter/nat-masquerade.ts'
import type { NetNs } from './netns.ts'
import { settle } from './settle.ts'
import { deviceConfOr } from './sysctl.ts'
import { vxlanForgetLearned } from './vxlan-fdb.ts'
import { syncVxlanSocket } from './vxlan-socket.ts'

/** Kernel: IFLA_BR_AGEING_TIME's default, 300 s. */
export const DEFAULT_AGEING_MS = 300_000

/** Replaces a device by a changed copy. Fields every kind has. */
export function updateDevice(
  ns: NetNs,
  name: string,
  change: Partial<Pick<Device, 'up' | 'carrier' | 'mtu' | 'mac' | 'master' | 'addresses' | 'promisc'>>,
): void {
  const device = ns.devices.get(name)
  if (device) ns.devices.set(name, { ...device, ...change })
}

/** The other end of a veth pair. */
export function vethPeer(ns: NetNs, device: Device): { ns: NetNs; device: Device } | null {
  if (device.kind !== 'veth') return null
  const peerNs = device.peer.netns === ns.name ? ns : ns.kernel.namespaces?.get(device.peer.netns)
  const peer = peerNs?.devices.get(device.peer.device)
  return peerNs && peer ? { ns: peerNs, device: peer } : null
}

/** `neigh_ifdown()` and `neigh_carrier_down()`: forgets the neighbours on a device (`permanent` too, or not). */
export function flushNeighbours(ns: NetNs, device: string, permanent: boolean): void {
  for (const [key, neighbour] of ns.neighbours) {
    if (neighbour.device === device && (permanent || neighbour.state !== 'PERMANENT')) ns.neighbours.delete(key)
  }
}

/** `br_port_state_selection()` and `br_stp_recalculate_bridge_id()`: carrier if a port is up; MAC of its lowest port unless assigned. */
export function refreshBridge(ns: NetNs, name: string): void {
  const bridge = ns.devices.get(name)
  if (bridge?.kind !== 'bridge') return
  const ports = bridgePorts(ns, name)
  setCarrier(
    ns,
    name,
    ports.some((port) => port.up && port.carrier),
  )
  const [lowest] = ports.map((port) => port.mac).sort()
  if (!bridge.macAssigned && lowest !== undefined && lowest !== bridge.mac) changeMac(ns, name, lowest)
}

/** `netif_carrier_on/off()`: neighbours learned on a link that is gone are forgotten; a bridge follows its ports. */
export function setCarrier(ns: NetNs, name: string, carrier: boolean): void {
  const device = ns.devices.get(name)
  if (!device || device.carrier === carrier) return
  updateDevice(ns, name, { carrier })
  if (!carrier) flushNeighbours(ns, name, false)
  if (!carrier) forgetPort(ns, device)
  if (device.master) refreshBridge(ns, device.master)
  for (const upper of vlansOn(ns, name)) setCarrier(ns, upper.name, carrier)
}

function vlansOn(ns: NetNs, name: string): Device[] {
  return [...ns.devices.values()].filter((device) => device.kind === 'vlan' && device.link === name)
}

/** `dev_set_mac_address()`: neighbours on the device are forgotten (`neigh_changeaddr`), also where the address is the one it had. */
export function changeMac(ns: NetNs, name: string, mac: Mac): void {
  const device = ns.devices.get(name)
  if (!device) return
  updateDevice(ns, name, { mac })
  flushNeighbours(ns, name, true)
  // vlan_sync_address(): a VLAN that has its lower device's address keeps it.
  for (const upper of vlansOn(ns, name)) if (upper.mac === device.mac) changeMac(ns, upper.name, mac)
}

/** `dev_open()` and `dev_close()` with what notifiers do: routes, loopback's address, carrier of the peer and the bridge, gratuitous ARP. */
export function setUp(ns: NetNs, name: string, up: boolean): Effect[] {
  const device = ns.devices.get(name)
  if (!device || device.up === up) return []
  updateDevice(ns, name, { up })
  syncVethCarrier(ns, name)
  if (device.master) refreshBridge(ns, device.master)
  if (device.kind === 'bridge') refreshBridge(ns, name)
  if (device.kind === 'vxlan') syncVxlanSocket(ns, device.vxlan.dstPort)
  const now = ns.devices.get(name) ?? device
  // vlan_device_event(): VLANs go down and come up with the device below them.
  const above = vlansOn(ns, name).flatMap((upper) => setUp(ns, upper.name, up))
  if (!up) {
    if (device.kind === 'vxlan') vxlanForgetLearned(device)
    fibDisableDevice(ns, name, 'down')
    flushNeighbours(ns, name, true)
    forgetPort(ns, device)
    forgetMasqueraded(ns, device.ifindex, null)
    return []
  }
  for (const address of now.addresses) fibAddIfaddr(ns, now, address)
  return [...announce(ns, now), ...above]
}

/** `inetdev_send_gratuitous_arp()`, with arp_notify: on coming up, and with another MAC address. */
export function announce(ns: NetNs, device: Device): Effect[] {
  if (!device.up || isNoArp(device) || !deviceConfOr(ns, device.name, 'arp_notify')) return []
  return settle(
    ns,
    device.addresses.flatMap((address) => arpGratuitous(ns, device, address.local)),
  )
}

/** `veth_open()` and `veth_close()`: both ends have carrier while both are up. */
export function syncVethCarrier(ns: NetNs, name: string): void {
  const device = ns.devices.get(name)
  if (device?.kind !== 'veth') return
  const peer = vethPeer(ns, device)
  const carrier = device.up && peer?.device.up === true
  setCarrier(ns, name, carrier)
  if (peer) setCarrier(peer.ns, peer.device.name, carrier)
}
