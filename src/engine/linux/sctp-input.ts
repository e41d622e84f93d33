/** Kernel: net/sctp/input.c, sctp_rcv(); sm_statefuns.c, sm_statetable.c. Chunks in. RFC 9260 section 5 to 9. */
import { formatAddress } from '../net/address.ts'
import type { IpHeader, Packet, SctpCookie, SctpHeader } from '../net/packet.ts'
import { decidedBy, drop } from './drop.ts'
import type { KernelEffect, SkbDst } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import {
  isAssociation,
  multiHomed,
  newAssociation,
  type SctpSocket,
  sctpClosed,
  sctpFailed,
  startTimer,
  stopTimer,
  tsnBefore,
  tsnDiff,
  updateRto,
} from './sctp-association.ts'
import { answerChunk, chunkText, flushQueue, sendChunk, sendShutdown } from './sctp-output.ts'
import { deliver, traceSocket } from './socket-event.ts'
import { hashSocket, lookupConnected, lookupListener } from './socket-lookup.ts'
import type { Socket } from './socket-table.ts'

interface Arrived {
  readonly packet: Packet
  readonly ip: IpHeader
  readonly sctp: SctpHeader
}

/** `sctp_rcv()`: to its association, else to a listener, else "out of the blue". */
export function sctpRcv(ns: NetNs, packet: Packet, ip: IpHeader, dst: SkbDst): KernelEffect[] {
  const sctp = packet.transport
  if (sctp?.kind !== 'sctp' || dst.broadcast || dst.frameForAll)
    return drop(ns, packet, 'NOT_SPECIFIED', { detail: 'SCTP is not for broadcasts' })
  const arrived: Arrived = { packet, ip, sctp }
  const association = lookupConnected(ns, {
    protocol: 'sctp',
    localAddress: ip.destination,
    localPort: sctp.destinationPort,
    remoteAddress: ip.source,
    remotePort: sctp.sourcePort,
  })
  const listener = lookupListener(ns, 'sctp', ip.destination, sctp.destinationPort)
  const socket = association ?? listener
  if (!socket) return outOfTheBlue(ns, arrived)
  traceSocket(ns, socket, 'receive', { packet, detail: chunkText(sctp, packet) })
  return isAssociation(socket) ? received(ns, socket, arrived) : listening(ns, socket, arrived)
}

/** `sctp_sf_ootb()`: most of it is answered with ABORT; nothing answers an ABORT, or the last word of a greeting or a farewell. */
function outOfTheBlue(ns: NetNs, arrived: Arrived): KernelEffect[] {
  const { packet, ip, sctp } = arrived
  const { chunk } = sctp
  const text =
    chunk === 'INIT' ? `nothing listens on ${formatAddress(ip.destination)} sctp port ${sctp.destinationPort}` : 'no such association'
  drop(ns, packet, 'NO_SOCKET', { by: decidedBy('socket', text) })
  if (chunk === 'ABORT' || chunk === 'SHUTDOWN_COMPLETE' || chunk === 'COOKIE_ACK') return []
  return answerChunk(ns, arrived, chunk === 'SHUTDOWN_ACK' ? { chunk: 'SHUTDOWN_COMPLETE' } : { chunk: 'ABORT', causeLength: 0 })
}

/**
 * A listener keeps nothing of an INIT: what it would have to remember goes to the client and back in the cookie (`sctp_sf_do_5_1B_init()`,
 * `sctp_sf_do_5_1D_ce()`).
 */
function listening(ns: NetNs, listener: Socket, arrived: Arrived): KernelEffect[] {
  const { packet, ip, sctp } = arrived
  switch (sctp.chunk) {
    case 'INIT':
      return initAck(ns, listener, arrived, sctp.tsn)
    case 'INIT_ACK':
      return drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('socket', 'a listening socket wants an INIT') })
    case 'COOKIE_ECHO':
      break
    default:
      return outOfTheBlue(ns, arrived)
  }
  const ends = {
    owner: listener.owner,
    localAddress: ip.destination,
    localPort: sctp.destinationPort,
    remoteAddress: ip.source,
    remotePort: sctp.sourcePort,
  }
  const { serverTsn, clientTsn } = sctp.cookie
  const made = newAssociation(ns, ends, { state: 'ESTAB', initialTsn: serverTsn, peerTsn: tsnBefore(clientTsn) })
  hashSocket(ns, made)
  traceSocket(ns, made, 'accept', { packet, detail: `${formatAddress(ip.source)}:${sctp.sourcePort}` })
  return [...sendChunk(ns, made, { chunk: 'COOKIE_ACK' }), deliver(listener, { kind: 'accepted', socket: made.id })]
}

function initAck(ns: NetNs, listener: Socket, arrived: Arrived, clientTsn: number): KernelEffect[] {
  const { packet, ip } = arrived
  const what = listener.localAddress === null ? multiHomed(ns, ip.source) : null
  if (what !== null) return unsupported(ns, packet, what)
  const serverTsn = ns.kernel.chooser.pick('isn', 0x100000000)
  return answerChunk(ns, arrived, { chunk: 'INIT_ACK', tsn: serverTsn, cookie: { serverTsn, clientTsn } })
}

/** What is not modelled stops the walk. */
export function unsupported(ns: NetNs, packet: Packet, what: string): KernelEffect[] {
  ns.trace?.({ at: 'unsupported', packet, what })
  return [{ kind: 'unsupported', packet, what }]
}

/** States in which the peer has not said that it is there. */
const begins = ({ state }: SctpSocket): boolean => state === 'COOKIE-WAIT' || state === 'COOKIE-ECHOED'

/** `sctp_chunk_event_lookup()`, the table of states and chunks (measured on 6.1). */
function received(ns: NetNs, socket: SctpSocket, arrived: Arrived): KernelEffect[] {
  const { packet, sctp } = arrived
  const { state } = socket
  const { initialTsn } = socket.sctp
  switch (sctp.chunk) {
    case 'INIT':
      // sctp_sf_do_9_2_reshutack()
      if (state === 'SHUTDOWN-ACK-SENT') return sendShutdown(ns, socket, true)
      return answerChunk(ns, arrived, { chunk: 'INIT_ACK', tsn: initialTsn, cookie: { serverTsn: initialTsn, clientTsn: sctp.tsn } })
    case 'INIT_ACK':
      return state === 'COOKIE-WAIT' ? echoCookie(ns, socket, sctp) : ignored(ns, packet, socket)
    case 'COOKIE_ECHO':
      // sctp_sf_do_dupcook_d(): the COOKIE ACK was lost.
      return begins(socket) ? ignored(ns, packet, socket) : sendChunk(ns, socket, { chunk: 'COOKIE_ACK' }, { again: true })
    case 'COOKIE_ACK':
      return state === 'COOKIE-ECHOED' ? established(ns, socket, packet) : ignored(ns, packet, socket)
    case 'DATA':
      if (state === 'ESTAB' || state === 'SHUTDOWN-PENDING' || state === 'SHUTDOWN-SENT') return data(ns, socket, packet, sctp.tsn)
      return ignored(ns, packet, socket)
    case 'SACK':
      return sack(ns, socket, sctp.tsn)
    case 'SHUTDOWN':
      return shutdown(ns, socket, packet, sctp.tsn)
    case 'SHUTDOWN_ACK':
      // sctp_sf_do_8_5_1_E_sa()
      if (begins(socket)) return answerChunk(ns, arrived, { chunk: 'SHUTDOWN_COMPLETE' })
      if (state !== 'SHUTDOWN-SENT' && state !== 'SHUTDOWN-ACK-SENT') return ignored(ns, packet, socket)
      return [...sendChunk(ns, socket, { chunk: 'SHUTDOWN_COMPLETE' }), ...sctpClosed(ns, socket, packet)]
    case 'SHUTDOWN_COMPLETE':
      return state === 'SHUTDOWN-ACK-SENT' ? sctpClosed(ns, socket, packet) : ignored(ns, packet, socket)
    case 'ABORT':
      if (begins(socket)) return sctpFailed(ns, socket, 'ECONNREFUSED', { packet, action: 'refused' })
      return sctpFailed(ns, socket, 'ECONNRESET', { packet, action: 'error' })
  }
}

/** `sctp_sf_discard_chunk()`. */
function ignored(ns: NetNs, packet: Packet, { state }: SctpSocket): KernelEffect[] {
  return drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('socket', `${state}: no time for this chunk`) })
}

/** `sctp_sf_do_5_1C_ack()`. */
function echoCookie(ns: NetNs, socket: SctpSocket, { tsn, cookie }: { readonly tsn: number; readonly cookie: SctpCookie }): KernelEffect[] {
  socket.state = 'COOKIE-ECHOED'
  socket.sctp.peerTsn = tsnBefore(tsn)
  stopTimer(socket)
  return [startTimer(socket, { for: 'cookie', cookie }), ...sendChunk(ns, socket, { chunk: 'COOKIE_ECHO', cookie })]
}

/** `sctp_sf_do_5_1E_ca()`. */
function established(ns: NetNs, socket: SctpSocket, packet: Packet): KernelEffect[] {
  socket.state = 'ESTAB'
  stopTimer(socket)
  traceSocket(ns, socket, 'connected', { packet, detail: 'ESTAB' })
  return [deliver(socket, { kind: 'connected' })]
}

/**
 * `sctp_sf_eat_data_6_2()`: what comes first is acknowledged at once, and what comes again; nobody here sends twice without an answer in between. Who has
 * closed says so again before (`sctp_sf_eat_data_fast_4_4()`), in the same packet, which is not modelled.
 */
function data(ns: NetNs, socket: SctpSocket, packet: Packet, tsn: number): KernelEffect[] {
  const ahead = tsnDiff(tsn, socket.sctp.peerTsn)
  if (ahead > 1) return ignored(ns, packet, socket)
  const isNew = ahead === 1
  if (isNew) socket.sctp.peerTsn = tsn
  const again = socket.state === 'SHUTDOWN-SENT' ? sendShutdown(ns, socket, true) : []
  const acknowledged = sendChunk(ns, socket, { chunk: 'SACK', tsn: socket.sctp.peerTsn, duplicates: isNew ? 0 : 1 })
  if (!isNew || socket.sctp.orphan) return [...again, ...acknowledged]
  const { length, data: said } = packet.payload
  const from = { address: socket.remoteAddress, port: socket.remotePort }
  return [...again, ...acknowledged, deliver(socket, { kind: 'data', data: said, length, from })]
}

/** `sctp_outq_sack()`, with what goes out then. */
function sack(ns: NetNs, socket: SctpSocket, tsn: number): KernelEffect[] {
  const [first, ...left] = socket.sctp.queue
  if (first && tsnDiff(tsn, first.tsn) >= 0) {
    if (!first.again) updateRto(ns, socket, ns.kernel.nowMs - first.sentMs)
    socket.sctp.queue = left
    stopTimer(socket)
  }
  return flushQueue(ns, socket)
}

/** `sctp_sf_do_9_2_shutdown()`, `sctp_sf_do_9_2_shut_ctsn()`: the peer says no more; what is not acknowledged yet is still sent. */
function shutdown(ns: NetNs, socket: SctpSocket, packet: Packet, tsn: number): KernelEffect[] {
  const { queue, nextTsn } = socket.sctp
  switch (socket.state) {
    case 'ESTAB':
    case 'SHUTDOWN-PENDING':
    case 'SHUTDOWN-RECEIVED': {
      // "If Cumulative TSN Ack is less than the Cumulative TSN Ack Point, then drop the SHUTDOWN."
      if (tsnDiff(tsn, tsnBefore(queue[0]?.tsn ?? nextTsn)) < 0) return ignored(ns, packet, socket)
      // Who has closed its own half reads no end (sctp_cmd_new_state()).
      const eof = socket.state === 'ESTAB' ? [deliver(socket, { kind: 'eof' })] : []
      socket.state = 'SHUTDOWN-RECEIVED'
      return [...sack(ns, socket, tsn), ...eof]
    }
    case 'SHUTDOWN-SENT':
      // Both close at once.
      socket.state = 'SHUTDOWN-ACK-SENT'
      return [startTimer(socket, { for: 'shutdown' }), ...sendShutdown(ns, socket, false)]
    default:
      return ignored(ns, packet, socket)
  }
}
