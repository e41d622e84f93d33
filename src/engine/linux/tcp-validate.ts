/** Kernel: net/ipv4/tcp_input.c, tcp_validate_incoming(); tcp_minisocks.c, tcp_in_window(). Which segments a connection takes at all (RFC 9293, RFC 5961). */
import type { IpPacket, TcpHeader } from '../net/packet.ts'
import { decidedBy, drop } from './drop.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import type { TcpControl } from './socket-table.ts'
import { type TcpSocket, tcpDone } from './tcp-control.ts'
import { sendAck, WINDOW } from './tcp-output.ts'
import { duplicateSackSet } from './tcp-sack.ts'
import { segmentSpan, seqAdd, seqDiff } from './tcp-segment.ts'

/** `tcp_in_window()`: does any of it belong between what was acknowledged and the end of the window? */
export function isInWindow({ rcvNxt }: TcpControl, packet: IpPacket, tcp: TcpHeader): boolean {
  const begin = seqDiff(tcp.seq, rcvNxt)
  const end = begin + segmentSpan(tcp, packet.payload.length)
  return begin === 0 || (end > 0 && begin < WINDOW) || (begin === WINDOW && end === WINDOW)
}

/** Null: the segment is taken. Else what became of it: a reset, or an acknowledgement that tells the sender where things stand. */
export function tcpValidateIncoming(ns: NetNs, socket: TcpSocket, packet: IpPacket, tcp: TcpHeader): KernelEffect[] | null {
  const end = seqAdd(tcp.seq, segmentSpan(tcp, packet.payload.length))
  const expected = seqDiff(end, socket.tcp.rcvWup) >= 0 && seqDiff(tcp.seq, socket.tcp.rcvNxt) <= WINDOW
  if (tcp.flags.rst && tcp.seq === socket.tcp.rcvNxt) return tcpDone(ns, socket, 'ECONNRESET', { packet, action: 'error' })
  if (expected && !tcp.flags.rst && !tcp.flags.syn) return null
  const what = tcp.flags.rst ? 'RST outside the window' : tcp.flags.syn ? 'SYN inside a connection' : 'outside the window'
  // A repeated SYN ACK is nothing unusual: it wants its ACK again.
  if (!(tcp.flags.syn && tcp.flags.ack)) drop(ns, packet, 'TCP_INVALID_SEQUENCE', { by: decidedBy('socket', `${socket.state}: ${what}`) })
  if (!expected && tcp.flags.rst) return []
  if (!tcp.flags.rst && !tcp.flags.syn) tellDuplicate(socket.tcp, tcp.seq, end)
  return sendAck(ns, socket)
}

/** `tcp_send_dupack()`: of what has arrived before. */
function tellDuplicate(tcp: TcpControl, left: number, end: number): void {
  if (left === end || seqDiff(left, tcp.rcvNxt) >= 0) return
  duplicateSackSet(tcp, { left, right: seqDiff(end, tcp.rcvNxt) > 0 ? tcp.rcvNxt : end })
}
