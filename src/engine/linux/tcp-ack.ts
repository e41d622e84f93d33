/** Kernel: net/ipv4/tcp_input.c, tcp_ack(). What the peer has received. */
import type { TcpHeader } from '../net/packet.ts'
import type { KernelEffect } from './kernel-effect.ts'
import { neighConfirm } from './neighbour.ts'
import type { NetNs } from './netns.ts'
import { ipRouteOutput } from './route-output.ts'
import type { TcpSegment } from './socket-table.ts'
import type { TcpSocket } from './tcp-control.ts'
import { armRetransmit } from './tcp-output.ts'
import { seqAdd, seqDiff } from './tcp-segment.ts'

function segmentEnd(segment: TcpSegment): number {
  return seqAdd(segment.seq, segment.length + (segment.syn || segment.fin ? 1 : 0))
}

/** Clears acknowledged segments, measures the round trip, widens the window, confirms the neighbour, restarts the timer. */
export function tcpAck(ns: NetNs, socket: TcpSocket, header: TcpHeader): KernelEffect[] {
  const { tcp } = socket
  if (!header.flags.ack || seqDiff(header.ack, tcp.sndUna) <= 0 || seqDiff(header.ack, tcp.sndNxt) > 0) return []
  tcp.sndUna = header.ack
  const before = tcp.rtxQueue.length
  const acked = tcp.rtxQueue.filter((segment) => seqDiff(segmentEnd(segment), header.ack) <= 0)
  tcp.rtxQueue = tcp.rtxQueue.filter((segment) => seqDiff(segmentEnd(segment), header.ack) > 0)
  const sample = acked.findLast((segment) => !segment.retransmitted)?.sentMs
  if (sample !== undefined && sample !== null) measureRtt(socket, ns.kernel.nowMs - sample)
  tcp.cwnd += before - tcp.rtxQueue.length
  tcp.backoff = 0
  tcp.retransmits = 0
  confirmNextHop(ns, socket)
  if (tcp.rtxQueue.length > 0) return [armRetransmit(socket)]
  tcp.retransmitGeneration++
  return []
}

/** `tcp_rtt_estimator()`, RFC 6298. */
function measureRtt({ tcp }: TcpSocket, rttMs: number): void {
  if (tcp.srttMs === null) {
    tcp.srttMs = rttMs
    tcp.rttVarMs = rttMs / 2
    return
  }
  tcp.rttVarMs = 0.75 * tcp.rttVarMs + 0.25 * Math.abs(tcp.srttMs - rttMs)
  tcp.srttMs = 0.875 * tcp.srttMs + 0.125 * rttMs
}

/** `sk_dst_confirm()`: progress proves that the next hop is alive, so ARP need not ask. */
function confirmNextHop(ns: NetNs, socket: TcpSocket): void {
  const route = ipRouteOutput(ns, { source: socket.localAddress, destination: socket.remoteAddress })
  if (!('error' in route)) neighConfirm(ns, route.device, route.nextHop)
}
