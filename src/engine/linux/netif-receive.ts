/** Kernel: net/core/dev.c, __netif_receive_skb_core(); net/ethernet/eth.c, eth_type_trans(). One frame, to whoever handles it. */
import { isMulticastMac, MAC_BROADCAST } from '../net/mac.ts'
import { copyPacket } from '../net/new-packet.ts'
import { isIp, type Packet } from '../net/packet.ts'
import { ETHERNET_HEADER_LENGTH, frameLength, VLAN_HEADER_LENGTH } from '../net/packet-length.ts'
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

function vlanOn(ns: NetNs, link: string, vlanId: number): Device | null {
  for (const device of ns.devices.values()) if (device.kind === 'vlan' && device.link === link && device.vlanId === vlanId) return device
  return null
}

/** Kernel: net/8021q/vlan_core.c, vlan_do_receive(): without its tag, received once more on the VLAN's device. */
function vlanReceive(packet: Packet, vlan: Device): KernelEffect[] {
  if (!packet.eth) return []
  const { vlanId: _tag, ...eth } = packet.eth
  return [{ kind: 'receive', device: vlan.name, packet: { ...packet, eth } }]
}

/** A frame arrived on `name` from a cable, or from the bridge of that name. */
export function netifReceive(ns: NetNs, name: string, packet: Packet): KernelEffect[] {
  const device = ns.devices.get(name)
  if (!device?.up) return drop(ns, packet, 'DEV_READY', { by: decidedBy('device', device ? `${name} is down` : `${name} is gone`) })
  const received = copyPacket(packet)
  received.iif = name
  ns.trace?.({ at: 'netif_receive_skb', packet: received, device: name })
  // is_skb_forwardable(): a VLAN tag's 4 bytes are allowed on top of the MTU.
  if (device.kind === 'veth' && frameLength(packet) > device.mtu + ETHERNET_HEADER_LENGTH + VLAN_HEADER_LENGTH) {
    return drop(ns, received, 'NOT_SPECIFIED', {
      by: decidedBy('mtu', `${name} mtu ${device.mtu}`),
      detail: 'longer than the receiving veth takes',
    })
  }
  if (packet.eth?.vlanId !== undefined) {
    const vlan = vlanOn(ns, name, packet.eth.vlanId)
    if (vlan) return vlanReceive(received, vlan)
  }
  if (device.master !== null) return brHandleFrame(ns, device, received)
  if (packet.eth?.vlanId !== undefined) {
    return drop(ns, received, 'UNHANDLED_PROTO', { by: decidedBy('device', `${name} has no VLAN ${packet.eth.vlanId}`) })
  }
  // eth_type_trans() was the port's: a bridge takes what is for the port that it came in by, too.
  const port = device.kind === 'bridge' && packet.iif !== null ? ns.devices.get(packet.iif) : undefined
  const isPorts = port !== undefined && packet.eth?.destination === port.mac
  const type = isPorts ? 'host' : packetType(device, packet)
  if (isIp(received)) return ipRcv(ns, name, received, type)
  if (type === 'otherhost') return drop(ns, received, 'OTHERHOST', { by: decidedBy('device', `${name} has another MAC address`) })
  return arpRcv(ns, device, received, type === 'host')
}
