/** Kernel: net/ipv4/ip_input.c. Where IP packets enter: PREROUTING, routing, local delivery or forwarding. */
import type { IpHeader, IpPacket } from '../net/packet.ts'
import {
  ICMP_DEST_UNREACH,
  ICMP_HOST_UNREACH,
  ICMP_NET_UNREACH,
  ICMP_PKT_FILTERED,
  ICMP_PROT_UNREACH,
  PROTOCOL_ICMP,
  PROTOCOL_IPIP,
  PROTOCOL_SCTP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../net/protocol-number.ts'
import { decidedBy, drop } from './drop.ts'
import type { DropReason } from './drop-reason.ts'
import { passHook } from './hook-verdict.ts'
import { routeErrorAllowed } from './icmp-rate-limit.ts'
import { icmpRcv } from './icmp-rcv.ts'
import { ipDefrag, nfDefrag } from './ip-defrag.ts'
import { ipForward } from './ip-forward.ts'
import { hasIpip, ipipRcv } from './ipip.ts'
import { icmpRequest, inTurn, type KernelEffect, NOT_LOCAL, type SkbDst } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { rawLocalDeliver } from './raw.ts'
import { refusedBy } from './refused-by.ts'
import { type InputRoute, ipRouteInput } from './route-input.ts'
import { ipRouteOutput } from './route-output.ts'
import { sctpRcv } from './sctp-input.ts'
import { deviceConf, deviceConfOr } from './sysctl.ts'
import { tcpRcv } from './tcp-input.ts'
import type { DropBy } from './trace-event.ts'
import { udpRcv } from './udp.ts'

/** How the frame was addressed (`skb->pkt_type`). */
export type PacketType = 'host' | 'broadcast' | 'multicast' | 'otherhost'

/** `ip_rcv()`: an IP packet that `device` received. */
export function ipRcv(ns: NetNs, device: string, packet: IpPacket, type: PacketType): KernelEffect[] {
  if (type === 'otherhost') {
    const text = `${device} has another MAC address than ${packet.eth?.destination ?? 'none'}`
    return drop(ns, packet, 'OTHERHOST', { by: decidedBy('device', text) })
  }
  const whole = nfDefrag(ns, packet)
  if (whole === null) return []
  // ip_sabotage_in(): br_netfilter has already shown the packet to PREROUTING.
  if (whole.physIn !== null) return ipRcvFinish(ns, device, whole, { type, rerouted: true })
  const passed = passHook(ns, 'PREROUTING', whole, { state: { in: device, out: null, route: null, bridged: false }, dst: NOT_LOCAL })
  if (passed.packet === null) return passed.effects
  return ipRcvFinish(ns, device, passed.packet, { type, rerouted: passed.packet.network.destination !== packet.network.destination })
}

interface FinishContext {
  readonly type: PacketType
  /** The route chosen before PREROUTING no longer holds (`skb_dst_drop`). */
  readonly rerouted: boolean
}

/** `ip_rcv_finish()`: decides where the packet goes. On loopback the route from the way out still holds. */
function ipRcvFinish(ns: NetNs, device: string, packet: IpPacket, context: FinishContext): KernelEffect[] {
  const { source, destination, tos } = packet.network
  const kept =
    device === 'lo' && !context.rerouted ? ipRouteOutput(ns, { source, destination, tos, mark: packet.mark, anySource: true }) : null
  const route: InputRoute =
    kept && !('error' in kept) && kept.route.type === 'local'
      ? { kind: 'local', result: kept }
      : ipRouteInput(ns, device, { source, destination, tos, mark: packet.mark, packet })
  traceRoute(ns, packet, route)
  if (context.type !== 'host' && route.kind !== 'broadcast' && deviceConfOr(ns, device, 'drop_unicast_in_l2_multicast')) {
    return drop(ns, packet, 'UNICAST_IN_L2_MULTICAST', {
      by: decidedBy('sysctl', `net.ipv4.conf.${device}.drop_unicast_in_l2_multicast=1`),
    })
  }
  switch (route.kind) {
    case 'drop':
      return drop(ns, packet, route.reason, { by: route.by })
    case 'unreachable':
      return ipError(ns, device, packet, { route, answer: context.type === 'host' })
    case 'forward':
      if (context.type === 'host') return ipForward(ns, packet, device, route)
      return drop(ns, packet, 'NOT_SPECIFIED', { detail: 'a broadcast frame is not forwarded' })
    case 'local':
      return ipLocalDeliver(ns, device, packet, {
        ...{ local: true, broadcast: false },
        ...(context.type === 'host' ? {} : { frameForAll: true }),
      })
    case 'broadcast':
      return ipLocalDeliver(ns, device, packet, { local: true, broadcast: true })
  }
}

function traceRoute(ns: NetNs, packet: IpPacket, route: InputRoute): void {
  if (!ns.explain) return
  const result = route.kind === 'local' || route.kind === 'forward' ? route.result : null
  const error = route.kind === 'unreachable' ? route.error : route.kind === 'drop' ? route.reason : null
  ns.explain({ at: 'fib_lookup', packet, result, error })
}

const ERROR_CODES = { EHOSTUNREACH: ICMP_HOST_UNREACH, ENETUNREACH: ICMP_NET_UNREACH, EACCES: ICMP_PKT_FILTERED, EINVAL: null } as const

/** `ip_error()`: nowhere to go. A router says so, a host stays silent; a blackhole does too. */
function ipError(
  ns: NetNs,
  device: string,
  packet: IpPacket,
  context: { readonly route: Extract<InputRoute, { kind: 'unreachable' }>; readonly answer: boolean },
): KernelEffect[] {
  const { error, by } = context.route
  const forwarding = deviceConf(ns, device, 'forwarding') !== 0
  const decider: DropBy = forwarding ? refusedBy({ error, by }) : decidedBy('sysctl', forwardingText(ns, device))
  drop(ns, packet, errorReason(error, forwarding), { by: decider })
  const code = ERROR_CODES[error]
  if (!forwarding || !context.answer || code === null || !routeErrorAllowed(ns, packet.network.source)) return []
  return [icmpRequest(packet, NOT_LOCAL, ICMP_DEST_UNREACH, code)]
}

function errorReason(error: string, forwarding: boolean): DropReason {
  if (error === 'ENETUNREACH') return 'IP_INNOROUTES'
  return error === 'EHOSTUNREACH' && !forwarding ? 'IP_INADDRERRORS' : 'NOT_SPECIFIED'
}

/** The sysctl a person would set: ip_forward, unless that is on and only this device is not. */
function forwardingText(ns: NetNs, device: string): string {
  return deviceConf(ns, 'all', 'forwarding') === 0 ? 'net.ipv4.ip_forward=0' : `net.ipv4.conf.${device}.forwarding=0`
}

/** `ip_local_deliver()`: whole again, through INPUT, to the protocol. */
function ipLocalDeliver(ns: NetNs, device: string, fragment: IpPacket, dst: SkbDst): KernelEffect[] {
  const packet = ipDefrag(ns, fragment)
  if (packet === null) return []
  const passed = passHook(ns, 'INPUT', packet, { state: { in: device, out: null, route: null, bridged: false }, dst })
  return passed.packet === null ? passed.effects : ipLocalDeliverFinish(ns, passed.packet, dst)
}

function ipLocalDeliverFinish(ns: NetNs, packet: IpPacket, dst: SkbDst): KernelEffect[] {
  const ip = packet.network
  switch (ip.protocol) {
    case PROTOCOL_ICMP:
      return icmpRcv(ns, packet, ip, dst)
    case PROTOCOL_TCP:
      return inTurn(rawLocalDeliver(ns, packet), tcpRcv(ns, packet, ip, dst))
    case PROTOCOL_UDP:
      return udpRcv(ns, packet, ip, dst)
    case PROTOCOL_SCTP:
      return sctpRcv(ns, packet, ip, dst)
    case PROTOCOL_IPIP:
      return hasIpip(ns) ? ipipRcv(ns, packet, ip, dst) : unknownProtocol(ns, packet, ip, dst)
    default:
      return unknownProtocol(ns, packet, ip, dst)
  }
}

function unknownProtocol(ns: NetNs, packet: IpPacket, ip: IpHeader, dst: SkbDst): KernelEffect[] {
  drop(ns, packet, 'IP_NOPROTO', { by: decidedBy('socket', `nobody handles IP protocol ${ip.protocol}`) })
  return [icmpRequest(packet, dst, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH)]
}
