/** Kernel: net/ipv4/tcp_output.c. Segments out. */

import { NO_PAYLOAD, newIpPacket } from '../net/new-packet.ts'
import type { IpHeader, IpPacket, TcpFlags, TcpHeader } from '../net/packet.ts'
import { PROTOCOL_TCP } from '../net/protocol-number.ts'
import { drop } from './drop.ts'
import type { Effect } from './effect.ts'
import type { FibError } from './fib.ts'
import { socketTxHash } from './flow-hash.ts'
import { ipLocalOut, type Sent } from './ip-output.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { newPacketId } from './packet-id.ts'
import { refusedBy } from './refused-by.ts'
import type { RouteResult } from './route.ts'
import { dstMtu, ipRouteOutput, isMtuLocked } from './route-output.ts'
import { nextIpId, traceSocket, ttlOf } from './socket-event.ts'
import { CONTROL_SOCKET, type TcpSegment } from './socket-table.ts'
import { sysctl } from './sysctl.ts'
import { flagsText, flowOf, IP_AND_TCP_LENGTH, type TcpSocket, TIMESTAMP_OPTION_LENGTH } from './tcp-control.ts'
import { armAfterSending, armProbe, armRetransmit } from './tcp-rto.ts'
import { sackOption } from './tcp-sack.ts'
import { resetFor, segmentEnd, seqAdd, seqDiff, tcpFragment } from './tcp-segment.ts'

/** Kernel: TCP_ATO_MIN, ms. */
const DELAYED_ACK_MS = 40
/** What a connection takes beyond what it has acknowledged, bytes. */
export const WINDOW = 64240

/** Kernel: ip_rt_min_advmss. */
const SMALLEST_ADVMSS = 256

const routeOf = (ns: NetNs, socket: TcpSocket): RouteResult | FibError => ipRouteOutput(ns, flowOf(socket))

/** `ipv4_default_advmss()`: the MSS to announce: what fits the path to the peer, or `advmss` of the route. */
export function advertisedMss(ns: NetNs, socket: TcpSocket): number {
  const route = routeOf(ns, socket)
  if ('error' in route) return 1500 - IP_AND_TCP_LENGTH
  return route.route.advmss ?? Math.max(dstMtu(ns, route, socket.remoteAddress) - IP_AND_TCP_LENGTH, SMALLEST_ADVMSS)
}

/** `tcp_advertise_mss()`: what the first SYN said; a path found to take less in the meantime counts for the next connection. */
function announcedMss(ns: NetNs, socket: TcpSocket): number {
  socket.tcp.advertisedMss ??= advertisedMss(ns, socket)
  return socket.tcp.advertisedMss
}

/** `ip_dont_fragment()`: off once the path's MTU is locked. */
function mayNotFragment(ns: NetNs, socket: TcpSocket, route: RouteResult | FibError): boolean {
  return socket.pmtuDiscovery !== 'dont' && ('error' in route || !isMtuLocked(ns, route, socket.remoteAddress))
}

interface Contents {
  readonly seq: number
  readonly flags: Partial<Omit<TcpFlags, 'rst'>>
  readonly length: number
  readonly data: unknown
}

/** `tcp_transmit_skb()`: one segment, with the current acknowledgement, routed anew. */
function transmit(ns: NetNs, socket: TcpSocket, contents: Contents, again: boolean): Sent {
  const { syn = false, ack = false, fin = false, psh = false } = contents.flags
  const flags: TcpFlags = { syn, ack, fin, rst: false, psh }
  const header: TcpHeader = {
    kind: 'tcp',
    sourcePort: socket.localPort,
    destinationPort: socket.remotePort,
    seq: contents.seq,
    ack: flags.ack ? socket.tcp.rcvNxt : 0,
    flags,
    mss: flags.syn ? announcedMss(ns, socket) : null,
    window: WINDOW,
    timestamps: { value: ns.kernel.nowMs, echo: socket.tcp.tsRecent },
  }
  const sack = flags.syn ? null : sackOption(socket)
  const transport = sack === null ? header : { ...header, sack }
  const route = routeOf(ns, socket)
  // tcp_v4_init(): what the kernel's own socket answers must not be fragmented, whatever the program's may.
  const byKernel = socket.tcp.timeWait
  const packet = newIpPacket({
    id: newPacketId(ns),
    df: byKernel || mayNotFragment(ns, socket, route),
    source: socket.localAddress,
    destination: socket.remoteAddress,
    protocol: PROTOCOL_TCP,
    ttl: ttlOf(ns, socket, socket.remoteAddress),
    ipId: byKernel || (flags.syn && flags.ack) ? 0 : nextIpId(socket),
    transport,
    payload: contents.length > 0 ? { length: contents.length, data: contents.data, inner: null } : NO_PAYLOAD,
    socket: socket.id,
    hash: socketTxHash(socket.tcp.iss, socket.tcp.timeouts),
  })
  if (flags.ack) acknowledged(socket)
  socket.tcp.lastSent = packet
  const words = contents.length > 0 ? `${flagsText(flags)} ${contents.length} bytes` : flagsText(flags)
  traceSocket(ns, socket, again ? 'retransmit' : 'send', { packet, detail: words })
  return sendRouted(ns, packet, route)
}

/** Routes and sends; no route any more: the segment is lost here, and TCP will try again. */
function sendRouted(ns: NetNs, packet: IpPacket, route: RouteResult | FibError): Sent {
  if (!('error' in route)) return ipLocalOut(ns, packet, route)
  ns.explain?.({ at: 'fib_lookup', packet, result: null, error: route.error })
  return { effects: drop(ns, packet, 'IP_OUTNOROUTES', { by: refusedBy(route) }), errno: 'EHOSTUNREACH' }
}

/** `tcp_event_ack_sent()`: what was owed is paid. */
function acknowledged(socket: TcpSocket): void {
  const { tcp } = socket
  tcp.ackPending = false
  tcp.ackDue = null
  tcp.delayedAckGeneration++
  tcp.rcvWup = tcp.rcvNxt
  if (tcp.quickAcks > 0) tcp.quickAcks--
}

/** Sends (or sends again) a queued segment. `errno`: this machine itself did not let it out. */
export function sendSegment(ns: NetNs, socket: TcpSocket, segment: TcpSegment, again: boolean): Sent {
  segment.sentMs = ns.kernel.nowMs
  segment.retransmitted ||= again
  const { seq, length, data, syn, fin, psh } = segment
  const ack = !syn || socket.state === 'SYN-RECV'
  return transmit(ns, socket, { seq, length, data, flags: { syn, fin, psh, ack } }, again)
}

/** `tcp_send_ack()`: a bare acknowledgement. */
export function sendAck(ns: NetNs, socket: TcpSocket): KernelEffect[] {
  return transmit(ns, socket, { seq: socket.tcp.sndNxt, length: 0, data: null, flags: { ack: true } }, false).effects
}

/** `tcp_send_delayed_ack()`: within 40 ms, unless data takes it along. */
export function delayAck(socket: TcpSocket): Effect[] {
  const { tcp } = socket
  if (tcp.ackPending) return []
  tcp.ackPending = true
  tcp.delayedAckGeneration++
  return [
    { kind: 'timer', afterMs: DELAYED_ACK_MS, timer: { kind: 'tcp-delayed-ack', socket: socket.id, generation: tcp.delayedAckGeneration } },
  ]
}

/** Is data going out as an answer to data that came in just now? Then the exchange is interactive (`tcp_event_data_sent`). */
function noteDataSent(ns: NetNs, socket: TcpSocket): void {
  const { tcp } = socket
  if (tcp.lastReceivedMs !== null && ns.kernel.nowMs - tcp.lastReceivedMs < DELAYED_ACK_MS) tcp.pingpong = true
}

/** `tcp_current_mss()`: the path to the peer may take less by now than when the connection was made. */
function tcpCurrentMss(ns: NetNs, socket: TcpSocket): void {
  if (socket.tcp.writeQueue.length === 0) return
  const route = routeOf(ns, socket)
  if ('error' in route) return
  const fits = dstMtu(ns, route, socket.remoteAddress) - IP_AND_TCP_LENGTH - TIMESTAMP_OPTION_LENGTH
  if (fits > 0 && fits < socket.tcp.mss) setMss(socket, fits)
}

/** `tcp_sync_mss()`: segments of at most `mss` bytes from now on; those that wait are cut. */
export function setMss(socket: TcpSocket, mss: number): void {
  socket.tcp.mss = mss
  socket.tcp.writeQueue = socket.tcp.writeQueue.flatMap((segment) => tcpFragment(segment, mss))
}

/**
 * The next segment, from the queue of what was written to that of what is under way, if it leaves. One that this machine itself drops stays
 * written; a SYN is under way whatever becomes of it (`tcp_connect_queue_skb`).
 */
export function sendNext(ns: NetNs, socket: TcpSocket): Sent | null {
  const { tcp } = socket
  const [segment] = tcp.writeQueue
  if (!segment) return null
  if (segment.length > 0) noteDataSent(ns, socket)
  const sent = sendSegment(ns, socket, segment, false)
  if (sent.errno !== null && !segment.syn) return sent
  tcp.writeQueue.shift()
  tcp.rtxQueue.push(segment)
  const end = segmentEnd(segment)
  if (seqDiff(end, tcp.sndNxt) > 0) tcp.sndNxt = end
  return { effects: sent.effects, errno: null }
}

/** `__tcp_push_pending_frames()`, `tcp_write_xmit()`: sends what the congestion window lets out. */
export function pushPending(ns: NetNs, socket: TcpSocket): KernelEffect[] {
  const { tcp } = socket
  tcpCurrentMss(ns, socket)
  const effects: KernelEffect[] = []
  let left = false
  while (tcp.writeQueue.length > 0 && tcp.rtxQueue.length < tcp.cwnd) {
    const sent = sendNext(ns, socket)
    if (sent !== null) effects.push(...sent.effects)
    if (sent === null || sent.errno !== null) break
    left = true
  }
  // The timer is started first: it must run before the neighbour's of the same moment, which may free what it would send again.
  if (left) return [socket.state === 'SYN-SENT' ? armRetransmit(socket) : armAfterSending(ns, socket, false), ...effects]
  const stuck = tcp.writeQueue.length > 0 && tcp.rtxQueue.length === 0 && tcp.timer === null
  return stuck ? [...effects, armProbe(socket)] : effects
}

/** Queues a SYN, which takes a sequence number. */
export function queueSyn(socket: TcpSocket): void {
  queue(socket, { length: 0, data: null, syn: true, fin: false, psh: false })
}

/** Queues a message in segments of MSS; its readable form travels with the first, PSH marks the last. */
export function queueData(socket: TcpSocket, data: unknown, length: number): void {
  for (let offset = 0; offset < length; offset += socket.tcp.mss) {
    const size = Math.min(socket.tcp.mss, length - offset)
    queue(socket, { length: size, data: offset === 0 ? data : null, syn: false, fin: false, psh: offset + size === length })
  }
}

/** `tcp_send_fin()`: after what was written, and with the last of it that has not left. */
export function queueFin(socket: TcpSocket): void {
  const { tcp } = socket
  tcp.finQueued = true
  const unsent = tcp.writeQueue.pop()
  if (unsent) {
    tcp.writeQueue.push({ ...unsent, fin: true })
    tcp.writeSeq = seqAdd(tcp.writeSeq, 1)
  } else queue(socket, { length: 0, data: null, syn: false, fin: true, psh: false })
}

function queue(socket: TcpSocket, segment: Omit<TcpSegment, 'seq' | 'sentMs' | 'retransmitted'>): void {
  const { tcp } = socket
  const { length, data, syn, fin, psh } = segment
  tcp.writeQueue.push({ seq: tcp.writeSeq, length, data, syn, fin, psh, sentMs: null, retransmitted: false })
  tcp.writeSeq = seqAdd(tcp.writeSeq, length + (syn || fin ? 1 : 0))
}

/**
 * `tcp_v4_send_reset()`: nobody here wants this segment. Its answer comes from the address that was dialled, and is the socket's that the segment
 * was for, if there is one (since 6.13).
 */
export function sendReset(ns: NetNs, packet: IpPacket, ip: IpHeader, socket: number = CONTROL_SOCKET): KernelEffect[] {
  const tcp = packet.transport
  if (tcp?.kind !== 'tcp' || tcp.flags.rst) return []
  const route = ipRouteOutput(ns, { source: ip.destination, destination: ip.source, tos: ip.tos })
  if ('error' in route) return []
  const reset = newIpPacket({
    ttl: sysctl(ns, 'net.ipv4.ip_default_ttl'),
    socket,
    id: newPacketId(ns),
    parent: packet.id,
    source: ip.destination,
    destination: ip.source,
    protocol: PROTOCOL_TCP,
    tos: ip.tos & 0xfc,
    transport: resetFor(tcp, packet.payload.length),
  })
  return ipLocalOut(ns, reset, route).effects
}
