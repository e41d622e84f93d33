/** Kernel: net/ipv4/tcp_input.c, tcp_ack(). What the peer has received. */
import type { TcpHeader } from '../net/packet.ts'
import type { KernelEffect } from './kernel-effect.ts'
import { neighConfirm } from './neighbour.ts'
import type { NetNs } from './netns.ts'
import { ipRouteOutput } from './route-output.ts'
import type { TcpControl, TcpSegment } from './socket-table.ts'
import { flowOf, type TcpSocket } from './tcp-control.ts'
import { armAfterSending, clearTimer, measureRtt } from './tcp-rto.ts'
import { segmentEnd, seqDiff } from './tcp-segment.ts'

/** Clears acknowledged segments, measures the round trip, widens the window, confirms the neighbour, restarts the timer. `length`: bytes of data. */
export function tcpAck(ns: NetNs, socket: TcpSocket, header: TcpHeader, length: number): KernelEffect[] {
  const { tcp } = socket
  if (seqDiff(header.ack, tcp.sndUna) < 0) return []
  tcp.probes = 0
  tcp.softError = null
  if (tcp.rtxQueue.length === 0) ackProbe(socket)
  const tellsWindow = updatesWindow(tcp, header)
  const repeats = !tellsWindow && header.ack === tcp.sndUna && length === 0 && !header.flags.fin
  if (isProbeAnswered(tcp, header, repeats)) tcp.lossProbe = null
  if (header.ack === tcp.sndUna) return []
  tcp.sndUna = header.ack
  tcp.retransmits = 0
  const acked = tcp.rtxQueue.filter((segment) => seqDiff(segmentEnd(segment), header.ack) <= 0)
  tcp.rtxQueue = tcp.rtxQueue.filter((segment) => seqDiff(segmentEnd(segment), header.ack) > 0)
  updateRtt(ns, socket, acked, header)
  tcp.cwnd += acked.length
  if (tcp.lossEnd !== null && seqDiff(header.ack, tcp.lossEnd) >= 0) tcp.lossEnd = null
  confirmNextHop(ns, socket)
  if (tcp.rtxQueue.length > 0) return [armAfterSending(ns, socket, true)]
  tcp.retransStampMs = null
  clearTimer(socket)
  return []
}

/** `tcp_may_update_window()`, `tcp_update_wl()`. The window itself is constant. */
function updatesWindow(tcp: TcpControl, { ack, seq }: TcpHeader): boolean {
  const updates = seqDiff(ack, tcp.sndUna) > 0 || seqDiff(seq, tcp.sndWl1) > 0
  if (updates) tcp.sndWl1 = seq
  return updates
}

/**
 * `tcp_process_tlp_ack()`. Not by what acknowledges just the segment that was sent again: until more is acknowledged, or the peer says that
 * it came twice, what follows is not probed for (measured on 6.18). `repeats`: the acknowledgement says nothing new.
 */
function isProbeAnswered({ lossProbe }: TcpControl, { ack, sack }: TcpHeader, repeats: boolean): boolean {
  if (lossProbe === null || seqDiff(ack, lossProbe.end) < 0) return false
  const first = sack?.[0]
  const cameTwice = first !== undefined && seqDiff(first.left, ack) < 0 && first.right === lossProbe.end
  return !lossProbe.again || cameTwice || seqDiff(ack, lossProbe.end) > 0 || repeats
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
