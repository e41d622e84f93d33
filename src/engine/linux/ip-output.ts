/** Kernel: net/ipv4/ip_output.c. Packets on their way out. */
import { MAC_BROADCAST, MAC_ZERO } from '../net/mac.ts'
import { withEth } from '../net/new-packet.ts'
import type { IpPacket } from '../net/packet.ts'
import { ipLength } from '../net/packet-length.ts'
import { ETHERTYPE_IPV4, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED } from '../net/protocol-number.ts'
import { withoutPorts } from './bridge-ports.ts'
import { devQueueXmit } from './dev-queue-xmit.ts'
import { isHeaderless, isNoArp } from './device.ts'
import { decidedBy, drop } from './drop.ts'
import type { Errno } from './errno.ts'
import { outputDst, passHook } from './hook-verdict.ts'
import { ipFragment } from './ip-fragment.ts'
import { icmpRequest, type KernelEffect, NOT_LOCAL } from './kernel-effect.ts'
import { neighOutput } from './neighbour.ts'
import type { NetNs } from './netns.ts'
import type { RouteResult } from './route.ts'
import { dstMtu, forwardMtu } from './route-output.ts'

/** What `ip_local_out()` returns: what happens, and the error that send(2) would get. */
export interface Sent {
  readonly effects: KernelEffect[]
  readonly errno: Errno | null
}

/** `ip_local_out()`: a packet made here, already routed (`skb_dst`), through OUTPUT and out. */
export function ipLocalOut(ns: NetNs, packet: IpPacket, route: RouteResult): Sent {
  return localOut(ns, packet, route, null)
}

/** `iptunnel_xmit()`: the same for what a tunnel has wrapped, which POSTROUTING sees come in by the tunnel's device: it is still `skb->dev`. */
export function ipTunnelOut(ns: NetNs, packet: IpPacket, route: RouteResult, device: string): Sent {
  return localOut(ns, packet, route, device)
}

function localOut(ns: NetNs, packet: IpPacket, route: RouteResult, device: string | null): Sent {
  ns.explain?.({ at: 'fib_lookup', packet, result: route, error: null })
  const state = { in: null, out: route.device, route, bridged: false }
  const output = passHook(ns, 'OUTPUT', packet, { state, dst: outputDst(route) })
  if (output.packet === null) return output
  if (output.rerouted) ns.explain?.({ at: 'fib_lookup', packet: output.packet, result: output.route ?? null, error: null })
  const out = output.route ?? route
  const post = { in: device, out: out.device, route: out, bridged: false }
  const passed = passHook(ns, 'POSTROUTING', output.packet, { state: post, dst: outputDst(out) })
  return passed.packet === null ? passed : ipFinishOutput(ns, passed.packet, out, null)
}

/** `ip_output()`: POSTROUTING, then fragmentation and the neighbour. `indev`: where a forwarded packet came in. */
export function ipOutput(ns: NetNs, packet: IpPacket, route: RouteResult, indev: string | null): Sent {
  const state = { in: indev, out: route.device, route, bridged: false }
  const passed = passHook(ns, 'POSTROUTING', packet, { state, dst: outputDst(route) })
  return passed.packet === null ? passed : ipFinishOutput(ns, passed.packet, route, indev)
}

/**
 * `ip_finish_output()`: too long a packet is cut, or refused when it must not be; what was reassembled here is cut again as it was.
 * Sockets' own datagrams are cut whatever their DF says (`ignore_df`).
 */
function ipFinishOutput(ns: NetNs, packet: IpPacket, route: RouteResult, indev: string | null): Sent {
  const mtu = indev === null ? dstMtu(ns, route, packet.network.destination) : forwardMtu(ns, route)
  const pieces = Math.min(mtu, packet.fragMaxSize ?? mtu)
  if (ipLength(packet) <= pieces) return { effects: ipFinishOutput2(ns, packet, route), errno: null }
  const mayFragment = !packet.network.df || (indev === null && packet.transport?.kind !== 'tcp')
  if (mayFragment) return { effects: ipFragment(ns, packet, pieces).flatMap((piece) => ipFinishOutput2(ns, piece, route)), errno: null }
  drop(ns, packet, 'PKT_TOO_BIG', { by: decidedBy('mtu', `${route.device} mtu ${mtu}`) })
  const request = icmpRequest(packet, NOT_LOCAL, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED)
  return { effects: [{ ...request, mtu }], errno: 'EMSGSIZE' }
}

/** `ip_finish_output2()`: the link-layer address. br_netfilter's notes about the port it came in by end here. */
function ipFinishOutput2(ns: NetNs, packet: IpPacket, route: RouteResult): KernelEffect[] {
  const device = ns.devices.get(route.device)
  if (!device) return drop(ns, packet, 'DEV_READY', { by: decidedBy('device', `${route.device} is gone`) })
  const routed = withoutPorts(packet)
  if (isHeaderless(device)) return devQueueXmit(ns, device.name, withEth(routed, null))
  if (isNoArp(device)) return xmitTo(ns, device.name, routed, MAC_ZERO)
  if (route.route.type === 'broadcast') return xmitTo(ns, device.name, routed, MAC_BROADCAST)
  return neighOutput(ns, device, route.nextHop, routed)
}

function xmitTo(ns: NetNs, name: string, packet: IpPacket, destination: typeof MAC_ZERO): KernelEffect[] {
  const source = ns.devices.get(name)?.mac ?? MAC_ZERO
  return devQueueXmit(ns, name, withEth(packet, { source, destination, etherType: ETHERTYPE_IPV4 }))
}
