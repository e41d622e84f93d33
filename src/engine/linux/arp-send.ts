/** Kernel: net/ipv4/arp.c, arp_create(), arp_send(). */
import type { Address } from '../net/address.ts'
import { MAC_BROADCAST, MAC_ZERO, type Mac } from '../net/mac.ts'
import { NO_PAYLOAD } from '../net/new-packet.ts'
import type { Packet } from '../net/packet.ts'
import { ETHERTYPE_ARP } from '../net/protocol-number.ts'
import { devQueueXmit } from './dev-queue-xmit.ts'
import type { Device } from './device.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { newPacketId } from './packet-id.ts'

export interface ArpMessage {
  readonly operation: 'request' | 'reply'
  readonly senderAddress: Address
  readonly targetAddress: Address
  /** Null: unknown, the request is broadcast. */
  readonly targetMac: Mac | null
}

/** Makes an ARP frame of a device. */
export function arpCreate(ns: NetNs, device: Device, message: ArpMessage): Packet {
  return {
    id: newPacketId(ns),
    parent: null,
    eth: { source: device.mac, destination: message.targetMac ?? MAC_BROADCAST, etherType: ETHERTYPE_ARP },
    network: {
      kind: 'arp',
      operation: message.operation,
      senderMac: device.mac,
      senderAddress: message.senderAddress,
      targetMac: message.targetMac ?? MAC_ZERO,
      targetAddress: message.targetAddress,
    },
    transport: null,
    payload: NO_PAYLOAD,
    mark: 0,
    iif: null,
    physIn: null,
    physOut: null,
    ct: null,
    ipvs: false,
    hash: null,
    fragMaxSize: null,
    socket: null,
  }
}

/** `inetdev_send_gratuitous_arp()`: tells everyone on the segment who has `address`. */
export function arpGratuitous(ns: NetNs, device: Device, address: Address): KernelEffect[] {
  return devQueueXmit(
    ns,
    device.name,
    arpCreate(ns, device, { operation: 'request', senderAddress: address, targetAddress: address, targetMac: null }),
  )
}
