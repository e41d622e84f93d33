/** Kernel: net/ipv4/udp.c. RFC 768. */

import { type Address, formatAddress } from '../net/address.ts'
import { type CarriedPacket, isCarriedPacket } from '../net/carried-packet.ts'
import { ipv4 } from '../net/ipv4.ts'
import { newIpPacket } from '../net/new-packet.ts'
import type { IcmpHeader, IpHeader, IpPacket } from '../net/packet.ts'
import { ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, PROTOCOL_UDP } from '../net/protocol-number.ts'
import { isChecksumWrong } from './checksum-help.ts'
import { consume, decidedBy, drop, NOBODYS_ERROR } from './drop.ts'
import { socketTxHash } from './flow-hash.ts'
import { icmpErrno } from './icmp-errno.ts'
import { ipLocalOut, type Sent } from './ip-output.ts'
import { icmpRequest, type KernelEffect, type SkbDst } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { newPacketId } from './packet-id.ts'
import { dontFragment, socketMtu } from './pmtu-discovery.ts'
import { refusedBy } from './refused-by.ts'
import { ipRouteOutput } from './route-output.ts'
import { deliver, nextIpId, traceSocket, ttlOf } from './socket-event.ts'
import { lookupConnected, lookupListener } from './socket-lookup.ts'
import type { Socket } from './socket-table.ts'
import { vxlanRcv } from './vxlan-rcv.ts'

/** What send(2) gives: readable data, its length in bytes, and where to. */
export interface Datagram {
  readonly data: unknown
  readonly length: number
  readonly address: Address
  readonly port: number
}

/** Bytes of UDP and IP header. */
const UDP_AND_IP = 28

function peerKey(address: Address, port: number): string {
  return `${address}:${port}`
}

/** `udp_sendmsg()`. The source of an unconnected socket is the address the peer spoke to (IP_PKTINFO), else what the route selects. */
export function udpSend(ns: NetNs, socket: Socket, datagram: Datagram): Sent & { readonly mtu?: number } {
  const { address, port, data, length } = datagram
  const carried = isCarriedPacket(data) ? data : null
  if (length > 65507) return { effects: [], errno: 'EMSGSIZE' }
  // sock_alloc_send_pskb(): an error of an earlier datagram is told first, and nothing is sent.
  const { error } = socket
  socket.error = null
  if (error !== null) return { effects: [], errno: error }
  const wanted = socket.localAddress ?? socket.spokenTo.get(peerKey(address, port)) ?? null
  const route = ipRouteOutput(ns, {
    source: wanted,
    destination: address,
    ports: { protocol: PROTOCOL_UDP, sourcePort: socket.localPort, destinationPort: port },
  })
  const df = 'error' in route || dontFragment(ns, socket.pmtuDiscovery, { route, destination: address, length: length + UDP_AND_IP })
  if (df === null)
    return { effects: [], errno: 'EMSGSIZE', ...('error' in route ? {} : { mtu: socketMtu(ns, socket.pmtuDiscovery, route, address) }) }
  const packet = newIpPacket({
    id: newPacketId(ns),
    df,
    source: 'error' in route ? (wanted ?? ipv4(0)) : route.source,
    destination: address,
    protocol: PROTOCOL_UDP,
    ttl: ttlOf(ns, socket, address),
    ipId: nextIpId(socket),
    transport: { kind: 'udp', sourcePort: socket.localPort, destinationPort: port },
    payload: carried ? { length, data: null, inner: { ...carried.packet, eth: null } } : { length, data, inner: null },
    parent: carried ? carried.packet.id : null,
    socket: socket.id,
    // __ip4_datagram_connect(): only a connected socket has a hash.
    ...(socket.remotePort === null ? {} : { hash: socketTxHash(socket.id, socket.localPort) }),
  })
  traceSocket(ns, socket, 'send', { packet, detail: `${length} bytes` })
  if (carried?.device) ns.trace?.({ at: 'encap', packet, before: carried.packet, device: carried.device })
  if (!('error' in route)) return ipLocalOut(ns, packet, route)
  ns.explain?.({ at: 'fib_lookup', packet, result: null, error: route.error })
  return { effects: drop(ns, packet, 'IP_OUTNOROUTES', { by: refusedBy(route) }), errno: route.error }
}

/** `udp_rcv()`: to the connected socket, else the bound one, else ICMP port unreachable. */
export function udpRcv(ns: NetNs, packet: IpPacket, ip: IpHeader, dst: SkbDst): KernelEffect[] {
  const udp = packet.transport
  if (udp?.kind !== 'udp') return drop(ns, packet, 'NOT_SPECIFIED', { detail: 'no UDP header' })
  if (isChecksumWrong(packet)) return drop(ns, packet, 'UDP_CSUM', { detail: 'NAT has spoilt the checksum of what VXLAN wrapped' })
  const tuple = {
    protocol: 'udp',
    localAddress: ip.destination,
    localPort: udp.destinationPort,
    remoteAddress: ip.source,
    remotePort: udp.sourcePort,
  } as const
  const socket = lookupConnected(ns, tuple) ?? lookupListener(ns, 'udp', ip.destination, udp.destinationPort)
  if (!socket) {
    drop(ns, packet, 'NO_SOCKET', {
      by: decidedBy('socket', `nothing listens on ${formatAddress(ip.destination)} udp port ${udp.destinationPort}`),
    })
    // __udp4_lib_rcv(): nf_reset_ct() comes before, so in raw OUTPUT the error is not RELATED yet.
    return [icmpRequest({ ...packet, ct: null }, dst, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH)]
  }
  // udp_queue_rcv_one_skb(): the tunnel takes it (encap_rcv).
  if (socket.encapsulation === 'vxlan') return vxlanRcv(ns, packet, ip, socket.localPort)
  if (socket.remotePort === null && !dst.broadcast) socket.spokenTo.set(peerKey(ip.source, udp.sourcePort), ip.destination)
  traceSocket(ns, socket, 'receive', { packet, detail: `${packet.payload.length} bytes` })
  const { inner, length } = packet.payload
  const data = inner ? ({ kind: 'ip-packet', packet: inner, device: null, outer: packet } satisfies CarriedPacket) : packet.payload.data
  return [deliver(socket, { kind: 'data', data, length, from: { address: ip.source, port: udp.sourcePort }, ttl: ip.ttl })]
}

/** `udp_err()`: an ICMP error about a datagram of a connected socket reaches its owner (as with IP_RECVERR). */
export function udpError(ns: NetNs, packet: IpPacket, icmp: IcmpHeader, quoted: IpPacket): KernelEffect[] {
  const ip = quoted.network
  const errno = icmpErrno(icmp.type, icmp.code)
  if (quoted.transport?.kind !== 'udp') return consume(ns, packet, NOBODYS_ERROR)
  const { sourcePort, destinationPort } = quoted.transport
  const socket = lookupConnected(ns, {
    protocol: 'udp',
    localAddress: ip.source,
    localPort: sourcePort,
    remoteAddress: ip.destination,
    remotePort: destinationPort,
  })
  if (!socket || (errno === 'EMSGSIZE' && socket.pmtuDiscovery === 'dont')) return consume(ns, packet, NOBODYS_ERROR)
  traceSocket(ns, socket, errno === 'ECONNREFUSED' ? 'refused' : 'error', { packet, detail: errno })
  socket.error = errno
  return [
    deliver(socket, {
      kind: 'error',
      errno,
      icmp: { from: packet.network.source, type: icmp.type, code: icmp.code, seq: 0, mtu: icmp.mtu, ttl: packet.network.ttl },
    }),
  ]
}
