/** Kernel: net/ipv4/inet_connection_sock.c, reqsk_timer_handler(); tcp_minisocks.c, tcp_check_req(); tcp_ipv4.c, tcp_req_err(). A connection that begins: SYN-RECV. */
import type { IcmpHeader, IpPacket, TcpHeader } from '../net/packet.ts'
import { ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, ICMP_NET_UNREACH, ICMP_TIME_EXCEEDED } from '../net/protocol-number.ts'
import { consume } from './drop.ts'
import type { Effect } from './effect.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { traceSocket } from './socket-event.ts'
import { unhashSocket } from './socket-lookup.ts'
import type { TcpSegment } from './socket-table.ts'
import { sysctl } from './sysctl.ts'
import { type TcpSocket, tcpDone } from './tcp-control.ts'
import { sendNext, sendSegment } from './tcp-output.ts'
import { RTO_INITIAL_MS } from './tcp-rto.ts'

/** Timers of a second share slots of so many ms (the wheel's second level at 250 Hz). */
const SLOT_MS = 32
/** Less than anything takes. */
const BEFORE_MS = 0.001

/**
 * Starts its timer. It and the client's, which was started when the SYN left, usually end in one slot of the timer wheel, and there it is first:
 * it is bound to its processor (TIMER_PINNED), and those go before the others. Measured on 6.18: the SYN-ACK is sent again before the SYN.
 * On one base (measured on 6.1) the SYN's is the newer one: it is started when everything that sending it has led to is done. Packets wait for both.
 */
function armSynAck(ns: NetNs, socket: TcpSocket, syn: TcpHeader | null): Effect {
  const { tcp } = socket
  tcp.retransmitGeneration++
  const sentMs = syn?.timestamps?.value ?? ns.kernel.nowMs
  const sinceMs = ns.kernel.nowMs - sentMs
  const earlier = sinceMs < SLOT_MS ? sinceMs + (ns.kernel.oneTimerBase ? -BEFORE_MS : BEFORE_MS) : 0
  return {
    kind: 'timer',
    afterMs: RTO_INITIAL_MS * 2 ** tcp.retransmits - earlier,
    timer: { kind: 'tcp-syn-ack', socket: socket.id, generation: tcp.retransmitGeneration },
  }
}

/** `tcp_conn_request()`: the first SYN-ACK, whatever becomes of it. */
export function sendSynAck(ns: NetNs, socket: TcpSocket, syn: TcpHeader): KernelEffect[] {
  const timer = armSynAck(ns, socket, syn)
  return [timer, ...(sendNext(ns, socket)?.effects ?? [])]
}

/** `reqsk_timer_handler()`: the SYN-ACK again; the end after so many, or when this machine itself does not let it out. */
export function synAckTimer(ns: NetNs, socket: TcpSocket): KernelEffect[] {
  const { tcp } = socket
  const [synAck] = tcp.rtxQueue
  if (!synAck) return []
  if (tcp.retransmits >= sysctl(ns, 'net.ipv4.tcp_synack_retries')) {
    return tcp.lastSent ? tcpDone(ns, socket, 'ETIMEDOUT', { packet: tcp.lastSent, action: 'timeout' }) : []
  }
  const { effects, errno } = sendSynAckAgain(ns, socket, synAck)
  if (errno !== null) {
    unhashSocket(ns, socket)
    return effects
  }
  tcp.retransmits++
  // Before the client's of the same slot, as the first one was.
  return [armSynAck(ns, socket, null), ...effects]
}

/** `tcp_rtx_synack()`: with another hash, as every timeout gives. */
function sendSynAckAgain(ns: NetNs, socket: TcpSocket, synAck: TcpSegment): ReturnType<typeof sendSegment> {
  socket.tcp.timeouts++
  return sendSegment(ns, socket, synAck, true)
}

/** `tcp_check_req()`, a SYN that came again: the SYN-ACK too, and its timer starts anew if it left. */
export function synAgain(ns: NetNs, socket: TcpSocket, syn: TcpHeader): KernelEffect[] {
  const [synAck] = socket.tcp.rtxQueue
  if (!synAck) return []
  const { effects, errno } = sendSynAckAgain(ns, socket, synAck)
  return errno === null ? [armSynAck(ns, socket, syn), ...effects] : effects
}

/** `tcp_req_err()`: only where nobody can be there does a message about its SYN-ACK (`seq`) end it; a refusal does not. */
export function synRecvError(ns: NetNs, socket: TcpSocket, packet: IpPacket, { type, code }: IcmpHeader, seq: number): KernelEffect[] {
  if (seq !== socket.tcp.iss) return consume(ns, packet, 'SYN-RECV: it is about another connection')
  const fatal = type === ICMP_TIME_EXCEEDED || (type === ICMP_DEST_UNREACH && (code === ICMP_NET_UNREACH || code === ICMP_HOST_UNREACH))
  if (!fatal) return consume(ns, packet, 'SYN-RECV: only an unreachable host ends a connection that begins')
  traceSocket(ns, socket, 'error', { packet, detail: 'EHOSTUNREACH' })
  unhashSocket(ns, socket)
  return []
}
