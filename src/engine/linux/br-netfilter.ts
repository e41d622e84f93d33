/** Kernel: net/bridge/br_netfilter_hooks.c. iptables sees bridged IPv4 frames when bridge-nf-call-iptables is on (it is per namespace). */
import type { Address } from '../net/address.ts'
import { isMulticastMac } from '../net/mac.ts'
import { withEth } from '../net/new-packet.ts'
import { type IpPacket, isIp, type Packet } from '../net/packet.ts'
import { ETHERTYPE_IPV4 } from '../net/protocol-number.ts'
import type { Bridge } from './bridge-fdb.ts'
import { withoutPorts, withPorts } from './bridge-ports.ts'
import { drop } from './drop.ts'
import { passHook } from './hook-verdict.ts'
import { nfDefrag } from './ip-defrag.ts'
import type { KernelEffect, SkbDst } from './kernel-effect.ts'
import { hasCachedHeader, neighResolve } from './neighbour.ts'
import { nfCtGet } from './netfilter/conntrack-table.ts'
import type { NetNs } from './netns.ts'
import type { RouteResult } from './route.ts'
import { ipRouteInput } from './route-input.ts'
import { ipRouteOutput } from './route-output.ts'
import { sysctl } from './sysctl.ts'

const BRIDGED: SkbDst = { local: false, broadcast: false, bridged: true }

/** It, and whether the frame is for others too: what is for one of them counts as the machine's own (`pkt_otherhost`). */
const dstOf = ({ eth }: Packet): SkbDst => (eth !== null && isMulticastMac(eth.destination) ? { ...BRIDGED, frameForAll: true } : BRIDGED)

/** Does br_netfilter handle this frame? */
export function callsIptables(ns: NetNs, packet: Packet): packet is IpPacket {
  return packet.eth?.etherType === ETHERTYPE_IPV4 && isIp(packet) && sysctl(ns, 'net.bridge.bridge-nf-call-iptables') !== 0
}

/** Where a frame goes on after a hook: null packet means it is gone or waits, with these effects. */
export interface Continued {
  readonly packet: IpPacket | null
  readonly effects: KernelEffect[]
}

const gone = (effects: KernelEffect[]): Continued => ({ packet: null, effects })

/** `br_nf_pre_routing()`: PREROUTING with in = the bridge; a new destination decides anew between bridging and routing. */
export function brNfPreRouting(ns: NetNs, bridge: Bridge, packet: IpPacket, port: string): Continued {
  const whole = nfDefrag(ns, packet)
  if (whole === null) return gone([])
  const marked = withPorts(whole, port, null)
  const state = { in: bridge.name, out: null, route: null, bridged: true }
  const passed = passHook(ns, 'PREROUTING', marked, { state, dst: dstOf(marked) })
  if (passed.packet === null) return gone(passed.effects)
  if (passed.packet.network.destination === whole.network.destination) return { packet: passed.packet, effects: [] }
  return brNfPreRoutingFinish(ns, bridge, passed.packet)
}

/** `br_nf_pre_routing_finish()` for a DNATed frame: bridged on if its new destination is on this bridge, else up to the IP layer. */
function brNfPreRoutingFinish(ns: NetNs, bridge: Bridge, packet: IpPacket): Continued {
  if (!packet.eth) return gone([])
  const { source, destination, tos } = packet.network
  const route = ipRouteInput(ns, bridge.name, { source, destination, tos, mark: packet.mark, packet })
  if (route.kind === 'forward' && route.result.device === bridge.name) return bridgedDnat(ns, bridge, packet, route.result.nextHop)
  if (route.kind === 'drop') return gone(drop(ns, packet, route.reason, { by: route.by }))
  // No route, or no forwarding: ip_route_input() gives it one to ip_error(), so the IP layer gets it and answers or drops.
  return { packet: withEth(packet, { ...packet.eth, destination: bridge.mac }), effects: [] }
}

/**
 * `br_nf_pre_routing_finish_bridge()`: only the destination MAC address changes; the source's stays. A neighbour that is not certain takes
 * the frame through `dev_queue_xmit()` of the bridge, which knows it (`br_nf_dev_xmit()`) and bridges on.
 */
function bridgedDnat(ns: NetNs, bridge: Bridge, packet: IpPacket, nextHop: Address): Continued {
  const certain = hasCachedHeader(ns, bridge.name, nextHop)
  const { lladdr, effects } = neighResolve(ns, bridge, nextHop, packet)
  if (lladdr === null || !packet.eth) return gone(effects)
  const addressed = withEth(packet, { ...packet.eth, destination: lladdr })
  if (!certain) ns.trace?.({ at: 'dev_queue_xmit', packet: addressed, device: bridge.name })
  return { packet: addressed, effects }
}

/** `br_nf_forward_ip()` and `br_nf_post_routing()`: FORWARD with in = out = the bridge, then POSTROUTING without in. */
export function brNfForward(ns: NetNs, bridge: Bridge, packet: IpPacket, port: string): Continued {
  const marked = withPorts(packet, packet.physIn, port)
  const route = bridgedRoute(ns, bridge.name, packet)
  const forward = { in: bridge.name, out: bridge.name, route, bridged: true }
  const forwarded = passHook(ns, 'FORWARD', marked, { state: forward, dst: dstOf(marked) })
  if (forwarded.packet === null) return gone(forwarded.effects)
  const post = { in: null, out: bridge.name, route, bridged: true }
  const passed = passHook(ns, 'POSTROUTING', forwarded.packet, { state: post, dst: dstOf(forwarded.packet) })
  if (passed.packet === null) return gone(passed.effects)
  return { packet: withoutPorts(passed.packet), effects: [] }
}

/**
 * What MASQUERADE reads its next hop from: only a frame to which PREROUTING gave a new destination has a route of its own. The others have the bridge's
 * fake one, without a gateway.
 */
function bridgedRoute(ns: NetNs, oif: string, packet: IpPacket): RouteResult | null {
  const { destination } = packet.network
  const tracked = nfCtGet(ns, packet)
  if (tracked === null || tracked.entry[tracked.ct.direction].destination === destination) return null
  const route = ipRouteOutput(ns, { source: null, destination, oif })
  return 'error' in route ? null : route
}
