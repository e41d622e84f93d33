/** Kernel: net/ipv4/tcp_input.c, tcp_data_queue(), tcp_fin(), __tcp_ack_snd_check(). Data and FIN, in order. */
import type { IpPacket, SackBlock, TcpHeader } from '../net/packet.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { deliver } from './socket-event.ts'
import { type TcpSocket, tcpTimeWait } from './tcp-control.ts'
import { delayAck, sendAck } from './tcp-output.ts'
import { duplicateSackExtend, duplicateSackSet, knownOf, sackNew, sackRemove, sackReset } from './tcp-sack.ts'
import { seqAdd, seqDiff } from './tcp-segment.ts'

/** Kernel: TCP_MAX_QUICKACKS. */
const MAX_QUICK_ACKS = 16

interface Piece {
  readonly seq: number
  readonly length: number
  readonly data: unknown
  readonly psh: boolean
  readonly fin: boolean
}

/** Takes a segment's data and FIN when their turn has come, else keeps or ignores them, and notes what is to be acknowledged. */
export function tcpDataQueue(ns: NetNs, socket: TcpSocket, packet: IpPacket, header: TcpHeader): KernelEffect[] {
  const { tcp } = socket
  const { length, data } = packet.payload
  const { fin, psh } = header.flags
  // The SYN of a crossed opening takes a number too, and has been here before.
  if (header.flags.syn) tcp.ackDue = 'now'
  if (length === 0 && !fin) return []
  const whole: Piece = { seq: header.seq, length, data, psh, fin }
  const ahead = seqDiff(whole.seq, tcp.rcvNxt)
  const isNews = ahead <= 0 && ahead + length + (fin ? 1 : 0) > 0
  if (ahead !== 0) outOfTurn(tcp, whole, ahead)
  if (!isNews) {
    tcp.ackDue = 'now'
    return []
  }
  const piece: Piece = { ...whole, seq: tcp.rcvNxt, length: length + ahead }
  const effects = accept(ns, socket, piece, packet)
  const hasMore = tcp.outOfOrder.length > 0
  noteCovered(tcp)
  for (let next = takeNext(socket); next; next = takeNext(socket)) effects.push(...accept(ns, socket, next, packet))
  // RFC 5681 4.2: "a receiver SHOULD send an immediate ACK when it receives a data segment that fills in all or part of a gap".
  if (hasMore && tcp.outOfOrder.length === 0) tcp.ackDue = 'now'
  sackRemove(tcp)
  return effects
}

const blockOf = ({ seq, length, fin }: Piece): SackBlock => ({ left: seq, right: seqAdd(seq, length + (fin ? 1 : 0)) })

/** `tcp_data_queue_ofo()` for what is ahead of its turn; else it, or its beginning, has been here before. */
function outOfTurn(tcp: TcpSocket['tcp'], piece: Piece, ahead: number): void {
  const block = blockOf(piece)
  if (ahead < 0) {
    duplicateSackSet(tcp, { ...block, right: seqDiff(block.right, tcp.rcvNxt) > 0 ? tcp.rcvNxt : block.right })
    return
  }
  const known = knownOf(tcp.outOfOrder.map(blockOf), block)
  if (known !== null) duplicateSackSet(tcp, known)
  if (known?.left !== block.left || known.right !== block.right) tcp.outOfOrder.push(piece)
  sackNew(tcp, block)
}

/** `tcp_ofo_queue()`: what came before its turn, and has come again with what was next. */
function noteCovered(tcp: TcpSocket['tcp']): void {
  let high = tcp.rcvNxt
  for (const { left, right } of tcp.outOfOrder.map(blockOf).sort((a, b) => seqDiff(a.left, b.left))) {
    if (seqDiff(left, high) >= 0) return
    duplicateSackExtend(tcp, { left, right: high })
    if (seqDiff(right, high) < 0) high = right
  }
}

/** `tcp_ofo_queue()`: the next of what came before its turn, without what has arrived since. */
function takeNext({ tcp }: TcpSocket): Piece | undefined {
  const { rcvNxt } = tcp
  tcp.outOfOrder = tcp.outOfOrder.filter(({ seq, length, fin }) => seqDiff(seq, rcvNxt) + length + (fin ? 1 : 0) > 0)
  const at = tcp.outOfOrder.findIndex(({ seq }) => seqDiff(seq, rcvNxt) <= 0)
  const [piece] = at < 0 ? [] : tcp.outOfOrder.splice(at, 1)
  return piece && { ...piece, seq: rcvNxt, length: piece.length + seqDiff(piece.seq, rcvNxt) }
}

function accept(ns: NetNs, socket: TcpSocket, piece: Piece, packet: IpPacket): KernelEffect[] {
  socket.tcp.rcvNxt = seqAdd(socket.tcp.rcvNxt, piece.length + (piece.fin ? 1 : 0))
  const effects: KernelEffect[] = []
  if (piece.length > 0) {
    effects.push(...readable(socket, piece))
    acknowledgeData(ns, socket)
  }
  if (piece.fin) effects.push(...tcpFin(ns, socket, packet))
  return effects
}

/** A message reaches the program whole, when its last segment (PSH, or FIN) is here. */
function readable(socket: TcpSocket, piece: Piece): KernelEffect[] {
  const { tcp } = socket
  const message = { data: tcp.pending?.data ?? piece.data, length: (tcp.pending?.length ?? 0) + piece.length }
  const whole = piece.psh || piece.fin
  tcp.pending = whole ? null : message
  if (!whole) return []
  return [deliver(socket, { kind: 'data', ...message, from: { address: socket.remoteAddress, port: socket.remotePort } })]
}

/** At once while in quick-ack mode or after more than a full segment; otherwise the acknowledgement may wait for an answer to ride on. */
function acknowledgeData(ns: NetNs, socket: TcpSocket): void {
  const { tcp } = socket
  if (tcp.lastReceivedMs === null) tcp.quickAcks = MAX_QUICK_ACKS
  tcp.lastReceivedMs = ns.kernel.nowMs
  const quick = tcp.quickAcks > 0 && !tcp.pingpong
  tcp.ackDue = quick || seqDiff(tcp.rcvNxt, tcp.rcvWup) > tcp.mss ? 'now' : 'delayed'
}

/** `tcp_ack_snd_check()`: after `tcp_data_snd_check()`, so that what was sent (or tried) then has taken it along. Where something is missing nothing waits. */
export function ackSndCheck(ns: NetNs, socket: TcpSocket): KernelEffect[] {
  const { ackDue, outOfOrder } = socket.tcp
  socket.tcp.ackDue = null
  if (ackDue === null) return []
  return ackDue === 'now' || outOfOrder.length > 0 ? sendAck(ns, socket) : delayAck(socket)
}

/** `tcp_fin()`: the peer sends no more. */
function tcpFin(ns: NetNs, socket: TcpSocket, packet: IpPacket): KernelEffect[] {
  socket.tcp.outOfOrder = []
  sackReset(socket.tcp)
  const eof = socket.tcp.orphan ? [] : [deliver(socket, { kind: 'eof' })]
  switch (socket.state) {
    case 'ESTAB':
      socket.state = 'CLOSE-WAIT'
      socket.tcp.pingpong = true
      if (seqDiff(socket.tcp.rcvNxt, socket.tcp.rcvWup) <= socket.tcp.mss) socket.tcp.ackDue = 'delayed'
      return eof
    case 'FIN-WAIT-1':
      socket.state = 'CLOSING'
      return [...eof, ...sendAck(ns, socket)]
    case 'FIN-WAIT-2':
      return [...eof, ...sendAck(ns, socket), ...tcpTimeWait(ns, socket, packet)]
    default:
      socket.tcp.ackDue = 'now'
      return []
  }
}
