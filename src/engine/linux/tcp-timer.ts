/** Kernel: net/ipv4/tcp_timer.c; tcp_output.c, tcp_send_loss_probe(), tcp_send_probe0(). Retransmission, delayed acknowledgement, the end of waiting. */
import type { Packet } from '../net/packet.ts'
import type { KernelEffect } from './kernel-effect.ts'
import { isQueued } from './neighbour.ts'
import type { NetNs } from './netns.ts'
import { unhashSocket } from './socket-lookup.ts'
import type { TcpSegment } from './socket-table.ts'
import { sysctl } from './sysctl.ts'
import { isConnection, type TcpSocket, tcpDone } from './tcp-control.ts'
import { sendAck, sendNext, sendSegment } from './tcp-output.ts'
import { synAckTimer } from './tcp-request.ts'
import { armProbe, armRetransmit, RTO_MIN_MS, rearmRetransmit } from './tcp-rto.ts'
import type { Timer } from './timer.ts'

/** The TCP timers of one socket; a stale one does nothing. */
export function tcpTimer(ns: NetNs, timer: Exclude<Timer, { kind: 'neighbour' | 'qdisc' | 'sctp' }>): KernelEffect[] {
  const socket = ns.sockets.sockets.get(timer.socket)
  if (!socket || !isConnection(socket)) return []
  const { tcp } = socket
  switch (timer.kind) {
    case 'tcp-retransmit':
      return timer.generation === tcp.retransmitGeneration ? writeTimer(ns, socket) : []
    case 'tcp-syn-ack':
      return timer.generation === tcp.retransmitGeneration ? synAckTimer(ns, socket) : []
    case 'tcp-delayed-ack':
      return timer.generation === tcp.delayedAckGeneration && tcp.ackPending && !tcp.timeWait ? delayedAck(ns, socket) : []
    case 'tcp-time-wait':
    case 'socket-timeout':
      if (timer.generation === tcp.lifetimeGeneration) unhashSocket(ns, socket)
      return []
  }
}

/** `tcp_write_timer_handler()`. */
function writeTimer(ns: NetNs, socket: TcpSocket): KernelEffect[] {
  const { timer } = socket.tcp
  socket.tcp.timer = null
  if (timer === 'loss-probe') return lossProbe(ns, socket)
  return timer === 'probe' ? probeTimer(ns, socket) : tcpRetransmitTimer(ns, socket)
}

/** `tcp_delack_timer_handler()`: the peer waits for an answer that does not come, so the exchange is not interactive after all. */
function delayedAck(ns: NetNs, socket: TcpSocket): KernelEffect[] {
  socket.tcp.pingpong = false
  return sendAck(ns, socket)
}

/** Kernel: TCP_ORPHAN_RETRIES' stand-in when tcp_orphan_retries is 0. */
const ORPHAN_RETRIES = 8

/** `tcp_retries2` of a connection, `tcp_orphan_retries` of one whose program is gone. */
function retryLimit(ns: NetNs, { tcp }: TcpSocket): number {
  return tcp.orphan ? sysctl(ns, 'net.ipv4.tcp_orphan_retries') || ORPHAN_RETRIES : sysctl(ns, 'net.ipv4.tcp_retries2')
}

/** TCP_RTO_MAX / TCP_RTO_MIN is 2^9 and some: from there on each retry counts as the longest timeout, 120 s. */
const DOUBLINGS = 9
const RTO_MAX_MS = 120_000

/** `tcp_model_timeout()`: how long so many retries would take from the shortest timeout. */
function modelTimeout(retries: number): number {
  const doubled = Math.min(retries, DOUBLINGS)
  return (2 ** (doubled + 1) - 1) * RTO_MIN_MS + (retries - doubled) * RTO_MAX_MS
}

/** `tcp_write_timeout()`: SYNs are counted; else the time since the first retransmission counts. */
function isExpired(ns: NetNs, socket: TcpSocket): boolean {
  const { retransmits, retransStampMs } = socket.tcp
  if (socket.state === 'SYN-SENT')
    return retransmits >= sysctl(ns, 'net.ipv4.tcp_syn_retries') + sysctl(ns, 'net.ipv4.tcp_syn_linear_timeouts')
  // Timestamps count whole milliseconds (tcp_time_stamp_ts()).
  return retransmits > 0 && retransStampMs !== null && Math.round(ns.kernel.nowMs - retransStampMs) >= modelTimeout(retryLimit(ns, socket))
}

/** `tcp_write_err()`: what an ICMP error said in the meantime is the reason, else that nobody answered. */
function timedOut(ns: NetNs, socket: TcpSocket): KernelEffect[] {
  const packet = socket.tcp.lastSent
  return packet ? tcpDone(ns, socket, socket.tcp.softError ?? 'ETIMEDOUT', { packet, action: 'timeout' }) : []
}

/** `skb_still_in_host_queue()`: an earlier copy has not left yet, it waits for ARP; by itself, or inside of what tunnels made of it. */
function isWaiting(ns: NetNs, socket: TcpSocket, { seq }: TcpSegment): boolean {
  return isQueued(ns, (packet) => {
    const { transport } = innermost(packet)
    return packet.socket === socket.id && transport?.kind === 'tcp' && transport.seq === seq
  })
}

const innermost = (packet: Packet): Packet => (packet.payload.inner === null ? packet : innermost(packet.payload.inner))

/** `tcp_retransmit_timer()`: the first unacknowledged segment again, or the end. A SYN's first timeouts do not back off (tcp_syn_linear_timeouts). */
export function tcpRetransmitTimer(ns: NetNs, socket: TcpSocket): KernelEffect[] {
  const { tcp } = socket
  const [segment] = tcp.rtxQueue
  if (!segment) return []
  tcp.lossProbe = null
  if (isExpired(ns, socket)) return timedOut(ns, socket)
  tcp.retransmits++
  tcp.timeouts++
  tcp.cwnd = 1
  if (socket.state !== 'SYN-SENT') tcp.lossEnd ??= tcp.sndNxt
  const linear = socket.state === 'SYN-SENT' && tcp.retransmits <= sysctl(ns, 'net.ipv4.tcp_syn_linear_timeouts')
  const sent = isWaiting(ns, socket, segment) ? [] : sendSegment(ns, socket, segment, true).effects
  tcp.retransStampMs ??= segment.sentMs
  if (!linear) tcp.backoff++
  return [armRetransmit(socket), ...sent]
}

/** `tcp_send_loss_probe()`: what waits to be sent, else the last segment again, once; then the timeout runs. */
function lossProbe(ns: NetNs, socket: TcpSocket): KernelEffect[] {
  const { tcp } = socket
  const last = tcp.rtxQueue.at(-1)
  if (!last) return []
  if (tcp.lossProbe !== null) return [rearmRetransmit(ns, socket)]
  const waits = tcp.writeQueue.length > 0
  if (!waits && isWaiting(ns, socket, last)) return [rearmRetransmit(ns, socket)]
  const sent = waits ? sendNext(ns, socket) : sendSegment(ns, socket, last, true)
  if (sent === null) return []
  if (sent.errno !== null) return [rearmRetransmit(ns, socket), ...sent.effects]
  tcp.lossProbe = { end: tcp.sndNxt, again: !waits }
  return [armRetransmit(socket), ...sent.effects]
}

/** `tcp_probe_timer()`, `tcp_send_probe0()`: what this machine itself did not let out is tried again, at longer and longer intervals. */
function probeTimer(ns: NetNs, socket: TcpSocket): KernelEffect[] {
  const { tcp } = socket
  const [segment] = tcp.writeQueue
  if (tcp.rtxQueue.length > 0 || !segment) return []
  if (tcp.probes >= retryLimit(ns, socket)) return timedOut(ns, socket)
  // tcp_write_wakeup(): a probe asks to be answered at once.
  segment.psh = true
  const sent = sendNext(ns, socket)
  if (sent === null || sent.errno === null) {
    tcp.probes = 0
    tcp.backoff = 0
    return [armRetransmit(socket), ...(sent?.effects ?? [])]
  }
  tcp.probes++
  if (tcp.backoff < sysctl(ns, 'net.ipv4.tcp_retries2')) tcp.backoff++
  return [armProbe(socket), ...sent.effects]
}
