/** Kernel: net/sctp/output.c, sctp_packet_transmit(); sm_make_chunk.c, outqueue.c. Chunks out, one to a packet. */
import { NO_PAYLOAD, newIpPacket } from '../net/new-packet.ts'
import type { IpHeader, Packet, Payload, SctpChunk, SctpHeader } from '../net/packet.ts'
import { PROTOCOL_SCTP } from '../net/protocol-number.ts'
import { drop } from './drop.ts'
import { ipLocalOut } from './ip-output.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { newPacketId } from './packet-id.ts'
import { refusedBy } from './refused-by.ts'
import { ipRouteOutput } from './route-output.ts'
import { type SctpMessage, type SctpSocket, startTimer } from './sctp-association.ts'
import { nextIpId, traceSocket, ttlOf } from './socket-event.ts'
import { CONTROL_SOCKET } from './socket-table.ts'
import { sysctl } from './sysctl.ts'

/** `sctp_v4_ecn_capable()`: every packet says ECT(0). */
const ECT_0 = 2

/** One chunk, routed anew. What does not leave the machine is lost as on the way: nobody is told, a timer sends it again. */
export function sendChunk(
  ns: NetNs,
  socket: SctpSocket,
  chunk: SctpChunk,
  { payload = NO_PAYLOAD, again = false }: { readonly payload?: Payload; readonly again?: boolean } = {},
): KernelEffect[] {
  const { localPort, remoteAddress, remotePort } = socket
  const ports = { protocol: PROTOCOL_SCTP, sourcePort: localPort, destinationPort: remotePort }
  // 0.0.0.0: there was no route when it connected, so no address of its own either.
  const route = ipRouteOutput(ns, { source: socket.localAddress === 0 ? null : socket.localAddress, destination: remoteAddress, ports })
  if (!('error' in route)) socket.localAddress = route.source
  const packet = newIpPacket({
    id: newPacketId(ns),
    source: socket.localAddress,
    destination: remoteAddress,
    protocol: PROTOCOL_SCTP,
    tos: ECT_0,
    ttl: ttlOf(ns, socket, remoteAddress),
    ipId: nextIpId(socket),
    transport: { kind: 'sctp', sourcePort: localPort, destinationPort: remotePort, ...chunk },
    payload,
    socket: socket.id,
  })
  socket.sctp.lastSent = packet
  traceSocket(ns, socket, again ? 'retransmit' : 'send', { packet, detail: chunkText(chunk, packet) })
  if (!('error' in route)) return ipLocalOut(ns, packet, route).effects
  ns.explain?.({ at: 'fib_lookup', packet, result: null, error: route.error })
  return drop(ns, packet, 'IP_OUTNOROUTES', { by: refusedBy(route) })
}

/** The chunk in words: "DATA 47 bytes". */
export function chunkText({ chunk }: SctpChunk, { payload }: Packet): string {
  const name = chunk.replaceAll('_', ' ')
  return payload.length > 0 ? `${name} ${payload.length} bytes` : name
}

/** A chunk of no association, back to where a packet came from (`sctp_ootb_pkt_new()`, and the answer to an INIT). */
export function answerChunk(
  ns: NetNs,
  to: { readonly packet: Packet; readonly ip: IpHeader; readonly sctp: SctpHeader },
  chunk: SctpChunk,
): KernelEffect[] {
  const { packet, ip, sctp } = to
  const [sourcePort, destinationPort] = [sctp.destinationPort, sctp.sourcePort]
  const route = ipRouteOutput(ns, {
    source: ip.destination,
    destination: ip.source,
    ports: { protocol: PROTOCOL_SCTP, sourcePort, destinationPort },
  })
  if ('error' in route) return []
  const answer = newIpPacket({
    id: newPacketId(ns),
    parent: packet.id,
    source: route.source,
    destination: ip.source,
    protocol: PROTOCOL_SCTP,
    tos: ECT_0,
    ttl: sysctl(ns, 'net.ipv4.ip_default_ttl'),
    transport: { kind: 'sctp', sourcePort, destinationPort, ...chunk },
    socket: CONTROL_SOCKET,
  })
  ns.trace?.({ at: 'socket', packet: answer, action: 'send', socket: null, detail: chunkText(chunk, answer) })
  return ipLocalOut(ns, answer, route).effects
}

/**
 * `sctp_outq_flush()`: the next chunk of data when none is under way (Nagle: each message here is smaller than a packet), else, where the program has
 * closed and all is acknowledged, SHUTDOWN.
 */
export function flushQueue(ns: NetNs, socket: SctpSocket): KernelEffect[] {
  const { sctp, state } = socket
  const [next] = sctp.queue
  if (next) {
    return sctp.timer?.for === 'data' ? [] : [startTimer(socket, { for: 'data', message: next }), ...sendData(ns, socket, next, false)]
  }
  if (state === 'SHUTDOWN-PENDING') {
    socket.state = 'SHUTDOWN-SENT'
  } else if (state === 'SHUTDOWN-RECEIVED') {
    socket.state = 'SHUTDOWN-ACK-SENT'
  } else return []
  return [startTimer(socket, { for: 'shutdown' }), ...sendShutdown(ns, socket, false)]
}

/** A chunk of data, for the first time or again. */
export function sendData(ns: NetNs, socket: SctpSocket, message: SctpMessage, again: boolean): KernelEffect[] {
  message.again = again
  message.sentMs = ns.kernel.nowMs
  const { tsn, length, data } = message
  return sendChunk(ns, socket, { chunk: 'DATA', tsn }, { payload: { length, data, inner: null }, again })
}

/** SHUTDOWN of who closed first, SHUTDOWN_ACK of the other. */
export function sendShutdown(ns: NetNs, socket: SctpSocket, again: boolean): KernelEffect[] {
  if (socket.state === 'SHUTDOWN-ACK-SENT') return sendChunk(ns, socket, { chunk: 'SHUTDOWN_ACK' }, { again })
  return sendChunk(ns, socket, { chunk: 'SHUTDOWN', tsn: socket.sctp.peerTsn }, { again })
}
