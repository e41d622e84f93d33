/** Kernel: include/linux/tcp.h, net/ipv4/tcp_minisocks.c. The state of one TCP connection, and how it ends. */
import type { IpPacket, TcpFlags } from '../net/packet.ts'
import { PROTOCOL_TCP } from '../net/protocol-number.ts'
import type { Effect } from './effect.ts'
import type { Errno } from './errno.ts'
import type { NetNs } from './netns.ts'
import type { OutputFlow } from './route-output.ts'
import { deliver, traceSocket } from './socket-event.ts'
import { unhashSocket } from './socket-lookup.ts'
import type { Socket, TcpControl } from './socket-table.ts'
import { sysctl } from './sysctl.ts'

/** A TCP socket that is no listener. */
export type TcpSocket = Socket & {
  tcp: TcpControl
  remoteAddress: NonNullable<Socket['remoteAddress']>
  localAddress: NonNullable<Socket['localAddress']>
  remotePort: number
}

/** What its segments are routed by (`inet_sk_flowi_flags()` and the rest of `struct flowi4`). */
export function flowOf({ localAddress, remoteAddress, localPort, remotePort }: TcpSocket): OutputFlow {
  return {
    source: localAddress,
    destination: remoteAddress,
    ports: { protocol: PROTOCOL_TCP, sourcePort: localPort, destinationPort: remotePort },
  }
}

/** Kernel: TCP_INIT_CWND, segments. */
const INITIAL_WINDOW = 10
/** Bytes of TCP header with timestamps, and of IP header, that an MSS does not count all of. */
export const TIMESTAMP_OPTION_LENGTH = 12
export const IP_AND_TCP_LENGTH = 40
/** Kernel: TCP_TIMEWAIT_LEN, ms. */
const TIME_WAIT_MS = 60_000

/** Is it a connection (not a listener, not another protocol)? */
export function isConnection(socket: Socket): socket is TcpSocket {
  return socket.tcp !== null && socket.remoteAddress !== null && socket.localAddress !== null && socket.remotePort !== null
}

/** Is it no whole socket: `struct request_sock` of a connection that begins, or `struct inet_timewait_sock` of one that ends? */
export function isMinisock({ state, tcp }: TcpSocket): boolean {
  return (state === 'SYN-RECV' && tcp.listener !== null) || tcp.timeWait
}

/** A control block with nothing sent yet. `iss`: first sequence number; `mss`: bytes of data a segment may carry. */
export function newTcpControl(iss: number, mss: number, listener: number | null): TcpControl {
  return {
    iss,
    sndUna: iss,
    sndNxt: iss,
    writeSeq: iss,
    rcvNxt: 0,
    rcvWup: 0,
    mss,
    advertisedMss: null,
    cwnd: INITIAL_WINDOW,
    rtxQueue: [],
    writeQueue: [],
    outOfOrder: [],
    sacks: [],
    duplicateSack: null,
    pending: null,
    srttMs: null,
    rttVarMs: 0,
    backoff: 0,
    timer: null,
    probes: 0,
    lossProbe: null,
    sndWl1: 0,
    lossEnd: null,
    retransStampMs: null,
    tsRecent: 0,
    retransmits: 0,
    timeouts: 0,
    lastSent: null,
    retransmitGeneration: 0,
    delayedAckGeneration: 0,
    lifetimeGeneration: 0,
    ackPending: false,
    ackDue: null,
    pingpong: false,
    lastReceivedMs: null,
    quickAcks: 0,
    softError: null,
    lastOowAckMs: null,
    timeWait: false,
    orphan: false,
    grafted: listener === null,
    finQueued: false,
    listener,
  }
}

const FLAG_WORDS = ['SYN', 'FIN', 'RST', 'PSH', 'ACK']
/** All there can be, by a bit for each word: every segment asks twice. */
const FLAG_TEXTS = Array.from({ length: 1 << FLAG_WORDS.length }, (_, bits) => FLAG_WORDS.filter((_word, i) => bits & (1 << i)).join(' '))

/** The flags as words, as ss and people say them: "SYN ACK". */
export function flagsText({ syn, fin, rst, psh, ack }: TcpFlags): string {
  return FLAG_TEXTS[(syn ? 1 : 0) | (fin ? 2 : 0) | (rst ? 4 : 0) | (psh ? 8 : 0) | (ack ? 16 : 0)] ?? ''
}

/** `tcp_done()` with an error: the socket is gone and its owner told. `action`: how the watcher is told. */
export function tcpDone(
  ns: NetNs,
  socket: TcpSocket,
  errno: Errno,
  about: { readonly packet: IpPacket; readonly action: 'refused' | 'timeout' | 'error' },
): Effect[] {
  traceSocket(ns, socket, about.action, { packet: about.packet, detail: errno })
  unhashSocket(ns, socket)
  const nobody = socket.tcp.orphan || isMinisock(socket)
  return nobody ? [] : [deliver(socket, { kind: 'error', errno })]
}

/** The connection is over on both sides. */
export function tcpClosed(ns: NetNs, socket: TcpSocket, packet: IpPacket): Effect[] {
  traceSocket(ns, socket, 'close', { packet, detail: 'closed' })
  unhashSocket(ns, socket)
  return [deliver(socket, { kind: 'closed' })]
}

/**
 * FIN-WAIT-2 of a socket whose program is gone does not wait for ever (tcp_fin_timeout), and less is left of it; but what came with a FIN is
 * looked at first.
 */
export function finTimeout(ns: NetNs, socket: TcpSocket, fin: boolean): Effect[] {
  const { tcp } = socket
  if (socket.state !== 'FIN-WAIT-2' || !tcp.orphan) return []
  const afterMs = sysctl(ns, 'net.ipv4.tcp_fin_timeout') * 1000
  // tcp_close(): what lasts longer than TIME-WAIT stays whole so far.
  tcp.timeWait = !fin && afterMs <= TIME_WAIT_MS
  tcp.lastOowAckMs = null
  tcp.lifetimeGeneration++
  const timer = { kind: 'socket-timeout', socket: socket.id, generation: tcp.lifetimeGeneration } as const
  return [{ kind: 'timer', afterMs, timer }]
}

/** `tcp_time_wait()`: both have closed; the port pair rests. */
export function tcpTimeWait(ns: NetNs, socket: TcpSocket, packet: IpPacket): Effect[] {
  const first = socket.state !== 'TIME-WAIT'
  socket.state = 'TIME-WAIT'
  if (!socket.tcp.timeWait) socket.tcp.lastOowAckMs = null
  socket.tcp.timeWait = true
  socket.tcp.lifetimeGeneration++
  const timer = { kind: 'tcp-time-wait', socket: socket.id, generation: socket.tcp.lifetimeGeneration } as const
  const effects: Effect[] = [{ kind: 'timer', afterMs: TIME_WAIT_MS, timer }]
  if (!first) return effects
  traceSocket(ns, socket, 'close', { packet, detail: 'TIME-WAIT' })
  return [deliver(socket, { kind: 'closed' }), ...effects]
}
