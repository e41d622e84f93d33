/** Kernel: net/ipv4/tcp_input.c, tcp_validate_incoming(), the first checks of tcp_ack(). May a segment be what the peer says? RFC 9293, RFC 5961. */
import type { TcpHeader } from '../net/packet.ts'
import { decidedBy, drop } from './drop.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { deliver, traceSocket } from './socket-event.ts'
import { unhashSocket } from './socket-lookup.ts'
import type { TcpControl } from './socket-table.ts'
import { sysctl } from './sysctl.ts'
import type { TcpSocket } from './tcp-control.ts'
import { sendAck, sendReset, WINDOW } from './tcp-output.ts'
import { duplicateSackSet } from './tcp-sack.ts'
import { endSeq, type Segment, segmentSpan, seqDiff } from './tcp-segment.ts'

/** `tcp_in_window()`: for what is not a whole socket (SYN-RECV, TIME-WAIT). */
export function isInWindow({ rcvNxt }: TcpControl, segment: Segment): boolean {
  const [first, end] = [seqDiff(segment.tcp.seq, rcvNxt), seqDiff(endSeq(segment), rcvNxt)]
  return first === 0 || (end > 0 && first < WINDOW) || (first === WINDOW && end === first)
}

/** `tcp_validate_incoming()`. Null: go on; else what is done about what is out of the window, a RST or a SYN. */
export function tcpValidateIncoming(ns: NetNs, socket: TcpSocket, segment: Segment): KernelEffect[] | null {
  const { packet, tcp } = segment
  const { rst, syn } = tcp.flags
  const { rcvNxt, rcvWup } = socket.tcp
  const end = endSeq(segment)
  // tcp_sequence()
  const outside = seqDiff(end, rcvWup) < 0 || seqDiff(tcp.seq, rcvNxt) > WINDOW
  if (rst && isReset(socket, tcp)) return tcpReset(ns, socket, segment)
  if (!rst && !syn && !outside) return null
  if (!rst && syn && isCrossed(socket, segment)) return null
  const what = rst ? 'a RST that is not exactly next' : syn ? 'a SYN inside a connection' : 'outside the window'
  // A repeated SYN ACK is nothing unusual: it wants its ACK again.
  if (!syn || !tcp.flags.ack) drop(ns, packet, 'TCP_INVALID_SEQUENCE', { by: decidedBy('socket', `${socket.state}: ${what}`) })
  if (rst && outside) return []
  // RFC 5961: a challenge, so that a peer that has restarted answers with RST.
  if (rst || syn) return tcpSendChallengeAck(ns, socket)
  // tcp_send_dupack()
  if (end !== tcp.seq && seqDiff(tcp.seq, rcvNxt) < 0)
    duplicateSackSet(socket.tcp, { left: tcp.seq, right: seqDiff(end, rcvNxt) > 0 ? rcvNxt : end })
  return oowRateLimited(ns, socket, segment) ? [] : sendAck(ns, socket)
}

/** The SYN-ACK of the other end, where both have opened at once. */
function isCrossed({ state, tcp: { rcvNxt, sndNxt } }: TcpSocket, { packet, tcp }: Segment): boolean {
  const isSynAck = tcp.flags.ack && packet.payload.length === 0 && seqDiff(tcp.seq, rcvNxt) === -1
  return state === 'SYN-RECV' && isSynAck && tcp.ack === sndNxt
}

/** Is a RST believed? With the number that is next, or that follows the last of what is ahead of its turn; or (`tcp_reset_check()`) that of the FIN. */
function isReset({ state, tcp: { rcvNxt, sacks } }: TcpSocket, { seq }: TcpHeader): boolean {
  const ahead = seqDiff(seq, rcvNxt)
  if (ahead === -1) return state === 'CLOSE-WAIT' || state === 'LAST-ACK' || state === 'CLOSING'
  return ahead === 0 || (sacks.length > 0 && ahead === Math.max(...sacks.map(({ right }) => seqDiff(right, rcvNxt))))
}

/** `tcp_reset()`: the peer ends it. A program that has read the end of what the peer sent learns it as EPIPE. */
function tcpReset(ns: NetNs, socket: TcpSocket, { packet }: Segment): KernelEffect[] {
  const errno = socket.state === 'CLOSE-WAIT' ? 'EPIPE' : 'ECONNRESET'
  traceSocket(ns, socket, 'error', { packet, detail: errno })
  unhashSocket(ns, socket)
  return socket.tcp.orphan ? [] : [deliver(socket, { kind: 'error', errno })]
}

/** TCP_ABORT_ON_DATA: data that nobody reads any more ends the connection. */
export function abortOnData(ns: NetNs, socket: TcpSocket, { packet, ip }: Segment): KernelEffect[] {
  drop(ns, packet, 'TCP_CLOSE', { by: decidedBy('socket', 'data for a closed socket') })
  // Its owner is asked for while it is still here.
  const reset = sendReset(ns, packet, ip, socket.id)
  unhashSocket(ns, socket)
  return reset
}

/** What an acknowledgement says: of what is under way, of what was acknowledged before, or of what cannot be. */
export function ackVerdict({ tcp }: TcpSocket, { ack }: TcpHeader): 'valid' | 'old' | 'invalid' {
  const ahead = seqDiff(ack, tcp.sndUna)
  if (ahead >= 0) return seqDiff(ack, tcp.sndNxt) <= 0 ? 'valid' : 'invalid'
  // bytes_acked counts a SYN, but not a SYN-ACK.
  const bytesAcked = seqDiff(tcp.sndUna, tcp.iss) - (tcp.listener === null ? 0 : 1)
  return ahead < -Math.min(WINDOW, bytesAcked) ? 'invalid' : 'old'
}

/** `tcp_send_challenge_ack()`. */
export function tcpSendChallengeAck(ns: NetNs, socket: TcpSocket): KernelEffect[] {
  return isLimited(ns, socket) ? [] : sendAck(ns, socket)
}

/** `tcp_oow_rate_limited()`: answers to what is out of the window, unless it brings data, are 500 ms apart. */
export function oowRateLimited(ns: NetNs, socket: TcpSocket, segment: Segment): boolean {
  const { packet, tcp } = segment
  const bringsData = segmentSpan(tcp, packet.payload.length) > 0 && !tcp.flags.syn
  return !bringsData && isLimited(ns, socket)
}

/** `__tcp_oow_rate_limited()`. */
function isLimited(ns: NetNs, { tcp }: TcpSocket): boolean {
  const { nowMs } = ns.kernel
  if (tcp.lastOowAckMs !== null && nowMs - tcp.lastOowAckMs < sysctl(ns, 'net.ipv4.tcp_invalid_ratelimit')) return true
  tcp.lastOowAckMs = nowMs
  return false
}
