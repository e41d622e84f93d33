/** Kernel: net/ipv4/tcp_ipv4.c, tcp_v4_rcv(); tcp_input.c. Segments in. RFC 9293. */

import { formatAddress } from '../net/address.ts'
import type { IpHeader, IpPacket, TcpHeader } from '../net/packet.ts'
import { PROTOCOL_TCP } from '../net/protocol-number.ts'
import { decidedBy, drop } from './drop.ts'
import type { KernelEffect, SkbDst } from './kernel-effect.ts'
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
  isMinisock,
  newTcpControl,
  type TcpSocket,
  TIMESTAMP_OPTION_LENGTH,
  tcpClosed,
  tcpDone,
  tcpTimeWait,
} from './tcp-control.ts'
import { ackSndCheck, tcpDataQueue } from './tcp-data.ts'
import { advertisedMss, pushPending, queueSyn, sendAck, sendReset, sendSegment } from './tcp-output.ts'
import { sendSynAck, synAgain } from './tcp-request.ts'
import { armRetransmit, SYN_AGAIN_MS } from './tcp-rto.ts'
import { endSeq, type Segment, seqAdd, seqDiff } from './tcp-segment.ts'
import { timeWaitProcess } from './tcp-timewait.ts'
import { abortOnData, ackVerdict, isInWindow, oowRateLimited, tcpSendChallengeAck, tcpValidateIncoming } from './tcp-validate.ts'

/** Kernel: TCP_MSS_DEFAULT, for peers that announce none. */
const DEFAULT_MSS = 536
/** Kernel: tcp_timewait_state_process(), how far the numbers of a new connection are from those of the one whose ports it takes. */
const ISN_AFTER = 65_537

/** `tcp_v4_rcv()`: to its connection, else to a listener, else RST. */
export function tcpRcv(ns: NetNs, packet: IpPacket, ip: IpHeader, dst: SkbDst): KernelEffect[] {
  const tcp = packet.transport
  if (tcp?.kind !== 'tcp' || dst.broadcast || dst.frameForAll)
    return drop(ns, packet, 'NOT_SPECIFIED', { detail: 'TCP is not for broadcasts' })
  const segment: Segment = { packet, ip, tcp }
  const { socket, isn } = findSocket(ns, segment)
  if (!socket) return noSocket(ns, segment)
  const words = packet.payload.length > 0 ? `${flagsText(tcp.flags)} ${packet.payload.length} bytes` : flagsText(tcp.flags)
  traceSocket(ns, socket, 'receive', { packet, detail: words })
  if (!isConnection(socket)) return listenState(ns, socket, segment, isn)
  if (socket.tcp.timeWait) return timeWaitProcess(ns, socket, segment)
  if (isMinisock(socket)) return synRecv(ns, socket, segment)
  return socket.state === 'SYN-SENT' ? synSent(ns, socket, segment) : established(ns, socket, segment)
}

/** The socket a segment is for; `isn`: where the numbers of a connection begin that takes the place of one in TIME-WAIT (`tcp_tw_isn`). */
function findSocket(ns: NetNs, { ip, tcp }: Segment): { readonly socket: Socket | null; readonly isn: number | null } {
  const tuple = {
    protocol: 'tcp',
    localAddress: ip.destination,
    localPort: tcp.destinationPort,
    remoteAddress: ip.source,
    remotePort: tcp.sourcePort,
  } as const
  const connected = lookupConnected(ns, tuple)
  if (connected !== null && !isReopened(connected, tcp)) return { socket: connected, isn: null }
  const listener = lookupListener(ns, 'tcp', ip.destination, tcp.destinationPort)
  if (connected === null || listener === null) return { socket: connected ?? listener, isn: null }
  unhashSocket(ns, connected)
  return { socket: listener, isn: connected.tcp && seqAdd(connected.tcp.sndNxt, ISN_AFTER) }
}

/** TCP_TW_SYN: a new connection may reuse a pair of ports that rests, if its numbers or its timestamps are newer. */
function isReopened({ state, tcp: control }: Socket, { flags, seq, timestamps }: TcpHeader): boolean {
  if (state !== 'TIME-WAIT' || control === null || !flags.syn || flags.ack || flags.rst) return false
  return seqDiff(seq, control.rcvNxt) > 0 || (timestamps !== undefined && timestamps.value > control.tsRecent)
}

function noSocket(ns: NetNs, { packet, ip, tcp }: Segment): KernelEffect[] {
  const text = tcp.flags.syn ? `nothing listens on ${formatAddress(ip.destination)} tcp port ${tcp.destinationPort}` : 'no such connection'
  drop(ns, packet, 'NO_SOCKET', { by: decidedBy('socket', text) })
  return sendReset(ns, packet, ip)
}

/** LISTEN: a SYN makes a connection in SYN-RECV; anything but RST is refused. `isn`: where its numbers begin; null: anywhere. */
function listenState(ns: NetNs, listener: Socket, segment: Segment, isn: number | null): KernelEffect[] {
  const { packet, ip, tcp } = segment
  if (tcp.flags.rst) return drop(ns, packet, 'TCP_RESET', { by: decidedBy('socket', 'listening socket') })
  if (tcp.flags.ack) {
    drop(ns, packet, 'TCP_FLAGS', { by: decidedBy('socket', 'a listening socket wants a SYN') })
    return sendReset(ns, packet, ip, listener.id)
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
  made.tcp = newTcpControl(isn ?? ns.kernel.chooser.pick('isn', 0x100000000), DEFAULT_MSS, listener.id)
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
  const { ack, rst, syn } = tcp.flags
  if (ack && tcp.ack !== socket.tcp.sndNxt) {
    drop(ns, packet, 'TCP_INVALID_SEQUENCE', { by: decidedBy('socket', 'SYN-SENT: acknowledges something else') })
    // "Previous FIN/ACK or RST/ACK might be ignored": the SYN again at once, if this is the first.
    const again = socket.tcp.retransmits === 0 ? [armRetransmit(socket, SYN_AGAIN_MS)] : []
    return [...again, ...sendReset(ns, packet, ip, socket.id)]
  }
  if (rst) {
    if (!ack) return drop(ns, packet, 'TCP_RESET', { by: decidedBy('socket', 'SYN-SENT: acknowledges nothing') })
    return tcpDone(ns, socket, 'ECONNREFUSED', { packet, action: 'refused' })
  }
  if (!syn) return drop(ns, packet, 'TCP_FLAGS', { by: decidedBy('socket', 'SYN-SENT: wants SYN ACK') })
  socket.tcp.rcvNxt = seqAdd(tcp.seq, 1)
  socket.tcp.rcvWup = socket.tcp.rcvNxt
  socket.tcp.tsRecent = tcp.timestamps?.value ?? 0
  socket.tcp.mss = sendMss(ns, socket, tcp)
  socket.tcp.sndWl1 = tcp.seq
  if (!ack) return crossed(ns, socket)
  tcpAck(ns, socket, tcp, 0)
  socket.state = 'ESTAB'
  traceSocket(ns, socket, 'connected', { packet, detail: 'ESTAB' })
  return [...sendAck(ns, socket), deliver(socket, { kind: 'connected' })]
}

/** RFC 9293, figure 8: both ends open at once. The SYN goes out again, as a SYN-ACK. */
function crossed(ns: NetNs, socket: TcpSocket): KernelEffect[] {
  socket.state = 'SYN-RECV'
  const [syn] = socket.tcp.rtxQueue
  return syn ? sendSegment(ns, socket, syn, true).effects : []
}

/** `tcp_check_req()`: the third packet of the handshake, or what else comes for a connection that begins. */
function synRecv(ns: NetNs, socket: TcpSocket, segment: Segment): KernelEffect[] {
  const { packet, ip, tcp } = segment
  const { syn, ack, rst } = tcp.flags
  const repeated = seqDiff(tcp.seq, socket.tcp.rcvNxt) === -1
  if (syn && !ack && !rst && repeated) return synAgain(ns, socket, tcp)
  const listener = socket.tcp.listener === null ? undefined : ns.sockets.sockets.get(socket.tcp.listener)
  if (!listener) {
    unhashSocket(ns, socket)
    return noSocket(ns, segment)
  }
  if (rst) return synRecvReset(ns, socket, segment)
  // "Invalid ACK: reset will be sent by listening socket."
  if (ack && tcp.ack !== socket.tcp.sndNxt) return listenState(ns, listener, segment, null)
  if (!isInWindow(socket.tcp, segment)) {
    drop(ns, packet, 'TCP_INVALID_SEQUENCE', { by: decidedBy('socket', 'SYN-RECV: outside the window') })
    return oowRateLimited(ns, socket, segment) ? [] : sendAck(ns, socket)
  }
  if (syn && !repeated) {
    unhashSocket(ns, socket)
    drop(ns, packet, 'TCP_RESET', { by: decidedBy('socket', 'SYN-RECV: another SYN') })
    return sendReset(ns, packet, ip, listener.id)
  }
  if (!ack) return drop(ns, packet, 'TCP_FLAGS', { by: decidedBy('socket', 'SYN-RECV: acknowledges nothing') })
  socket.state = 'ESTAB'
  socket.tcp.sndWl1 = tcp.seq
  socket.tcp.lastOowAckMs = null
  traceSocket(ns, socket, 'accept', { packet, detail: `${formatAddress(ip.source)}:${tcp.sourcePort}` })
  const accepted = deliver(listener, { kind: 'accepted', socket: socket.id })
  return [accepted, ...established(ns, socket, segment)]
}

/** RFC 5961 for a connection that begins (measured on 6.18): a RST must be exactly next. */
function synRecvReset(ns: NetNs, socket: TcpSocket, segment: Segment): KernelEffect[] {
  const isNext = segment.tcp.seq === socket.tcp.rcvNxt
  const why = decidedBy('socket', isNext ? 'SYN-RECV: the client gave up' : 'SYN-RECV: a RST that is not exactly next')
  drop(ns, segment.packet, isNext ? 'TCP_RESET' : 'TCP_INVALID_SEQUENCE', { by: why })
  if (isNext) unhashSocket(ns, socket)
  return isNext || !isInWindow(socket.tcp, segment) || oowRateLimited(ns, socket, segment) ? [] : sendAck(ns, socket)
}

/** `tcp_rcv_established()`, `tcp_rcv_state_process()`: for a whole socket. */
function established(ns: NetNs, socket: TcpSocket, segment: Segment): KernelEffect[] {
  const { packet, tcp } = segment
  if (!tcp.flags.ack && !tcp.flags.rst && !tcp.flags.syn) return drop(ns, packet, 'TCP_FLAGS')
  const unacceptable = tcpValidateIncoming(ns, socket, segment)
  if (unacceptable) return unacceptable
  if (ackVerdict(socket, tcp) === 'invalid') {
    drop(ns, packet, 'TCP_ACK_UNSENT_DATA', { by: decidedBy('socket', `${socket.state}: acknowledges what it cannot have`) })
    // "send one RST", where a crossed SYN is answered.
    return socket.state === 'SYN-RECV' ? sendReset(ns, packet, segment.ip, socket.id) : tcpSendChallengeAck(ns, socket)
  }
  // tcp_replace_ts_recent()
  if (tcp.timestamps && seqDiff(tcp.seq, socket.tcp.rcvWup) <= 0) socket.tcp.tsRecent = tcp.timestamps.value
  const acked = tcpAck(ns, socket, tcp, packet.payload.length)
  const opened = crossedOpen(ns, socket, packet)
  const before = socket.state
  const closed = afterAck(ns, socket, segment)
  if (closed) return [...acked, ...closed]
  const halfClosed = socket.state === before ? [] : finTimeout(ns, socket, tcp.flags.fin)
  const received = takeText(ns, socket, segment)
  return received.reset
    ? received.effects
    : [...acked, ...opened, ...halfClosed, ...received.effects, ...pushPending(ns, socket), ...ackSndCheck(ns, socket)]
}

/** Our SYN-ACK of a crossed opening is acknowledged. */
function crossedOpen(ns: NetNs, socket: TcpSocket, packet: IpPacket): KernelEffect[] {
  if (socket.state !== 'SYN-RECV') return []
  socket.state = 'ESTAB'
  traceSocket(ns, socket, 'connected', { packet, detail: 'ESTAB' })
  return [deliver(socket, { kind: 'connected' })]
}

/** "step 7: process the segment text". After the peer's FIN, or after close(), nobody reads any more: data that is new ends the connection. */
function takeText(ns: NetNs, socket: TcpSocket, segment: Segment): { readonly effects: KernelEffect[]; readonly reset: boolean } {
  const { packet, tcp } = segment
  const { rcvNxt, orphan } = socket.tcp
  const finSeen = socket.state === 'CLOSE-WAIT' || socket.state === 'CLOSING' || socket.state === 'LAST-ACK'
  if (finSeen && seqDiff(tcp.seq, rcvNxt) >= 0) return { effects: [], reset: false }
  if ((finSeen || orphan) && bringsNewData(socket, segment)) {
    const errno = socket.state === 'CLOSE-WAIT' ? 'EPIPE' : 'ECONNRESET'
    const told = orphan ? [] : [deliver(socket, { kind: 'error', errno })]
    return { effects: [...told, ...abortOnData(ns, socket, segment)], reset: true }
  }
  return { effects: tcpDataQueue(ns, socket, packet, tcp), reset: false }
}

/** `after(end_seq - th->fin, rcv_nxt)`: does it hold data that was not here yet? */
function bringsNewData({ tcp: { rcvNxt } }: TcpSocket, segment: Segment): boolean {
  const { tcp } = segment
  const end = endSeq(segment)
  return end !== tcp.seq && seqDiff(end, rcvNxt) - (tcp.flags.fin ? 1 : 0) > 0
}

/** Is our FIN acknowledged now? Null: the connection goes on. */
function afterAck(ns: NetNs, socket: TcpSocket, segment: Segment): KernelEffect[] | null {
  const { packet } = segment
  const { tcp } = socket
  const finAcked = tcp.finQueued && tcp.writeQueue.length === 0 && tcp.sndUna === tcp.writeSeq
  if (!finAcked) return null
  switch (socket.state) {
    case 'FIN-WAIT-1':
      socket.state = 'FIN-WAIT-2'
      return tcp.orphan && bringsNewData(socket, segment) ? abortOnData(ns, socket, segment) : null
    case 'CLOSING':
      return tcpTimeWait(ns, socket, packet)
    case 'LAST-ACK':
      return tcpClosed(ns, socket, packet)
    default:
      return null
  }
}
