/** Kernel: net/sctp/input.c, sctp_rcv(); sm_statefuns.c, sm_statetable.c. Chunks in. RFC 9260 section 5 to 9. */
import { formatAddress } from '../net/address.ts'
import type { IpHeader, Packet, SctpHeader } from '../net/packet.ts'
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
  if (!socket) return outOfTheBlue(ns, arrived, `nothing listens on ${formatAddress(ip.destination)} sctp port ${sctp.destinationPort}`)
  traceSocket(ns, socket, 'receive', { packet, detail: chunkText(sctp, packet) })
  return isAssociation(socket) ? received(ns, socket, arrived) : listening(ns, socket, arrived)
}

/** `sctp_sf_ootb()`: most of it is answered with ABORT; nothing answers an ABORT, or the last word of a greeting or a farewell. */
function outOfTheBlue(ns: NetNs, arrived: Arrived, text: string): KernelEffect[] {
  const { chunk } = arrived.sctp
  drop(ns, arrived.packet, 'NO_SOCKET', { by: decidedBy('socket', chunk === 'INIT' ? text : 'no such association') })
  if (chunk === 'ABORT' || chunk === 'COOKIE_ACK' || chunk === 'SHUTDOWN_COMPLETE') return []
  return answerChunk(ns, arrived, { chunk: chunk === 'SHUTDOWN_ACK' ? 'SHUTDOWN_COMPLETE' : 'ABORT' })
}

/**
 * A listener keeps nothing of an INIT: what it would have to remember goes to the client and back in the cookie (`sctp_sf_do_5_1B_init()`,
 * `sctp_sf_do_5_1D_ce()`).
 */
function listening(ns: NetNs, listener: Socket, arrived: Arrived): KernelEffect[] {
  const { packet, ip, sctp } = arrived
  if (sctp.chunk === 'INIT') return initAck(ns, listener, arrived)
  if (sctp.chunk !== 'COOKIE_ECHO' || !sctp.cookie) return outOfTheBlue(ns, arrived, '')
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

function initAck(ns: NetNs, listener: Socket, arrived: Arrived): KernelEffect[] {
  const { packet, ip, sctp } = arrived
  const what = listener.localAddress === null ? multiHomed(ns, ip.source) : null
  if (what !== null) return unsupported(ns, packet, what)
  const serverTsn = ns.kernel.chooser.pick('isn', 0x100000000)
  return answerChunk(ns, arrived, { chunk: 'INIT_ACK', tsn: serverTsn, cookie: { serverTsn, clientTsn: sctp.tsn ?? 0 } })
}

/** What is not modelled stops the walk. */
export function unsupported(ns: NetNs, packet: Packet, what: string): KernelEffect[] {
  ns.trace?.({ at: 'unsupported', packet, what })
  return [{ kind: 'unsupported', packet, what }]
}

const tsnBefore = (tsn: number): number => (tsn - 1) >>> 0

function received(ns: NetNs, socket: SctpSocket, arrived: Arrived): KernelEffect[] {
  const { packet, sctp } = arrived
  switch (sctp.chunk) {
    case 'INIT':
      return answerChunk(ns, arrived, {
        chunk: 'INIT_ACK',
        tsn: socket.sctp.initialTsn,
        cookie: { serverTsn: socket.sctp.initialTsn, clientTsn: sctp.tsn ?? 0 },
      })
    case 'INIT_ACK':
      return socket.state === 'COOKIE-WAIT' ? echoCookie(ns, socket, sctp) : ignored(ns, packet, socket)
    case 'COOKIE_ECHO':
      // sctp_sf_do_dupcook_d(): the COOKIE ACK was lost.
      return socket.state === 'ESTAB' ? sendChunk(ns, socket, { chunk: 'COOKIE_ACK' }, { again: true }) : ignored(ns, packet, socket)
    case 'COOKIE_ACK':
      return socket.state === 'COOKIE-ECHOED' ? established(ns, socket, packet) : ignored(ns, packet, socket)
    case 'DATA':
      return data(ns, socket, arrived)
    case 'SACK':
      return sack(ns, socket, sctp)
    case 'SHUTDOWN':
      return shutdown(ns, socket, arrived)
    case 'SHUTDOWN_ACK':
      if (socket.state !== 'SHUTDOWN-SENT' && socket.state !== 'SHUTDOWN-ACK-SENT') return ignored(ns, packet, socket)
      return [...sendChunk(ns, socket, { chunk: 'SHUTDOWN_COMPLETE' }), ...sctpClosed(ns, socket, packet)]
    case 'SHUTDOWN_COMPLETE':
      return socket.state === 'SHUTDOWN-ACK-SENT' ? sctpClosed(ns, socket, packet) : ignored(ns, packet, socket)
    case 'ABORT': {
      const begins = socket.state === 'COOKIE-WAIT' || socket.state === 'COOKIE-ECHOED'
      const about = { packet, action: begins ? 'refused' : 'error' } as const
      return sctpFailed(ns, socket, begins ? 'ECONNREFUSED' : 'ECONNRESET', about)
    }
  }
}

/** `sctp_sf_discard_chunk()`. */
function ignored(ns: NetNs, packet: Packet, { state }: SctpSocket): KernelEffect[] {
  return drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('socket', `${state}: no time for this chunk`) })
}

/** `sctp_sf_do_5_1C_ack()`. */
function echoCookie(ns: NetNs, socket: SctpSocket, { tsn = 0, cookie }: SctpHeader): KernelEffect[] {
  socket.state = 'COOKIE-ECHOED'
  socket.sctp.peerTsn = tsnBefore(tsn)
  socket.sctp.cookie = cookie ?? null
  stopTimer(socket)
  return [startTimer(socket, 'cookie'), ...sendChunk(ns, socket, { chunk: 'COOKIE_ECHO', ...(cookie === undefined ? {} : { cookie }) })]
}

/** `sctp_sf_do_5_1E_ca()`. */
function established(ns: NetNs, socket: SctpSocket, packet: Packet): KernelEffect[] {
  socket.state = 'ESTAB'
  stopTimer(socket)
  traceSocket(ns, socket, 'connected', { packet, detail: 'ESTAB' })
  return [deliver(socket, { kind: 'connected' }), ...flushQueue(ns, socket)]
}

/** `sctp_sf_eat_data_6_2()`: what comes first is acknowledged at once, and what comes again; nobody here sends twice without an answer in between. */
function data(ns: NetNs, socket: SctpSocket, { packet, sctp }: Arrived): KernelEffect[] {
  const { peerTsn } = socket.sctp
  if (peerTsn === null || sctp.tsn === undefined) return ignored(ns, packet, socket)
  const ahead = tsnDiff(sctp.tsn, peerTsn)
  if (ahead > 1) return ignored(ns, packet, socket)
  const acknowledge = (tsn: number, duplicates: number): KernelEffect[] =>
    sendChunk(ns, socket, { chunk: 'SACK', tsn, ...(duplicates > 0 ? { duplicates } : {}) })
  if (ahead < 1) return acknowledge(peerTsn, 1)
  socket.sctp.peerTsn = sctp.tsn
  const { length, data: said } = packet.payload
  const from = { address: socket.remoteAddress, port: socket.remotePort }
  const told = socket.sctp.orphan ? [] : [deliver(socket, { kind: 'data', data: said, length, from })]
  // Who has closed answers with SHUTDOWN again (sctp_sf_eat_data_fast_4_4()).
  const again = socket.state === 'SHUTDOWN-SENT' ? sendShutdown(ns, socket, true) : []
  return [...acknowledge(sctp.tsn, 0), ...told, ...again]
}

/** `sctp_outq_sack()`. */
function sack(ns: NetNs, socket: SctpSocket, { tsn }: SctpHeader): KernelEffect[] {
  const { queue } = socket.sctp
  const [first] = queue
  if (!first || first.sentMs === null || tsn === undefined || tsnDiff(tsn, first.tsn) < 0) return []
  if (!first.again) updateRto(ns, socket, ns.kernel.nowMs - first.sentMs)
  socket.sctp.queue = queue.slice(1)
  stopTimer(socket)
  return flushQueue(ns, socket)
}

/** `sctp_sf_do_9_2_shutdown()`: the peer says no more; what is not acknowledged yet is still sent. */
function shutdown(ns: NetNs, socket: SctpSocket, { packet, sctp }: Arrived): KernelEffect[] {
  switch (socket.state) {
    case 'ESTAB':
    case 'SHUTDOWN-PENDING': {
      const eof = socket.sctp.orphan ? [] : [deliver(socket, { kind: 'eof' })]
      socket.state = 'SHUTDOWN-RECEIVED'
      const acknowledged = sack(ns, socket, sctp)
      return [...acknowledged, ...flushQueue(ns, socket), ...eof]
    }
    case 'SHUTDOWN-SENT':
      // Both close at once.
      socket.state = 'SHUTDOWN-ACK-SENT'
      return [startTimer(socket, 'shutdown'), ...sendShutdown(ns, socket, false)]
    case 'SHUTDOWN-ACK-SENT':
      return sendShutdown(ns, socket, true)
    default:
      return ignored(ns, packet, socket)
  }
}
