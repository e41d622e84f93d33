/** Kernel: net/ipv4/tcp_ipv4.c, tcp_v4_rcv(); tcp_input.c. Segments in. RFC 9293. */

import { formatAddress } from '../net/address.ts'
import type { IpHeader, IpPacket, TcpHeader } from '../net/packet.ts'
import { PROTOCOL_TCP } from '../net/protocol-number.ts'
import { decidedBy, drop } from './drop.ts'
import { inTurn, type KernelEffect, type SkbDst } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { refusedBy } from './refused-by.ts'
import { ipRouteOutput } from './route-output.ts'
import { deliver, newSocket, traceSocket } from './socket-event.ts'
import { hashSocket, lookupConnected, lookupListener, unhashSocket } from './socket-lookup.ts'
import type { Socket } from './socket-table.ts'
import { tcpAck } from './tcp-ack.ts'
import {
  finTimeout,
  flagsText,
  isConnection,
  newTcpControl,
  type TcpSocket,
  TIMESTAMP_OPTION_LENGTH,
  tcpClosed,
  tcpDone,
  tcpTimeWait,
} from './tcp-control.ts'
import { ackSndCheck, tcpDataQueue } from './tcp-data.ts'
import { advertisedMss, pushPending, queueSyn, sendAck, sendReset } from './tcp-output.ts'
import { sendSynAck, synAgain } from './tcp-request.ts'
import { seqAdd, seqDiff } from './tcp-segment.ts'
import { isInWindow, tcpValidateIncoming } from './tcp-validate.ts'

/** Kernel: TCP_MSS_DEFAULT, for peers that announce none. */
const DEFAULT_MSS = 536

/** A segment with its headers at hand. */
export interface Segment {
  readonly packet: IpPacket
  readonly ip: IpHeader
  readonly tcp: TcpHeader
}

/** `tcp_v4_rcv()`: to its connection, else to a listener, else RST. */
export function tcpRcv(ns: NetNs, packet: IpPacket, ip: IpHeader, dst: SkbDst): KernelEffect[] {
  const tcp = packet.transport
  if (tcp?.kind !== 'tcp' || dst.broadcast || dst.frameForAll)
    return drop(ns, packet, 'NOT_SPECIFIED', { detail: 'TCP is not for broadcasts' })
  const segment: Segment = { packet, ip, tcp }
  const socket = findSocket(ns, segment)
  if (!socket) return noSocket(ns, segment)
  const words = packet.payload.length > 0 ? `${flagsText(tcp.flags)} ${packet.payload.length} bytes` : flagsText(tcp.flags)
  traceSocket(ns, socket, 'receive', { packet, detail: words })
  if (!isConnection(socket)) return listenState(ns, socket, segment)
  switch (socket.state) {
    case 'SYN-SENT':
      return synSent(ns, socket, segment)
    case 'SYN-RECV':
      return synRecv(ns, socket, segment)
    case 'TIME-WAIT':
      return timeWait(ns, socket, segment)
    default:
      return established(ns, socket, segment)
  }
}

function findSocket(ns: NetNs, { ip, tcp }: Segment): Socket | null {
  const tuple = {
    protocol: 'tcp',
    localAddress: ip.destination,
    localPort: tcp.destinationPort,
    remoteAddress: ip.source,
    remotePort: tcp.sourcePort,
  } as const
  const connected = lookupConnected(ns, tuple)
  const listener = lookupListener(ns, 'tcp', ip.destination, tcp.destinationPort)
  // TCP_TW_SYN: a new connection may reuse a pair of ports that rests.
  const reopened = connected?.state === 'TIME-WAIT' && tcp.flags.syn && !tcp.flags.ack && listener
  if (reopened && connected) unhashSocket(ns, connected)
  return reopened ? listener : (connected ?? listener)
}

function noSocket(ns: NetNs, { packet, ip, tcp }: Segment): KernelEffect[] {
  const text = tcp.flags.syn ? `nothing listens on ${formatAddress(ip.destination)} tcp port ${tcp.destinationPort}` : 'no such connection'
  drop(ns, packet, 'NO_SOCKET', { by: decidedBy('socket', text) })
  return sendReset(ns, packet, ip)
}

/** LISTEN: a SYN makes a connection in SYN-RECV; anything but RST is refused. */
function listenState(ns: NetNs, listener: Socket, segment: Segment): KernelEffect[] {
  const { packet, ip, tcp } = segment
  if (tcp.flags.rst) return drop(ns, packet, 'TCP_RESET', { by: decidedBy('socket', 'listening socket') })
  if (tcp.flags.ack) {
    drop(ns, packet, 'TCP_FLAGS', { by: decidedBy('socket', 'a listening socket wants a SYN') })
    return sendReset(ns, packet, ip)
  }
  if (!tcp.flags.syn) return drop(ns, packet, 'TCP_FLAGS', { by: decidedBy('socket', 'a listening socket wants a SYN') })
  // inet_csk_route_req(): without a route for the answer there is no connection to begin.
  const route = ipRouteOutput(ns, {
    source: ip.destination,
    destination: ip.source,
    ports: { protocol: PROTOCOL_TCP, sourcePort: tcp.destinationPort, destinationPort: tcp.sourcePort },
  })
  if ('error' in route) return drop(ns, packet, 'IP_OUTNOROUTES', { by: refusedBy(route), detail: 'no route for the SYN ACK' })
  const made = newSocket(ns, {
    protocol: 'tcp',
    owner: listener.owner,
    state: 'SYN-RECV',
    localAddress: ip.destination,
    localPort: tcp.destinationPort,
    remoteAddress: ip.source,
    remotePort: tcp.sourcePort,
    ttl: listener.ttl,
    pmtuDiscovery: listener.pmtuDiscovery,
  })
  made.tcp = newTcpControl(ns.kernel.chooser.pick('isn', 0x100000000), DEFAULT_MSS, listener.id)
  hashSocket(ns, made)
  if (!isConnection(made)) return []
  made.tcp.rcvNxt = seqAdd(tcp.seq, 1)
  made.tcp.tsRecent = tcp.timestamps?.value ?? 0
  made.tcp.mss = sendMss(ns, made, tcp)
  queueSyn(made)
  return sendSynAck(ns, made, tcp)
}

/** Bytes of data per segment: the smaller of what the peer announced and what fits, less the timestamp option. */
function sendMss(ns: NetNs, socket: TcpSocket, tcp: TcpHeader): number {
  return Math.min(tcp.mss ?? DEFAULT_MSS, advertisedMss(ns, socket)) - TIMESTAMP_OPTION_LENGTH
}

/** `tcp_rcv_synsent_state_process()`. */
function synSent(ns: NetNs, socket: TcpSocket, { packet, ip, tcp }: Segment): KernelEffect[] {
  const expected = tcp.flags.ack && tcp.ack === socket.tcp.sndNxt
  if (tcp.flags.ack && !expected) {
    drop(ns, packet, 'TCP_INVALID_SEQUENCE', { by: decidedBy('socket', 'SYN-SENT: acknowledges something else') })
    return sendReset(ns, packet, ip)
  }
  if (tcp.flags.rst) {
    if (!expected) return drop(ns, packet, 'TCP_INVALID_SEQUENCE')
    return tcpDone(ns, socket, 'ECONNREFUSED', { packet, action: 'refused' })
  }
  if (!tcp.flags.syn || !expected) return drop(ns, packet, 'TCP_FLAGS', { by: decidedBy('socket', 'SYN-SENT: wants SYN ACK') })
  socket.tcp.rcvNxt = seqAdd(tcp.seq, 1)
  socket.tcp.tsRecent = tcp.timestamps?.value ?? 0
  socket.tcp.mss = sendMss(ns, socket, tcp)
  socket.tcp.sndWl1 = tcp.seq
  tcpAck(ns, socket, tcp, 0)
  socket.state = 'ESTAB'
  traceSocket(ns, socket, 'connected', { packet, detail: 'ESTAB' })
  return [...sendAck(ns, socket), deliver(socket, { kind: 'connected' })]
}

/** `tcp_check_req()`: the third packet of the handshake. */
function synRecv(ns: NetNs, socket: TcpSocket, segment: Segment): KernelEffect[] {
  const { packet, ip, tcp } = segment
  const { syn, ack, rst } = tcp.flags
  if (syn && !ack && !rst && seqAdd(tcp.seq, 1) === socket.tcp.rcvNxt) return synAgain(ns, socket, tcp)
  if (ack && tcp.ack !== socket.tcp.sndNxt) {
    drop(ns, packet, 'TCP_INVALID_SEQUENCE', { by: decidedBy('socket', 'SYN-RECV: acknowledges something else') })
    return sendReset(ns, packet, ip)
  }
  if (!isInWindow(socket.tcp, packet, tcp)) {
    drop(ns, packet, 'TCP_INVALID_SEQUENCE', { by: decidedBy('socket', 'SYN-RECV: outside the window') })
    return rst ? [] : sendAck(ns, socket)
  }
  if (rst || syn) {
    unhashSocket(ns, socket)
    drop(ns, packet, 'TCP_RESET', { by: decidedBy('socket', rst ? 'SYN-RECV: the client gave up' : 'SYN-RECV: another SYN') })
    return sendReset(ns, packet, ip)
  }
  if (!ack) return drop(ns, packet, 'TCP_FLAGS')
  const listener = socket.tcp.listener === null ? undefined : ns.sockets.sockets.get(socket.tcp.listener)
  if (!listener) {
    unhashSocket(ns, socket)
    drop(ns, packet, 'NO_SOCKET', { by: decidedBy('socket', 'the listening socket is closed') })
    return sendReset(ns, packet, ip)
  }
  socket.state = 'ESTAB'
  socket.tcp.sndWl1 = tcp.seq
  traceSocket(ns, socket, 'accept', { packet, detail: `${formatAddress(ip.source)}:${tcp.sourcePort}` })
  const accepted = deliver(listener, { kind: 'accepted', socket: socket.id })
  return [accepted, ...established(ns, socket, segment)]
}

/** `tcp_rcv_established()` and `tcp_rcv_state_process()` for synchronised states. */
function established(ns: NetNs, socket: TcpSocket, { packet, ip, tcp }: Segment): KernelEffect[] {
  if (!tcp.flags.ack && !tcp.flags.rst && !tcp.flags.syn) return drop(ns, packet, 'TCP_FLAGS')
  const refused = tcpValidateIncoming(ns, socket, packet, tcp)
  if (refused) return refused
  if (seqDiff(tcp.ack, socket.tcp.sndNxt) > 0) {
    drop(ns, packet, 'TCP_ACK_UNSENT_DATA', { by: decidedBy('socket', `${socket.state}: acknowledges what was not sent`) })
    return sendAck(ns, socket)
  }
  if (socket.tcp.orphan && packet.payload.length > 0 && seqDiff(tcp.seq, socket.tcp.rcvNxt) >= 0) {
    unhashSocket(ns, socket)
    drop(ns, packet, 'TCP_CLOSE', { by: decidedBy('socket', 'data for a closed socket') })
    return sendReset(ns, packet, ip)
  }
  // tcp_replace_ts_recent()
  if (tcp.timestamps && seqDiff(tcp.seq, socket.tcp.rcvWup) <= 0) socket.tcp.tsRecent = tcp.timestamps.value
  const acked = tcpAck(ns, socket, tcp, packet.payload.length)
  const before = socket.state
  const closed = afterAck(ns, socket, packet)
  if (closed) return [...acked, ...closed]
  const halfClosed = socket.state === before ? [] : finTimeout(ns, socket)
  const received = tcpDataQueue(ns, socket, packet, tcp)
  const answered = inTurn(received, inTurn(pushPending(ns, socket), ackSndCheck(ns, socket)))
  return inTurn(acked, inTurn(halfClosed, answered))
}

/** Is our FIN acknowledged now? Null: the connection goes on. */
function afterAck(ns: NetNs, socket: TcpSocket, packet: IpPacket): KernelEffect[] | null {
  const { tcp } = socket
  const finAcked = tcp.finQueued && tcp.writeQueue.length === 0 && tcp.sndUna === tcp.writeSeq
  if (!finAcked) return null
  switch (socket.state) {
    case 'FIN-WAIT-1':
      socket.state = 'FIN-WAIT-2'
      return null
    case 'CLOSING':
      return tcpTimeWait(ns, socket, packet)
    case 'LAST-ACK':
      return tcpClosed(ns, socket, packet)
    default:
      return null
  }
}

/** `tcp_timewait_state_process()`: what repeats something is acknowledged again. */
function timeWait(ns: NetNs, socket: TcpSocket, { packet, tcp }: Segment): KernelEffect[] {
  if (tcp.flags.rst) {
    unhashSocket(ns, socket)
    return drop(ns, packet, 'TCP_RESET', { by: decidedBy('socket', 'TIME-WAIT') })
  }
  const repeats = tcp.seq !== socket.tcp.rcvNxt || packet.payload.length > 0 || tcp.flags.fin || tcp.flags.syn
  return [...(repeats && tcp.flags.ack ? sendAck(ns, socket) : []), ...tcpTimeWait(ns, socket, packet)]
}
