/** Kernel: net/ipv4/tcp_minisocks.c, tcp_timewait_state_process(). What is left of a connection that its program has closed: FIN-WAIT-2, then TIME-WAIT. */
import { decidedBy, drop } from './drop.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { unhashSocket } from './socket-lookup.ts'
import { type TcpSocket, tcpTimeWait } from './tcp-control.ts'
import { sendAck } from './tcp-output.ts'
import { endSeq, type Segment, seqDiff } from './tcp-segment.ts'
import { abortOnData, isInWindow, oowRateLimited } from './tcp-validate.ts'

/** A segment for it. A SYN that begins a new connection has been given to the listener. */
export function timeWaitProcess(ns: NetNs, socket: TcpSocket, segment: Segment): KernelEffect[] {
  return socket.state === 'TIME-WAIT' ? inTimeWait(ns, socket, segment) : inFinWait2(ns, socket, segment)
}

/** `kill:` */
function kill(ns: NetNs, socket: TcpSocket, { packet }: Segment): KernelEffect[] {
  unhashSocket(ns, socket)
  return drop(ns, packet, 'TCP_RESET', { by: decidedBy('socket', socket.state) })
}

/** TCP_TW_ACK_OOW */
function answerOutside(ns: NetNs, socket: TcpSocket, segment: Segment): KernelEffect[] {
  return oowRateLimited(ns, socket, segment) ? [] : sendAck(ns, socket)
}

/** "Just repeat all the checks of tcp_rcv_state_process()". */
function inFinWait2(ns: NetNs, socket: TcpSocket, segment: Segment): KernelEffect[] {
  const { packet, tcp } = segment
  const { rcvNxt } = socket.tcp
  if (!isInWindow(socket.tcp, segment)) return answerOutside(ns, socket, segment)
  if (tcp.flags.rst) return kill(ns, socket, segment)
  const end = seqDiff(endSeq(segment), rcvNxt)
  const old = !tcp.flags.ack || end <= 0 || endSeq(segment) === tcp.seq
  const unwanted = tcp.flags.syn ? seqDiff(tcp.seq, rcvNxt) >= 0 : !old && !(tcp.flags.fin && end === 1)
  if (unwanted) return abortOnData(ns, socket, segment)
  if (old) return []
  socket.tcp.rcvNxt = endSeq(segment)
  socket.tcp.tsRecent = tcp.timestamps?.value ?? socket.tcp.tsRecent
  return [...sendAck(ns, socket), ...tcpTimeWait(ns, socket, packet)]
}

/** A repeated FIN is acknowledged again, and so is what else is not exactly next; what is may end it before its time (RFC 1337). */
function inTimeWait(ns: NetNs, socket: TcpSocket, segment: Segment): KernelEffect[] {
  const { packet, tcp } = segment
  const isNext = tcp.seq === socket.tcp.rcvNxt && (tcp.flags.rst || endSeq(segment) === tcp.seq)
  if (isNext) return tcp.flags.rst ? kill(ns, socket, segment) : tcpTimeWait(ns, socket, packet)
  if (tcp.flags.rst)
    return drop(ns, packet, 'TCP_INVALID_SEQUENCE', { by: decidedBy('socket', 'TIME-WAIT: a RST that is not exactly next') })
  const again = tcp.flags.ack ? tcpTimeWait(ns, socket, packet) : []
  return [...answerOutside(ns, socket, segment), ...again]
}
