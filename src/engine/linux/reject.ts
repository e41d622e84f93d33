/** Kernel: net/ipv4/netfilter/nf_reject_ipv4.c. The answer of a REJECT rule. */
import { newIpPacket } from '../net/new-packet.ts'
import type { IpPacket, TcpHeader } from '../net/packet.ts'
import {
  ETHERTYPE_IPV4,
  ICMP_DEST_UNREACH,
  ICMP_HOST_ANO,
  ICMP_HOST_UNREACH,
  ICMP_NET_ANO,
  ICMP_NET_UNREACH,
  ICMP_PKT_FILTERED,
  ICMP_PORT_UNREACH,
  ICMP_PROT_UNREACH,
  PROTOCOL_TCP,
} from '../net/protocol-number.ts'
import { devQueueXmit } from './dev-queue-xmit.ts'
import { icmpSend, relatedTo } from './icmp-send.ts'
import { ipLocalOut } from './ip-output.ts'
import { icmpRequest, type KernelEffect } from './kernel-effect.ts'
import { nfCtSetClosing } from './netfilter/conntrack-tcp.ts'
import type { RejectWith } from './netfilter/hook.ts'
import type { NetNs } from './netns.ts'
import { newPacketId } from './packet-id.ts'
import { ipRouteMeHarder } from './route-me-harder.ts'
import { sysctl } from './sysctl.ts'
import { resetFor } from './tcp-segment.ts'

const ICMP_CODES: Readonly<Record<Exclude<RejectWith, 'tcp-reset'>, number>> = {
  'icmp-net-unreachable': ICMP_NET_UNREACH,
  'icmp-host-unreachable': ICMP_HOST_UNREACH,
  'icmp-proto-unreachable': ICMP_PROT_UNREACH,
  'icmp-port-unreachable': ICMP_PORT_UNREACH,
  'icmp-net-prohibited': ICMP_NET_ANO,
  'icmp-host-prohibited': ICMP_HOST_ANO,
  'icmp-admin-prohibited': ICMP_PKT_FILTERED,
}

/** `nf_send_unreach()` or `nf_send_reset()`. */
export function sendReject(ns: NetNs, reject: Extract<KernelEffect, { kind: 'reject' }>): KernelEffect[] {
  const { packet } = reject
  if (reject.with !== 'tcp-reset') return icmpSend(ns, icmpRequest(packet, reject.dst, ICMP_DEST_UNREACH, ICMP_CODES[reject.with]))
  return packet.transport?.kind === 'tcp' ? nfSendReset(ns, packet, packet.transport) : []
}

/**
 * A RST as if from the destination. A packet that came in by a port of a bridge is answered there, from the MAC address it was sent to:
 * the RST leaves by that port at once and passes neither OUTPUT nor the bridge (measured on 6.18).
 */
function nfSendReset(ns: NetNs, packet: IpPacket, tcp: TcpHeader): KernelEffect[] {
  const ip = packet.network
  if (tcp.flags.rst) return []
  const made = newIpPacket({
    ttl: sysctl(ns, 'net.ipv4.ip_default_ttl'),
    id: newPacketId(ns),
    parent: packet.id,
    source: ip.destination,
    destination: ip.source,
    protocol: PROTOCOL_TCP,
    transport: resetFor(tcp, packet.payload.length),
  })
  const reset: IpPacket = { ...made, ct: relatedTo(packet) }
  const route = ipRouteMeHarder(ns, reset)
  if ('error' in route) return []
  nfCtSetClosing(ns, packet)
  if (packet.eth && packet.physIn !== null) {
    const eth = { source: packet.eth.destination, destination: packet.eth.source, etherType: ETHERTYPE_IPV4 }
    return devQueueXmit(ns, packet.physIn, { ...reset, eth })
  }
  return ipLocalOut(ns, reset, route).effects
}
