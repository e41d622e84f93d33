/** Kernel: net/ipv4/tcp_input.c, tcp_ack(). What the peer has received. */
import type { TcpHeader } from '../net/packet.ts'
import type { KernelEffect } from './kernel-effect.ts'
import { neighConfirm } from './neighbour.ts'
import type { NetNs } from './netns.ts'
import { ipRouteOutput } from './route-output.ts'
import type { TcpSegment } from './socket-table.ts'
import { flowOf, type TcpSocket } from './tcp-control.ts'
import { armAfterSending, clearTimer, measureRtt } from './tcp-rto.ts'
import { segmentEnd, seqDiff } from './tcp-segment.ts'

/** Clears acknowledged segments, measures the round trip, widens the window, confirms the neighbour, restarts the timer. */
export function tcpAck(ns: NetNs, socket: TcpSocket, header: TcpHeader): KernelEffect[] {
  const { tcp } = socket
  if (!header.flags.ack || seqDiff(header.ack, tcp.sndUna) < 0 || seqDiff(header.ack, tcp.sndNxt) > 0) return []
  tcp.probes = 0
  tcp.softError = null
  if (tcp.rtxQueue.length === 0) ackProbe(socket)
  if (header.ack === tcp.sndUna) return []
  tcp.sndUna = header.ack
  tcp.retransmits = 0
  const acked = tcp.rtxQueue.filter((segment) => seqDiff(segmentEnd(segment), header.ack) <= 0)
  tcp.rtxQueue = tcp.rtxQueue.filter((segment) => seqDiff(segmentEnd(segment), header.ack) > 0)
  updateRtt(ns, socket, acked, header)
  tcp.cwnd += acked.length
  if (tcp.lossProbeEnd !== null && seqDiff(header.ack, tcp.lossProbeEnd) >= 0) tcp.lossProbeEnd = null
  if (tcp.lossEnd !== null && seqDiff(header.ack, tcp.lossEnd) >= 0) tcp.lossEnd = null
  confirmNextHop(ns, socket)
  if (tcp.rtxQueue.length > 0) return [armAfterSending(ns, socket, true)]
  tcp.retransStampMs = null
  clearTimer(socket)
  return []
}

/** `tcp_ack_probe()`: the peer is there, so what could not be sent is tried at once (by what follows), and from the start. */
function ackProbe(socket: TcpSocket): void {
  const { tcp } = socket
  if (tcp.writeQueue.length === 0) return
  tcp.backoff = 0
  if (tcp.timer === 'probe') clearTimer(socket)
}

/** `tcp_ack_update_rtt()`: of what was sent once; else (Karn's rule) what the echoed timestamp tells, in whole milliseconds. */
function updateRtt(ns: NetNs, socket: TcpSocket, acked: readonly TcpSegment[], { timestamps }: TcpHeader): void {
  const { nowMs } = ns.kernel
  const first = acked[0]
  if (!first) return
  const again = acked.some(({ retransmitted }) => retransmitted)
  const sentMs = again ? null : first.sentMs
  if (sentMs !== null) measureRtt(socket, nowMs - sentMs)
  else if (timestamps) measureRtt(socket, Math.max(1, Math.floor(nowMs) - Math.floor(timestamps.echo)))
  else return
  socket.tcp.backoff = 0
}

/** `sk_dst_confirm()`: progress proves that the next hop is alive, so ARP need not ask. */
function confirmNextHop(ns: NetNs, socket: TcpSocket): void {
  const route = ipRouteOutput(ns, flowOf(socket))
  if (!('error' in route)) neighConfirm(ns, route.device, route.nextHop)
}
