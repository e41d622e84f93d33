/** Kernel: net/bridge/br_device.c, br_forward.c. A frame leaves through ports of a bridge. */
import { isMulticastMac } from '../net/mac.ts'
import type { Packet } from '../net/packet.ts'
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
    return [target, original ? packet : { ...packet, id: newPacketId(ns), parent: packet.id }]
  })
}

/** `br_dev_xmit()`: the machine itself sends on the bridge. */
export function brDevXmit(ns: NetNs, bridge: Bridge, packet: Packet): KernelEffect[] {
  const destination = packet.eth?.destination
  if (destination === undefined) return drop(ns, packet, 'DEV_HDR')
  ns.trace?.({ at: 'dev_queue_xmit', packet, device: bridge.name })
  const group = isMulticastMac(destination)
  const entry = group ? null : fdbFind(ns, bridge, destination)
  if (entry || (!group && isLocalMac(ns, bridge, destination))) return xmitToPort(ns, bridge, packet, entry?.port ?? null)
  const ports = bridgePorts(ns, bridge.name).filter((port) => shouldDeliver(port, null))
  ns.trace?.({
    at: 'br_fdb',
    packet,
    bridge: bridge.name,
    port: null,
    decision: 'flood',
    ports: ports.map((port) => port.name),
    learned: false,
  })
  if (ports.length === 0) return drop(ns, packet, 'NO_TX_TARGET', { by: decidedBy('bridge', `${bridge.name} has no port to send to`) })
  return cloneFor(ns, packet, ports, true).flatMap(([port, clone]) => linkXmit(ns, port, clone))
}

function xmitToPort(ns: NetNs, bridge: Bridge, packet: Packet, portName: string | null): KernelEffect[] {
  const port = portName === null ? undefined : ns.devices.get(portName)
  const forward = port !== undefined && shouldDeliver(port, null)
  ns.trace?.({
    at: 'br_fdb',
    packet,
    bridge: bridge.name,
    port: null,
    decision: forward ? 'forward' : 'drop',
    ports: forward ? [port.name] : [],
    learned: false,
  })
  if (forward) return linkXmit(ns, port, packet)
  return drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('bridge', `${bridge.name}: port ${portName ?? bridge.name} does not forward`) })
}
