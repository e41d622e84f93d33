/** Kernel: net/core/dev.c, dev_hard_start_xmit(). A frame leaves by a device that is no bridge. */
import type { Packet } from '../net/packet.ts'
import type { Device } from './device.ts'
import { decidedBy, drop } from './drop.ts'
import type { Effect } from './effect.ts'
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

/** Hands the frame to the driver: the world carries it on. A dummy device swallows it. */
export function linkXmit(ns: NetNs, device: Device, packet: Packet): Effect[] {
  if (!deviceReady(ns, device, packet)) return []
  ns.trace?.({ at: 'dev_queue_xmit', packet, device: device.name })
  if (device.kind === 'dummy') return drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('device', `${device.name} is a dummy device`) })
  return [{ kind: 'transmit', device: device.name, packet }]
}
