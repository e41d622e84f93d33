/** Kernel: net/core/dev.c, __netif_receive_skb_core(); net/ethernet/eth.c, eth_type_trans(). One frame, to whoever handles it. */
import { isMulticastMac, MAC_BROADCAST } from '../net/mac.ts'
import type { Packet } from '../net/packet.ts'
import { ipLength } from '../net/packet-length.ts'
import { arpRcv } from './arp-rcv.ts'
import { brHandleFrame } from './bridge-input.ts'
import type { Device } from './device.ts'
import { decidedBy, drop } from './drop.ts'
import { ipRcv, type PacketType } from './ip-input.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'

/** `eth_type_trans()`: is the frame for us? Loopback frames always are. */
function packetType(device: Device, packet: Packet): PacketType {
  const destination = packet.eth?.destination
  if (destination === undefined || device.kind === 'loopback' || destination === device.mac) return 'host'
  if (destination === MAC_BROADCAST) return 'broadcast'
  return isMulticastMac(destination) ? 'multicast' : 'otherhost'
}

/** Kernel: is_skb_forwardable(): a VLAN tag's 4 bytes are allowed on top of the MTU. */
const VLAN_HEADER_LENGTH = 4

/** A frame arrived on `name` from a cable, or from the bridge of that name. */
export function netifReceive(ns: NetNs, name: string, packet: Packet): KernelEffect[] {
  const device = ns.devices.get(name)
  if (!device?.up) return drop(ns, packet, 'DEV_READY', { by: decidedBy('device', device ? `${name} is down` : `${name} is gone`) })
  const received = { ...packet, iif: name }
  ns.trace?.({ at: 'netif_receive_skb', packet: received, device: name })
  if (device.kind === 'veth' && ipLength(packet) > device.mtu + VLAN_HEADER_LENGTH) {
    return drop(ns, received, 'NOT_SPECIFIED', {
      by: decidedBy('mtu', `${name} mtu ${device.mtu}`),
      detail: 'longer than the receiving veth takes',
    })
  }
  if (device.master !== null) return brHandleFrame(ns, device, received)
  const type = packetType(device, packet)
  if (packet.network.kind === 'ip') return ipRcv(ns, name, received, type)
  if (type === 'otherhost') return drop(ns, received, 'OTHERHOST', { by: decidedBy('device', `${name} has another MAC address`) })
  return arpRcv(ns, device, received, type === 'host')
}
