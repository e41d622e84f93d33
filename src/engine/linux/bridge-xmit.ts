/** Kernel: net/bridge/br_device.c, br_forward.c. A frame leaves through ports of a bridge. */

import { isMulticastMac } from '../net/mac.ts'
import { copyPacket } from '../net/new-packet.ts'
import type { Packet } from '../net/packet.ts'
import { ETHERNET_HEADER_LENGTH, frameLength, VLAN_HEADER_LENGTH } from '../net/packet-length.ts'
import { type Bridge, bridgePorts, fdbFind, isLocalMac } from './bridge-fdb.ts'
import { bridgePortOf, type Device } from './device.ts'
import { decidedBy, drop } from './drop.ts'
import type { KernelEffect } from './kernel-effect.ts'
import { linkXmit } from './link-xmit.ts'
import type { NetNs } from './netns.ts'
import { newPacketId } from './packet-id.ts'

/** `should_deliver()`: not back to the port it came in by (unless hairpin_mode), and only where frames are forwarded. */
export function shouldDeliver(port: Device, ingress: string | null): boolean {
  const settings = bridgePortOf(port)
  if (!port.up || !port.carrier || settings?.state === 'disabled') return false
  return port.name !== ingress || settings?.hairpinMode === true
}

/** `br_flood()`: one packet for each port: clones with ids of their own, the last is the packet itself unless that goes up too. */
export function cloneFor<Target>(ns: NetNs, packet: Packet, targets: readonly Target[], keepLast: boolean): [Target, Packet][] {
  return targets.map((target, i) => {
    const original = keepLast && i === targets.length - 1
    return [target, original ? packet : clone(ns, packet)]
  })
}

function clone(ns: NetNs, packet: Packet): Packet {
  const copy = copyPacket(packet)
  copy.id = newPacketId(ns)
  copy.parent = packet.id
  return copy
}

/** `br_dev_queue_push_xmit()`: out of a port, unless it is longer than the port takes (`is_skb_forwardable()`): nobody is told. */
export function brDevQueuePushXmit(ns: NetNs, port: Device, packet: Packet): KernelEffect[] {
  if (frameLength(packet) <= port.mtu + ETHERNET_HEADER_LENGTH + VLAN_HEADER_LENGTH) return linkXmit(ns, port, packet)
  const by = decidedBy('mtu', `${port.name} mtu ${port.mtu}`)
  return drop(ns, packet, 'NOT_SPECIFIED', { by, detail: 'longer than the port of the bridge takes' })
}

/** `br_dev_xmit()`: the machine itself sends on the bridge. */
export function brDevXmit(ns: NetNs, bridge: Bridge, packet: Packet): KernelEffect[] {
  const destination = packet.eth?.destination
  if (destination === undefined) return drop(ns, packet, 'DEV_HDR')
  ns.trace?.({ at: 'dev_queue_xmit', packet, device: bridge.name })
  const group = isMulticastMac(destination)
  const entry = group ? null : fdbFind(ns, bridge, destination)
  if (entry) return xmitToPort(ns, bridge, packet, ns.devices.get(entry.port) ?? bridge)
  // A port's own address is behind that port (br_fdb_add_local()), the bridge's behind none.
  if (!group && isLocalMac(ns, bridge, destination))
    return xmitToPort(ns, bridge, packet, bridgePorts(ns, bridge.name).find((port) => port.mac === destination) ?? bridge)
  const ports = bridgePorts(ns, bridge.name).filter((port) => shouldDeliver(port, null))
  ns.explain?.({
    at: 'br_fdb',
    packet,
    bridge: bridge.name,
    port: null,
    decision: 'flood',
    ports: ports.map((port) => port.name),
    learned: false,
  })
  if (ports.length === 0) return drop(ns, packet, 'NO_TX_TARGET', { by: decidedBy('bridge', `${bridge.name} has no port to send to`) })
  return cloneFor(ns, packet, ports, true).flatMap(([port, clone]) => brDevQueuePushXmit(ns, port, clone))
}

/** `br_forward()`. `to`: the port, or the bridge itself, which is none. */
function xmitToPort(ns: NetNs, bridge: Bridge, packet: Packet, to: Device): KernelEffect[] {
  const forward = to !== bridge && shouldDeliver(to, null)
  ns.explain?.({
    at: 'br_fdb',
    packet,
    bridge: bridge.name,
    port: null,
    decision: forward ? 'forward' : 'drop',
    ports: forward ? [to.name] : [],
    learned: false,
  })
  if (forward) return brDevQueuePushXmit(ns, to, packet)
  return drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('bridge', `${bridge.name}: port ${to.name} does not forward`) })
}
