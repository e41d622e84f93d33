/** Kernel: net/ipv4/tcp_input.c, tcp_rtt_estimator(), tcp_rearm_rto(); tcp_output.c, tcp_schedule_loss_probe(). The one timer of sending, and how long it runs. */
import type { Effect } from './effect.ts'
import { JIFFY_MS } from './jiffy.ts'
import type { NetNs } from './netns.ts'
import type { TcpControl } from './socket-table.ts'
import type { TcpSocket } from './tcp-control.ts'

/** Kernel: TCP_RTO_MIN, TCP_TIMEOUT_INIT, TCP_RTO_MAX, TCP_TIMEOUT_MIN_US; ms. */
export const RTO_MIN_MS = 200
export const RTO_INITIAL_MS = 1000
const RTO_MAX_MS = 120_000
const TIMEOUT_MIN_MS = 2
/** Kernel: TCP_TIMEOUT_MIN, two ticks. */
export const SYN_AGAIN_MS = 2 * JIFFY_MS

/** The retransmission timeout now, ms: RFC 6298 with Linux's minimum of 200 ms on the variation, in whole ticks, doubled for each backoff. */
export function rtoMs(socket: TcpSocket): number {
  const { srttMs, rttVarMs, backoff } = socket.tcp
  const base = srttMs === null ? RTO_INITIAL_MS : Math.ceil((srttMs + Math.max(4 * rttVarMs, RTO_MIN_MS)) / JIFFY_MS) * JIFFY_MS
  return Math.min(base * 2 ** backoff, RTO_MAX_MS)
}

/** `tcp_rtt_estimator()`. */
export function measureRtt({ tcp }: TcpSocket, rttMs: number): void {
  if (tcp.srttMs === null) {
    tcp.srttMs = rttMs
    tcp.rttVarMs = rttMs / 2
    return
  }
  tcp.rttVarMs = 0.75 * tcp.rttVarMs + 0.25 * Math.abs(tcp.srttMs - rttMs)
  tcp.srttMs = 0.875 * tcp.srttMs + 0.125 * rttMs
}

function arm(socket: TcpSocket, why: NonNullable<TcpControl['timer']>, afterMs: number): Effect {
  const { tcp } = socket
  tcp.timer = why
  tcp.retransmitGeneration++
  const timer = { kind: 'tcp-retransmit', socket: socket.id, generation: tcp.retransmitGeneration } as const
  // Kernel: kernel/time/timer.c, enqueue_timer(): a slot is a list to whose head a timer is added. Measured on 6.18: where both ends have lost
  // something at once, the one that sent last repeats it first.
  return socket.state === 'SYN-SENT' ? { kind: 'timer', afterMs, timer } : { kind: 'timer', afterMs, slotMs: JIFFY_MS, timer }
}

/** `inet_csk_clear_xmit_timer()`. */
export function clearTimer({ tcp }: TcpSocket): void {
  tcp.timer = null
  tcp.retransmitGeneration++
}

/** (Re)starts the retransmission timer. */
export function armRetransmit(socket: TcpSocket, afterMs: number = rtoMs(socket)): Effect {
  return arm(socket, 'retransmit', afterMs)
}

/** Until the oldest unacknowledged segment is overdue, ms (`tcp_rto_delta_us()`). */
function rtoLeft(ns: NetNs, socket: TcpSocket): number {
  const sentMs = socket.tcp.rtxQueue[0]?.sentMs ?? ns.kernel.nowMs
  return sentMs + rtoMs(socket) - ns.kernel.nowMs
}

/** `tcp_rearm_rto()` instead of a loss probe: counted from when the oldest segment was sent. */
export function rearmRetransmit(ns: NetNs, socket: TcpSocket): Effect {
  return armRetransmit(socket, Math.max(rtoLeft(ns, socket), JIFFY_MS))
}

/**
 * `tcp_schedule_loss_probe()` (RFC 8985): two round trips after the last segment it is sent once more, before the timeout counts; no later than
 * that. `acked`: the timeout would start anew now. Not while segments are known to be lost: then the timeout runs.
 */
export function armAfterSending(ns: NetNs, socket: TcpSocket, acked: boolean): Effect {
  const { srttMs, rtxQueue, lossEnd } = socket.tcp
  if (lossEnd !== null) return armRetransmit(socket)
  const probe = srttMs === null ? RTO_INITIAL_MS : 2 * srttMs + (rtxQueue.length === 1 ? RTO_MIN_MS : TIMEOUT_MIN_MS)
  const timeout = acked ? rtoMs(socket) : rtoLeft(ns, socket)
  return arm(socket, 'loss-probe', timeout > 0 ? Math.min(probe, timeout) : probe)
}

/** `tcp_check_probe_timer()`: what could not be sent is tried again. */
export function armProbe(socket: TcpSocket): Effect {
  return arm(socket, 'probe', rtoMs(socket))
}
