/** Kernel: drivers/net/tun.c. The file of a TUN device: a program reads the packets sent to the device, and what it writes arrives on it. */
import type { CarriedPacket } from '../net/carried-packet.ts'
import type { Packet } from '../net/packet.ts'
import { deleteDevice } from './device-config.ts'
import { setCarrier } from './device-state.ts'
import { decidedBy, drop } from './drop.ts'
import type { Effect } from './effect.ts'
import type { Errno } from './errno.ts'
import type { NetNs } from './netns.ts'
import { newPacketId } from './packet-id.ts'
import { netifReceiveSkb } from './receive.ts'
import { addTun } from './tunnel-config.ts'

/** TUNSETIFF: opens a device, making it where there is none. One program at a time (no IFF_MULTI_QUEUE). */
export function tunAttach(ns: NetNs, name: string): Errno | null {
  const device = ns.devices.get(name)
  if (!device) return addTun(ns, { name }, false).ok ? null : 'EINVAL'
  if (device.kind !== 'tun') return 'EINVAL'
  if (device.carrier) return 'EBUSY'
  setCarrier(ns, name, true)
  return null
}

/** `tun_chr_close()`: a device that no `ip tuntap` made goes with its program. */
export function tunDetach(ns: NetNs, name: string): void {
  const device = ns.devices.get(name)
  if (device?.kind !== 'tun') return
  if (device.persistent) setCarrier(ns, name, false)
  else deleteDevice(ns, name)
}

/** `tun_do_read()`: what the program gets. */
export function tunRead(ns: NetNs, device: string, packet: Packet): CarriedPacket {
  ns.trace?.({ at: 'socket', packet, action: 'receive', socket: null, detail: `read from ${device}` })
  return { kind: 'ip-packet', packet, device, outer: null }
}

/** `tun_get_user()`: a new packet arrives on the device. */
export function tunWrite(ns: NetNs, device: string, carried: CarriedPacket): Effect[] {
  const { packet: given, outer } = carried
  const fresh = { eth: null, mark: 0, iif: null, physIn: null, physOut: null, ct: null, socket: null }
  const packet: Packet = { ...given, ...fresh, id: newPacketId(ns), parent: outer?.id ?? given.id }
  if (!ns.devices.get(device)?.up) return drop(ns, packet, 'DEV_READY', { by: decidedBy('device', `${device} is down`) })
  if (outer) ns.trace?.({ at: 'decap', packet, before: outer, device })
  return netifReceiveSkb(ns, device, packet)
}
