/** Kernel: net/core/dev.c, dev_hard_start_xmit(). A frame leaves by a device that is no bridge. */
import type { Packet } from '../net/packet.ts'
import { validateXmit } from './checksum-help.ts'
import type { Device } from './device.ts'
import { decidedBy, drop } from './drop.ts'
import type { KernelEffect } from './kernel-effect.ts'
import { netemEnqueue } from './netem.ts'
import type { NetNs } from './netns.ts'

/** False (and the packet freed) when the device is down or has no carrier. */
export function deviceReady(ns: NetNs, device: Device, packet: Packet): boolean {
  if (!device.up) {
    drop(ns, packet, 'DEV_READY', { by: decidedBy('device', `${device.name} is down`) })
    return false
  }
  if (!device.carrier) {
    drop(ns, packet, 'QDISC_DROP', { by: decidedBy('device', `${device.name} has no carrier`) })
    return false
  }
  return true
}

/** Through the device's queueing discipline, if it has one, to its driver. */
export function linkXmit(ns: NetNs, device: Device, packet: Packet): KernelEffect[] {
  if (!deviceReady(ns, device, packet)) return []
  const netem = ns.qdiscs.get(device.name)
  return (netem && netemEnqueue(ns, device, packet, netem)) ?? devHardStartXmit(ns, device, packet)
}

/** Hands the frame to the driver: the world carries it on, a tunnel wraps it, a dummy device swallows it. */
export function devHardStartXmit(ns: NetNs, device: Device, sent: Packet): KernelEffect[] {
  const { name } = device
  const packet = validateXmit(device, sent)
  ns.trace?.({ at: 'dev_queue_xmit', packet, device: name })
  switch (device.kind) {
    case 'dummy':
      return drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('device', `${name} is a dummy device`) })
    case 'vxlan':
    case 'ipip':
      return [{ kind: 'tunnel-xmit', device: name, packet }]
    case 'vlan':
      return vlanXmit(device, packet)
    case 'tun':
      return [{ kind: 'tun', device: name, packet }]
    default:
      return [{ kind: 'transmit', device: name, packet }]
  }
}

/** Kernel: net/8021q/vlan_dev.c, vlan_dev_hard_start_xmit(). */
function vlanXmit(device: Extract<Device, { kind: 'vlan' }>, packet: Packet): KernelEffect[] {
  const { eth } = packet
  return eth ? [{ kind: 'queue-xmit', device: device.link, packet: { ...packet, eth: { ...eth, vlanId: device.vlanId } } }] : []
}
