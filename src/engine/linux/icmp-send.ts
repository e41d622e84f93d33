/** Kernel: net/ipv4/icmp.c, __icmp_send(). Errors about packets. */
import { newIpPacket } from '../net/new-packet.ts'
import type { CtRef, IpPacket } from '../net/packet.ts'
import { isIcmpError, PROTOCOL_ICMP } from '../net/protocol-number.ts'
import { icmpXrlimAllow } from './icmp-rate-limit.ts'
import { inetSelectAddr } from './inet-select-addr.ts'
import { ipLocalOut } from './ip-output.ts'
import type { IcmpRequest, KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { newPacketId } from './packet-id.ts'
import { ipRouteOutput } from './route-output.ts'
import { CONTROL_SOCKET } from './socket-table.ts'
import { sysctl } from './sysctl.ts'

/** `nf_ct_attach()`: what is made because of a packet is RELATED to its connection, in the other direction. */
export function relatedTo(packet: IpPacket): CtRef | 'detached' | null {
  if (packet.ct === null) return null
  if (typeof packet.ct === 'string') return 'detached'
  return { entry: packet.ct.entry, state: 'RELATED', direction: packet.ct.direction === 'original' ? 'reply' : 'original' }
}

/** Kernel: IP precedence "internetwork control" that errors carry, or the packet's own TOS. */
function icmpTos(type: number, tos: number): number {
  return isIcmpError(type) ? (tos & 0x1e) | 0xc0 : tos
}

/** `icmp_pointers`: the types that errors may be about. Echo, timestamp, information and address mask, questions and answers. */
const QUESTIONS_AND_ANSWERS: ReadonlySet<number> = new Set([0, 8, 13, 14, 15, 16, 17, 18])

/**
 * Sends the error, unless RFC 1122 forbids it: never about broadcasts, later fragments or ICMP errors. The source is the
 * address that was dialled if it is ours, else what the route back to the sender selects.
 */
export function icmpSend(ns: NetNs, request: IcmpRequest): KernelEffect[] {
  const { packet, dst } = request
  const ip = packet.network
  if (dst.broadcast || dst.frameForAll || ip.fragmentOffset !== 0 || ip.source >>> 28 === 14 || ip.source === 0) return []
  if (packet.transport?.kind === 'icmp' && !QUESTIONS_AND_ANSWERS.has(packet.transport.type)) return []
  const inbound = dst.bridged || sysctl(ns, 'net.ipv4.icmp_errors_use_inbound_ifaddr') === 0 ? null : packet.iif
  const own = inbound === null ? null : inetSelectAddr(ns, inbound, ip.source, 'link')
  const tos = icmpTos(request.type, ip.tos)
  const mark = sysctl(ns, 'net.ipv4.fwmark_reflect') !== 0 ? packet.mark : 0
  const route = ipRouteOutput(ns, { source: dst.local ? ip.destination : own, destination: ip.source, tos, mark, packet })
  if ('error' in route || !icmpXrlimAllow(ns, { receiver: ip.source, device: route.device, type: request.type, code: request.code }))
    return []
  const error = newIpPacket({
    ttl: sysctl(ns, 'net.ipv4.ip_default_ttl'),
    socket: CONTROL_SOCKET,
    id: newPacketId(ns),
    parent: packet.id,
    source: route.source,
    destination: ip.source,
    protocol: PROTOCOL_ICMP,
    tos,
    mark,
    df: false,
    ipId: ns.kernel.chooser.pick('ip-id', 65536),
    transport: {
      kind: 'icmp',
      type: request.type,
      code: request.code,
      id: 0,
      seq: 0,
      mtu: request.mtu,
      gateway: request.gateway,
      quoted: { ...packet, eth: null, mark: 0, ct: null, physIn: null, physOut: null },
    },
  })
  return [{ kind: 'icmp-xmit', effects: ipLocalOut(ns, { ...error, ct: relatedTo(packet) }, route).effects }]
}
