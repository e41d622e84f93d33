/** Kernel: drivers/net/vxlan/vxlan_core.c, vxlan_rcv(). A UDP packet's load becomes a frame again. */
import type { IpHeader, IpPacket } from '../net/packet.ts'
import { isVxlanHeader } from '../net/packet-bytes.ts'
import { decidedBy, drop } from './drop.ts'
import { unwrapped } from './ip-tunnel.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { vxlanSnoop } from './vxlan-fdb.ts'
import { vxlanFindVni } from './vxlan-xmit.ts'

/** A packet for the port of a VXLAN device. */
export function vxlanRcv(ns: NetNs, packet: IpPacket, ip: IpHeader, port: number): KernelEffect[] {
  const { data, inner } = packet.payload
  if (!isVxlanHeader(data) || !inner?.eth) return drop(ns, packet, 'VXLAN_INVALID_HDR', { detail: 'no VXLAN header' })
  const device = vxlanFindVni(ns, data.vni, port)
  if (!device) return drop(ns, packet, 'VXLAN_VNI_NOT_FOUND', { by: decidedBy('device', `no VXLAN device has id ${data.vni}`) })
  if (inner.eth.source === device.mac) {
    return drop(ns, packet, 'LOCAL_MAC', { by: decidedBy('device', `${device.name}: the frame comes from its own address ${device.mac}`) })
  }
  if (device.vxlan.learning && !vxlanSnoop(ns, device, inner.eth.source, ip.source)) {
    return drop(ns, packet, 'VXLAN_ENTRY_EXISTS', { by: decidedBy('device', `${device.name}: ${inner.eth.source} belongs elsewhere`) })
  }
  const frame = unwrapped(packet, inner)
  ns.trace?.({ at: 'decap', packet: frame, before: packet, device: device.name })
  return [{ kind: 'netif-rx', device: device.name, packet: frame }]
}
