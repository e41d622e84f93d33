/** Kernel: net/ipv4/tcp_timer.c. Retransmission, delayed acknowledgement, the end of waiting. */
import type { KernelEffect } from './kernel-effect.ts'
import { isQueued } from './neighbour.ts'
import type { NetNs } from './netns.ts'
import { unhashSocket } from './socket-lookup.ts'
import { sysctl } from './sysctl.ts'
import { isConnection, type TcpSocket, tcpDone } from './tcp-control.ts'
import { armRetransmit, sendAck, sendSegment } from './tcp-output.ts'
import type { Timer } from './timer.ts'

/** The TCP timers of one socket; a stale one does nothing. */
export function tcpTimer(ns: NetNs, timer: Exclude<Timer, { kind: 'neighbour' | 'qdisc' }>): KernelEffect[] {
  const socket = ns.sockets.sockets.get(timer.socket)
  if (!socket || !isConnection(socket)) return []
  const { tcp } = socket
  switch (timer.kind) {
    case 'tcp-retransmit':
      return timer.generation === tcp.retransmitGeneration ? tcpRetransmitTimer(ns, socket) : []
    case 'tcp-delayed-ack':
      return timer.generation === tcp.delayedAckGeneration && tcp.ackPending ? delayedAck(ns, socket) : []
    case 'tcp-time-wait':
    case 'socket-timeout':
      if (timer.generation === tcp.lifetimeGeneration) unhashSocket(ns, socket)
      return []
  }
}

/** `tcp_delack_timer_handler()`: the peer waits for an answer that does not come, so the exchange is not interactive after all. */
function delayedAck(ns: NetNs, socket: TcpSocket): KernelEffect[] {
  socket.tcp.pingpong = false
  return sendAck(ns, socket)
}

/** Kernel: TCP_ORPHAN_RETRIES' stand-in when tcp_orphan_retries is 0. */
const ORPHAN_RETRIES = 8

/** `tcp_write_timeout()`: how many retransmissions are enough. */
function retryLimit(ns: NetNs, socket: TcpSocket): number {
  if (socket.state === 'SYN-SENT') return sysctl(ns, 'net.ipv4.tcp_syn_retries') + sysctl(ns, 'net.ipv4.tcp_syn_linear_timeouts')
  if (socket.state === 'SYN-RECV') return sysctl(ns, 'net.ipv4.tcp_synack_retries')
  if (socket.tcp.orphan) return sysctl(ns, 'net.ipv4.tcp_orphan_retries') || ORPHAN_RETRIES
  return sysctl(ns, 'net.ipv4.tcp_retries2')
}

/** `tcp_retransmit_timer()`: the first unacknowledged segment again, or the end. A SYN's first timeouts do not back off (tcp_syn_linear_timeouts). */
export function tcpRetransmitTimer(ns: NetNs, socket: TcpSocket): KernelEffect[] {
  const { tcp } = socket
  const [segment] = tcp.rtxQueue
  if (!segment) return []
  if (tcp.retransmits >= retryLimit(ns, socket)) {
    const packet = tcp.lastSent
    return packet ? tcpDone(ns, socket, 'ETIMEDOUT', { packet, action: 'timeout' }) : []
  }
  tcp.retransmits++
  tcp.timeouts++
  tcp.cwnd = 1
  const linear = socket.state === 'SYN-SENT' && tcp.retransmits <= sysctl(ns, 'net.ipv4.tcp_syn_linear_timeouts')
  if (!linear) tcp.backoff++
  // skb_still_in_host_queue(): the earlier one has not left yet, it waits for ARP.
  const waiting = isQueued(
    ns,
    (packet) => packet.socket === socket.id && packet.transport?.kind === 'tcp' && packet.transport.seq === segment.seq,
  )
  const sent = waiting ? [] : sendSegment(ns, socket, segment, true)
  return [armRetransmit(socket), ...sent]
}
