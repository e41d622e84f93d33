/** What `ip link` does. Kernel: net/core/rtnetlink.c, net/core/dev.c. Addresses: inet-address.ts. */
import { ipv4 } from '../net/ipv4.ts'
import type { Mac } from '../net/mac.ts'
import { bridgePorts, forgetPort } from './bridge-fdb.ts'
import { type Device, isHeaderless } from './device.ts'
import { nameError, register, validName } from './device-register.ts'
import {
  announce,
  changeMac,
  DEFAULT_AGEING_MS,
  flushNeighbours,
  refreshBridge,
  setCarrier,
  setUp,
  syncVethCarrier,
  updateDevice,
  vethPeer,
} from './device-state.ts'
import type { Effect } from './effect.ts'
import { fibDisableDevice } from './fib-frontend.ts'
import { addAddress, type ConfigResult, deleteAddress, type NewAddress } from './inet-address.ts'
import type { NetNs } from './netns.ts'
import { newMac } from './new-mac.ts'
import { forgetSysctls, renameSysctls } from './sysctl.ts'
import { largestMtu } from './tunnel-config.ts'
import { portTaken } from './vxlan-socket.ts'

export { addAddress, type ConfigResult, deleteAddress, type NewAddress }

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

/** 127.0.0.1 */
const LOOPBACK = ipv4(0x7f000001)
const DONE: ConfigResult = { ok: true, effects: [] }
const NO_DEVICE: ConfigResult = { ok: false, error: 'No such device' }

/** `ip link add NAME type KIND`, or a NIC that is there at boot. */
export function addDevice(ns: NetNs, options: AddDeviceOptions): ConfigResult {
  const error = nameError(ns, options.name)
  if (error) return error
  const base = {
    name: options.name,
    ifindex: ns.nextIfindex,
    mac: options.mac ?? newMac(ns),
    mtu: options.mtu ?? 1500,
    up: false,
    master: null,
    addresses: [],
    promisc: false,
  }
  if (options.kind === 'bridge') {
    register(ns, {
      ...base,
      kind: 'bridge',
      carrier: false,
      fdb: new Map(),
      ageingMs: DEFAULT_AGEING_MS,
      macAssigned: options.mac !== undefined,
      mtuAssigned: false,
    })
  } else if (options.kind === 'dummy') {
    register(ns, { ...base, kind: 'dummy', carrier: true, port: null })
  } else {
    register(ns, { ...base, kind: 'physical', carrier: true, network: options.network ?? 'lan', port: null })
  }
  return DONE
}

/** `ip link add A type veth peer name B [netns …]`; `nsB` may be `nsA`. */
export function createVeth(nsA: NetNs, nameA: string, nsB: NetNs, nameB: string): ConfigResult {
  const error = nameError(nsA, nameA) ?? nameError(nsB, nameB)
  if (error) return error
  if (nsA === nsB && nameA === nameB) {
    // The peer has been registered and taken back: its number is gone.
    nsA.nextIfindex++
    return { ok: false, error: 'File exists' }
  }
  const end = (ns: NetNs, name: string, peerNs: NetNs, peer: string): Device => ({
    kind: 'veth',
    name,
    ifindex: ns.nextIfindex,
    mac: newMac(ns),
    mtu: 1500,
    up: false,
    carrier: false,
    master: null,
    addresses: [],
    promisc: false,
    peer: { netns: peerNs.name, device: peer },
    port: null,
  })
  // The peer is registered first, as rtnetlink does: it has the lower ifindex.
  register(nsB, end(nsB, nameB, nsA, nameA))
  register(nsA, end(nsA, nameA, nsB, nameB))
  return DONE
}

/** Everything that hangs on a device goes: routes, neighbours, bridge membership, ports. */
function unlist(ns: NetNs, device: Device): void {
  setUp(ns, device.name, false)
  fibDisableDevice(ns, device.name, 'gone')
  for (const address of device.addresses) deleteAddress(ns, device.name, address)
  flushNeighbours(ns, device.name, true)
  forgetPort(ns, device)
  for (const port of bridgePorts(ns, device.name)) release(ns, port)
  ns.devices.delete(device.name)
  ns.qdiscs.delete(device.name)
  // Devices on top of it go with it (NETDEV_UNREGISTER).
  for (const upper of [...ns.devices.values()]) if (isOnTop(upper, device.name)) deleteDevice(ns, upper.name)
  if (device.master) refreshBridge(ns, device.master)
}

function isOnTop(device: Device, below: string): boolean {
  if (device.kind === 'vlan') return device.link === below
  return device.kind === 'vxlan' && device.vxlan.link === below
}

/** `ip link delete NAME`; the other end of a veth pair goes with it. */
export function deleteDevice(ns: NetNs, name: string): ConfigResult {
  const device = ns.devices.get(name)
  if (!device) return NO_DEVICE
  if (device.kind === 'loopback' || device.kind === 'physical') return { ok: false, error: 'Operation not supported' }
  // The fallback tunnel stays: deleting it is accepted and does nothing.
  if (device.kind === 'ipip' && name === 'tunl0') return DONE
  const peer = vethPeer(ns, device)
  unlist(ns, device)
  forgetSysctls(ns, name)
  if (peer) {
    unlist(peer.ns, peer.device)
    forgetSysctls(peer.ns, peer.device.name)
  }
  return DONE
}

/** `ip netns delete`: every device goes, and the far ends of its veth pairs; physical NICs would return to the machine. */
export function deleteNetNs(ns: NetNs): void {
  for (const device of [...ns.devices.values()]) if (device.kind !== 'loopback') deleteDevice(ns, device.name)
  ns.kernel.namespaces?.delete(ns.name)
  const { nftTrace } = ns.netfilter.ip
  nftTrace.namespaces.delete(ns.name)
  nftTrace.enabled = null
}

/** `ip link set NAME netns … [name NEW]`: it arrives down, without addresses and master. */
export function moveDevice(from: NetNs, to: NetNs, name: string, newName: string): ConfigResult {
  const device = from.devices.get(name)
  if (!device) return NO_DEVICE
  if (device.kind === 'loopback' || device.kind === 'bridge') return { ok: false, error: 'Error: The interface netns is immutable.' }
  if (device.kind === 'vxlan' || device.kind === 'ipip' || device.kind === 'tun' || device.kind === 'vlan')
    return { ok: false, error: `Error: a ${device.kind} device in another namespace than its underlay is not modelled.` }
  if (from === to) return newName === name ? DONE : setDevice(from, name, { newName })
  if (to.devices.has(newName)) return { ok: false, error: 'Error: An interface with the same name exists in the target netns.' }
  const error = nameError(to, newName)
  if (error) return error
  const peer = vethPeer(from, device)
  unlist(from, device)
  forgetSysctls(from, name)
  const taken = [...to.devices.values()].some((other) => other.ifindex === device.ifindex)
  const moved = { ...device, name: newName, ifindex: taken ? to.nextIfindex : device.ifindex, up: false, master: null, addresses: [] }
  register(to, 'port' in moved ? { ...moved, port: null } : moved)
  if (peer) repeer(peer.ns, peer.device.name, to.name, newName)
  syncVethCarrier(to, newName)
  return DONE
}

/** The end of a veth pair now has its other end elsewhere, or under another name. */
function repeer(ns: NetNs, name: string, netns: string, device: string): void {
  const end = ns.devices.get(name)
  if (end?.kind === 'veth') ns.devices.set(name, { ...end, peer: { netns, device } })
}

/** `ip link set NAME …`, `bridge link set …`: the changes in the order iproute2's kernel side applies them. */
export function setDevice(ns: NetNs, name: string, change: DeviceChange): ConfigResult {
  const device = ns.devices.get(name)
  if (!device) return NO_DEVICE
  const error = changeError(ns, device, change)
  if (error !== null) return { ok: false, error }
  const effects: Effect[] = []
  if (change.mac !== undefined) {
    if (device.kind === 'bridge') ns.devices.set(name, { ...device, macAssigned: true })
    changeMac(ns, name, change.mac)
    if (device.master) refreshBridge(ns, device.master)
    effects.push(...announce(ns, ns.devices.get(name) ?? device))
  }
  if (change.mtu !== undefined) {
    setMtu(ns, name, change.mtu)
    if (device.kind === 'bridge') assignMtu(ns, name)
  }
  if (change.promisc !== undefined) updateDevice(ns, name, { promisc: change.promisc })
  if (change.carrier !== undefined) setCarrier(ns, name, change.carrier)
  if (change.ageingMs !== undefined) setAgeing(ns, name, change.ageingMs)
  if (change.master !== undefined) setMaster(ns, name, change.master)
  if (change.hairpinMode !== undefined) setHairpin(ns, name, change.hairpinMode)
  if (change.up !== undefined) effects.push(...setUp(ns, name, change.up))
  // inetdev_event(NETDEV_UP): a loopback without addresses gets 127.0.0.1/8.
  if (device.kind === 'loopback' && change.up === true && device.addresses.length === 0)
    addAddress(ns, name, { local: LOOPBACK, prefixLength: 8, scope: 'host' })
  if (change.newName !== undefined && change.newName !== name) rename(ns, name, change.newName)
  return { ok: true, effects }
}

function changeError(ns: NetNs, device: Device, change: DeviceChange): string | null {
  if (change.mtu !== undefined && (change.mtu < 68 || change.mtu > 65535) && device.kind !== 'loopback') {
    return change.mtu < 68 ? 'Error: mtu less than device minimum.' : 'Error: mtu greater than device maximum.'
  }
  const largest = largestMtu(ns, device)
  if (change.mtu !== undefined && largest !== null && change.mtu > largest)
    return device.kind === 'vlan' ? 'Numerical result out of range' : 'Invalid argument'
  if (change.up === true && device.kind === 'vlan' && !ns.devices.get(device.link)?.up) return 'Network is down'
  if (change.up === true && device.kind === 'vxlan' && !device.up && portTaken(ns, device.vxlan.dstPort)) return 'Address already in use'
  // is_valid_ether_addr(): neither of a group nor of nobody.
  if (change.mac !== undefined && (Number.parseInt(change.mac.slice(0, 2), 16) & 1 || change.mac === '00:00:00:00:00:00'))
    return 'Cannot assign requested address'
  if (change.newName !== undefined && change.newName !== device.name) {
    if (!validName(change.newName)) return 'Invalid argument'
    if (ns.devices.has(change.newName)) return 'File exists'
  }
  if (change.ageingMs !== undefined && device.kind !== 'bridge') return 'Operation not supported'
  if (change.hairpinMode !== undefined && device.master === null && change.master === undefined) return 'Operation not supported'
  if (change.master === undefined || change.master === null) return null
  const bridge = ns.devices.get(change.master)
  if (!bridge) return 'No such device'
  if (bridge.kind !== 'bridge') return 'Operation not supported'
  if (device.kind === 'bridge') return 'Error: Can not enslave a bridge to a bridge.'
  if (isHeaderless(device)) return 'Invalid argument'
  return device.kind === 'loopback' ? 'Invalid argument' : null
}

/** `dev_set_mtu()`: VLANs above may not be larger; a bridge follows its ports. */
function setMtu(ns: NetNs, name: string, mtu: number): void {
  updateDevice(ns, name, { mtu })
  for (const upper of ns.devices.values()) if (upper.kind === 'vlan' && upper.link === name && upper.mtu > mtu) setMtu(ns, upper.name, mtu)
  const master = ns.devices.get(name)?.master ?? null
  if (master !== null) bridgeMtu(ns, master)
}

function setAgeing(ns: NetNs, name: string, ageingMs: number): void {
  const device = ns.devices.get(name)
  if (device?.kind === 'bridge') ns.devices.set(name, { ...device, ageingMs })
}

function setHairpin(ns: NetNs, name: string, hairpinMode: boolean): void {
  const device = ns.devices.get(name)
  if (device && 'port' in device && device.port) {
    ns.devices.set(name, { ...device, port: { ...device.port, hairpinMode } })
  }
}

/** `br_add_if()` and `br_del_if()`. */
function setMaster(ns: NetNs, name: string, master: string | null): void {
  const device = ns.devices.get(name)
  if (!device || device.master === master) return
  if (device.master) release(ns, device)
  if (master === null) return
  updateDevice(ns, name, { master })
  const port = ns.devices.get(name)
  if (port && 'port' in port) ns.devices.set(name, { ...port, port: { hairpinMode: false, state: 'forwarding' } })
  bridgeMtu(ns, master)
  refreshBridge(ns, master)
}

function release(ns: NetNs, device: Device): void {
  const bridge = device.master
  if (bridge === null) return
  forgetPort(ns, device)
  updateDevice(ns, device.name, { master: null })
  const port = ns.devices.get(device.name)
  if (port && 'port' in port) ns.devices.set(device.name, { ...port, port: null })
  bridgeMtu(ns, bridge)
  refreshBridge(ns, bridge)
}

/** `br_change_mtu()`: from now on what was said stays. */
function assignMtu(ns: NetNs, name: string): void {
  const bridge = ns.devices.get(name)
  if (bridge?.kind === 'bridge') ns.devices.set(name, { ...bridge, mtuAssigned: true })
}

/** `br_mtu_auto_adjust()`: the smallest MTU of its ports, unless one was said. */
function bridgeMtu(ns: NetNs, name: string): void {
  const bridge = ns.devices.get(name)
  const ports = bridgePorts(ns, name)
  if (bridge?.kind === 'bridge' && !bridge.mtuAssigned && ports.length > 0)
    updateDevice(ns, name, { mtu: Math.min(...ports.map((port) => port.mtu)) })
}

function rename(ns: NetNs, from: string, to: string): void {
  const devices = [...ns.devices.values()]
  ns.devices.clear()
  for (const device of devices) {
    const renamed = device.name === from ? { ...device, name: to } : device
    ns.devices.set(renamed.name, renamed.master === from ? { ...renamed, master: to } : renamed)
  }
  renameSysctls(ns, from, to)
  const peer = ns.devices.get(to)
  const end = peer && vethPeer(ns, peer)
  if (end) repeer(end.ns, end.device.name, ns.name, to)
  for (const [table, routes] of ns.fib) {
    ns.fib.set(
      table,
      routes.map((route) => ({ ...route, nexthops: route.nexthops.map((hop) => (hop.device === from ? { ...hop, device: to } : hop)) })),
    )
  }
  flushNeighbours(ns, from, true)
}
