/** Kernel: net/ipv4/arp.c, arp_rcv(), arp_process(). */
import type { Address } from '../net/address.ts'
import type { ArpHeader, Packet } from '../net/packet.ts'
import { arpCreate } from './arp-send.ts'
import { devQueueXmit } from './dev-queue-xmit.ts'
import { type Device, isNoArp } from './device.ts'
import { drop } from './drop.ts'
import { inetAddrType } from './fib.ts'
import { SCOPE_ORDER } from './fib-table.ts'
import { inSubnet } from './inet-select-addr.ts'
import type { KernelEffect } from './kernel-effect.ts'
import { neighLookup, neighUpdate } from './neighbour.ts'
import type { NetNs } from './netns.ts'
import { ipRouteInput } from './route-input.ts'
import { ipRouteOutput } from './route-output.ts'
import { deviceConf, deviceConfMax, deviceConfOr, neighbourVar } from './sysctl.ts'

/** An ARP frame arrived on `device`. `toUs`: addressed to its MAC, not broadcast. */
export function arpRcv(ns: NetNs, device: Device, packet: Packet, toUs: boolean): KernelEffect[] {
  const arp = packet.network
  if (arp.kind !== 'arp' || isNoArp(device)) return drop(ns, packet, 'NOT_SPECIFIED')
  const { senderAddress: sip, targetAddress: tip } = arp
  const loopback = tip >>> 24 === 127 && !deviceConfOr(ns, device.name, 'route_localnet')
  if (tip >>> 28 === 14 || loopback) return drop(ns, packet, 'NOT_SPECIFIED', { detail: 'ARP for an address nobody can have' })
  if (sip === tip && deviceConfOr(ns, device.name, 'drop_gratuitous_arp'))
    return drop(ns, packet, 'NOT_SPECIFIED', { detail: 'drop_gratuitous_arp' })
  if (arp.operation === 'request') {
    const answered = sip === 0 ? duplicateProbe(ns, device, arp) : answerRequest(ns, device, packet, arp)
    if (answered) return answered
  }
  return sip === 0 ? [] : arpLearn(ns, device, packet, { arp, toUs })
}

/** RFC 2131: is the address taken? Someone without an address asks; any local address counts (inet_addr_type_dev_table()). */
function duplicateProbe(ns: NetNs, device: Device, arp: ArpHeader): KernelEffect[] {
  if (inetAddrType(ns, arp.targetAddress) !== 'LOCAL' || arpIgnore(ns, device, arp)) return []
  return reply(ns, device, arp)
}

/** Null: not for us, but something may be learned from it. */
function answerRequest(ns: NetNs, device: Device, packet: Packet, arp: ArpHeader): KernelEffect[] | null {
  const { senderAddress: source, targetAddress: destination } = arp
  const route = ipRouteInput(ns, device.name, { source, destination, tos: 0, mark: 0 })
  if (route.kind === 'local') {
    if (arpIgnore(ns, device, arp) || arpFilter(ns, device, arp)) return []
    return [...neighEventNs(ns, device, packet, arp), ...reply(ns, device, arp)]
  }
  const proxied = route.kind === 'forward' && route.result.device !== device.name && deviceConfOr(ns, device.name, 'proxy_arp')
  if (!proxied || deviceConf(ns, device.name, 'forwarding') === 0) return null
  return [...neighEventNs(ns, device, packet, arp), ...reply(ns, device, arp)]
}

/** Who asks is also learned: STALE, to be confirmed when used. */
function neighEventNs(ns: NetNs, device: Device, packet: Packet, arp: ArpHeader): KernelEffect[] {
  const news = { device: device.name, address: arp.senderAddress, lladdr: arp.senderMac, state: 'STALE', override: true, packet } as const
  return neighUpdate(ns, news, true)
}

function reply(ns: NetNs, device: Device, arp: ArpHeader): KernelEffect[] {
  const answer = arpCreate(ns, device, {
    operation: 'reply',
    senderAddress: arp.targetAddress,
    targetAddress: arp.senderAddress,
    targetMac: arp.senderMac,
  })
  return devQueueXmit(ns, device.name, answer)
}

/** `arp_ignore()`: 0 answer for any local address; 1 only for this device's; 2 also only to its subnet; 3 not for scope host; 8 never. */
function arpIgnore(ns: NetNs, device: Device, arp: ArpHeader): boolean {
  const { targetAddress, senderAddress } = arp
  const own = device.addresses.find((a) => a.local === targetAddress)
  switch (deviceConfMax(ns, device.name, 'arp_ignore')) {
    case 1:
      return own === undefined
    case 2:
      // inet_confirm_addr() asks about a sender only where there is one.
      return own === undefined || (senderAddress !== 0 && !inSubnet(senderAddress, own))
    case 3:
      return !hasNarrowEnough(ns, targetAddress)
    case 8:
      return true
    default:
      return false
  }
}

/** `arp_filter()`: with it no answer goes where a packet from the address that is asked for would not go. */
function arpFilter(ns: NetNs, device: Device, arp: ArpHeader): boolean {
  if (!deviceConfOr(ns, device.name, 'arp_filter')) return false
  const route = ipRouteOutput(ns, { source: arp.targetAddress, destination: arp.senderAddress })
  return 'error' in route || route.device !== device.name
}

function hasNarrowEnough(ns: NetNs, address: Address): boolean {
  return [...ns.devices.values()].some((device) =>
    device.addresses.some((a) => a.local === address && SCOPE_ORDER[a.scope] <= SCOPE_ORDER.link),
  )
}

/** "Update our ARP tables": an answer confirms; requests and broadcasts only refresh what is known; the unasked is ignored unless arp_accept. */
function arpLearn(ns: NetNs, device: Device, packet: Packet, told: { readonly arp: ArpHeader; readonly toUs: boolean }): KernelEffect[] {
  const { arp, toUs } = told
  const known = neighLookup(ns, device.name, arp.senderAddress)
  const accept = deviceConfOr(ns, device.name, 'arp_accept')
  if (!known && !accept) return []
  const unicast = inetAddrType(ns, arp.senderAddress) === 'UNICAST'
  const sameTarget = arp.operation === 'request' || arp.targetMac === arp.senderMac
  const gratuitous = arp.senderAddress === arp.targetAddress && sameTarget && unicast
  const create = accept && unicast && (gratuitous || arp.operation === 'reply')
  const locked = known !== null && ns.kernel.nowMs <= known.updatedMs + neighbourVar(ns, device.name, 'locktime') * 10
  const state = arp.operation === 'reply' && toUs ? 'REACHABLE' : 'STALE'
  const override = gratuitous || !locked
  return neighUpdate(ns, { device: device.name, address: arp.senderAddress, lladdr: arp.senderMac, state, override, packet }, create)
}
