/** Kernel: net/ipv4/ping.c. Ping sockets (SOCK_DGRAM, IPPROTO_ICMP): echo requests out, replies and errors in. */
import { newIpPacket } from '../net/new-packet.ts'
import type { IcmpHeader, IpHeader, IpPacket } from '../net/packet.ts'
import { ICMP_ECHO, PROTOCOL_ICMP } from '../net/protocol-number.ts'
import { consume, decidedBy, drop, NOBODYS_ERROR } from './drop.ts'
import { icmpErrno } from './icmp-errno.ts'
import { ipLocalOut, type Sent } from './ip-output.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { newPacketId } from './packet-id.ts'
import { dontFragment } from './pmtu-discovery.ts'
import { refusedBy } from './refused-by.ts'
import { ipRouteOutput } from './route-output.ts'
import { deliver, nextIpId, traceSocket, ttlOf } from './socket-event.ts'
import { socketsOn } from './socket-lookup.ts'
import type { Socket } from './socket-table.ts'

/** Bytes of ICMP and IP header. */
const ICMP_AND_IP = 28

interface EchoOptions {
  readonly data: unknown
  readonly length: number
  readonly ttl?: number | undefined
}

/** `ping_v4_sendmsg()`: the next echo request to the socket's peer. */
export function pingSend(ns: NetNs, socket: Socket, { data, length, ttl }: EchoOptions): Sent {
  const { remoteAddress, localAddress } = socket
  if (remoteAddress === null) return { effects: [], errno: 'EINVAL' }
  const route = ipRouteOutput(ns, {
    source: localAddress,
    destination: remoteAddress,
    ports: { protocol: PROTOCOL_ICMP, sourcePort: 0, destinationPort: 0 },
  })
  const size = { destination: remoteAddress, length: length + ICMP_AND_IP }
  const df = 'error' in route || dontFragment(ns, socket.pmtuDiscovery, { route, ...size })
  const seq = socket.echoSeq++
  if (df === null) return { effects: [], errno: 'EMSGSIZE' }
  const packet = newIpPacket({
    id: newPacketId(ns),
    df,
    source: 'error' in route ? (localAddress ?? remoteAddress) : route.source,
    destination: remoteAddress,
    protocol: PROTOCOL_ICMP,
    ttl: ttl ?? ttlOf(ns, socket, remoteAddress),
    ipId: nextIpId(socket),
    transport: { kind: 'icmp', type: ICMP_ECHO, code: 0, id: socket.localPort, seq, mtu: null, quoted: null, gateway: null },
    payload: { length, data, inner: null },
    socket: socket.id,
  })
  traceSocket(ns, socket, 'send', { packet, detail: `echo request seq ${seq}` })
  if (!('error' in route)) return ipLocalOut(ns, packet, route)
  ns.explain?.({ at: 'fib_lookup', packet, result: null, error: route.error })
  return { effects: drop(ns, packet, 'IP_OUTNOROUTES', { by: refusedBy(route) }), errno: route.error }
}

function pingLookup(ns: NetNs, id: number): Socket | null {
  return socketsOn(ns, 'icmp', id)[0] ?? null
}

/** `ping_rcv()`: an echo reply. */
export function pingRcv(ns: NetNs, packet: IpPacket, ip: IpHeader, icmp: IcmpHeader): KernelEffect[] {
  const socket = pingLookup(ns, icmp.id)
  if (!socket) return drop(ns, packet, 'NO_SOCKET', { by: decidedBy('socket', `nobody sent echo requests with id ${icmp.id}`) })
  traceSocket(ns, socket, 'receive', { packet, detail: `echo reply seq ${icmp.seq}` })
  const { data, length } = packet.payload
  return [deliver(socket, { kind: 'data', data, length, from: { address: ip.source, port: 0 }, ttl: ip.ttl, seq: icmp.seq })]
}

/** `ping_err()`: an ICMP error about an echo request; ping(8) heeds none about a request to somebody else (ping4_receive_error_msg()). */
export function pingError(ns: NetNs, packet: IpPacket, icmp: IcmpHeader, quoted: IpPacket): KernelEffect[] {
  const request = quoted.transport
  const errno = icmpErrno(icmp.type, icmp.code)
  if (request?.kind !== 'icmp') return consume(ns, packet, NOBODYS_ERROR)
  const socket = pingLookup(ns, request.id)
  if (quoted.network.destination !== socket?.remoteAddress) return consume(ns, packet, NOBODYS_ERROR)
  if (errno === 'EMSGSIZE' && socket.pmtuDiscovery === 'dont') return consume(ns, packet, NOBODYS_ERROR)
  traceSocket(ns, socket, 'error', { packet, detail: errno })
  const { type, code, mtu } = icmp
  return [deliver(socket, { kind: 'error', errno, icmp: { from: packet.network.source, type, code, seq: request.seq, mtu } })]
}
