/** Kernel: net/core/dev.c, __dev_queue_xmit(). A complete frame leaves by a device: a bridge chooses its ports, others hand it to the wire. */
import type { Packet } from '../net/packet.ts'
import { brDevXmit } from './bridge-xmit.ts'
import { validateXmit } from './checksum-help.ts'
import { decidedBy, drop } from './drop.ts'
import type { KernelEffect } from './kernel-effect.ts'
import { deviceReady, linkXmit } from './link-xmit.ts'
import type { NetNs } from './netns.ts'

/** Sends the frame out of `name`. */
export function devQueueXmit(ns: NetNs, name: string, packet: Packet): KernelEffect[] {
  const device = ns.devices.get(name)
  if (!device) return drop(ns, packet, 'DEV_READY', { by: decidedBy('device', `${name} is gone`) })
  if (device.kind !== 'bridge') return linkXmit(ns, device, packet)
  return deviceReady(ns, device, packet) ? brDevXmit(ns, device, validateXmit(device, packet)) : []
}
