/**
 * Kernel: include/net/sctp/structs.h, struct sctp_association; net/sctp/associola.c. RFC 9260. One association of a one-to-one socket, over one
 * address of each end: no multi-homing, and no heartbeats.
 */
import { type Address, formatAddress } from '../net/address.ts'
import type { Packet, SctpCookie } from '../net/packet.ts'
import type { Effect } from './effect.ts'
import type { Errno } from './errno.ts'
import type { NetNs } from './netns.ts'
import { deliver, newSocket, traceSocket } from './socket-event.ts'
import { unhashSocket } from './socket-lookup.ts'
import type { Socket } from './socket-table.ts'
import { sysctl } from './sysctl.ts'

/** A DATA chunk that is not acknowledged: its number, bytes, what it says, when it was sent last (ms), and whether that was not the first time. */
export interface SctpMessage {
  readonly tsn: number
  readonly length: number
  readonly data: unknown
  sentMs: number
  again: boolean
}

/** What is waited for an answer to. */
export type SctpWait =
  | { readonly for: 'init' | 'shutdown' }
  | { readonly for: 'cookie'; readonly cookie: SctpCookie }
  | { readonly for: 'data'; readonly message: SctpMessage }

/** The part of struct sctp_association that is modelled. */
export interface SctpAssociation {
  /** The first number of this end's chunks, and that of the next. */
  readonly initialTsn: number
  nextTsn: number
  /** All of the peer's up to this one have arrived; any number before its first is known. */
  peerTsn: number
  /** Written and not acknowledged, oldest first. */
  queue: SctpMessage[]
  /** Smoothed RTT and its variation, ms; null before the first sample. The timeout that follows from them, with its doublings. */
  srttMs: number | null
  rttVarMs: number
  rtoMs: number
  /** What the one timer runs for, and how often it has ended without an answer. */
  timer: SctpWait | null
  generation: number
  errors: number
  /** The program closed it: nobody is told any more. */
  orphan: boolean
  /** The packet sent last: what a timeout is about. */
  lastSent: Packet | null
}

/** A socket with an association. */
export type SctpSocket = Socket & { sctp: SctpAssociation; remoteAddress: Address; localAddress: Address; remotePort: number }

/** Is it an association (not a listener, not another protocol)? */
export function isAssociation(socket: Socket): socket is SctpSocket {
  return socket.sctp !== null && socket.remoteAddress !== null && socket.localAddress !== null && socket.remotePort !== null
}

/** The ends of an association, and who has it. */
export type SctpEnds = Pick<Socket, 'owner' | 'localPort'> & Pick<SctpSocket, 'localAddress' | 'remoteAddress' | 'remotePort'>

/** A socket with an association in `state` that has sent nothing. `initialTsn`: 32 bits; `peerTsn`: the number before the peer's first. */
export function newAssociation(
  ns: NetNs,
  ends: SctpEnds,
  { state, initialTsn, peerTsn }: { readonly state: Socket['state']; readonly initialTsn: number; readonly peerTsn: number },
): SctpSocket {
  const sctp: SctpAssociation = {
    initialTsn,
    nextTsn: initialTsn,
    peerTsn,
    queue: [],
    srttMs: null,
    rttVarMs: 0,
    rtoMs: sysctl(ns, 'net.sctp.rto_initial'),
    timer: null,
    generation: 0,
    errors: 0,
    orphan: false,
    lastSent: null,
  }
  return { ...newSocket(ns, { ...ends, protocol: 'sctp', state, ttl: null }), ...ends, sctp }
}

/** Starts the timer, ms; one that runs already is stale from now on. */
export function startTimer(socket: SctpSocket, why: SctpWait): Effect {
  const { sctp } = socket
  sctp.timer = why
  sctp.generation++
  return { kind: 'timer', afterMs: sctp.rtoMs, timer: { kind: 'sctp', socket: socket.id, generation: sctp.generation } }
}

/** Nothing is waited for. */
export function stopTimer({ sctp }: SctpSocket): void {
  sctp.timer = null
  sctp.generation++
  sctp.errors = 0
}

/** The timer has ended without an answer: the next one takes twice as long. */
export function backOff(ns: NetNs, { sctp }: SctpSocket): void {
  sctp.errors++
  sctp.rtoMs = Math.min(2 * sctp.rtoMs, sysctl(ns, 'net.sctp.rto_max'))
}

/** `sctp_transport_update_rto()`: RFC 9260 6.3.1, with rto_alpha 1/8 and rto_beta 1/4. */
export function updateRto(ns: NetNs, { sctp }: SctpSocket, rttMs: number): void {
  if (sctp.srttMs === null) {
    sctp.srttMs = rttMs
    sctp.rttVarMs = rttMs / 2
  } else {
    sctp.rttVarMs = 0.75 * sctp.rttVarMs + 0.25 * Math.abs(sctp.srttMs - rttMs)
    sctp.srttMs = 0.875 * sctp.srttMs + 0.125 * rttMs
  }
  sctp.rtoMs = Math.min(Math.max(sctp.srttMs + 4 * sctp.rttVarMs, sysctl(ns, 'net.sctp.rto_min')), sysctl(ns, 'net.sctp.rto_max'))
}

/** The association ends with an error, which its program hears. `action`: how the watcher is told. */
export function sctpFailed(
  ns: NetNs,
  socket: SctpSocket,
  errno: Errno,
  about: { readonly packet: Packet; readonly action: 'refused' | 'timeout' | 'error' },
): Effect[] {
  traceSocket(ns, socket, about.action, { packet: about.packet, detail: errno })
  unhashSocket(ns, socket)
  return socket.sctp.orphan ? [] : [deliver(socket, { kind: 'error', errno })]
}

/** Both ends have said that it is over. */
export function sctpClosed(ns: NetNs, socket: SctpSocket, packet: Packet): Effect[] {
  traceSocket(ns, socket, 'close', { packet, detail: 'closed' })
  unhashSocket(ns, socket)
  return [deliver(socket, { kind: 'closed' })]
}

/** TSNs go round at 2³². */
export function tsnAfter(tsn: number): number {
  return (tsn + 1) >>> 0
}

/** The number before it. */
export function tsnBefore(tsn: number): number {
  return (tsn - 1) >>> 0
}

/** How far `tsn` is ahead of `of`, negative if behind. */
export function tsnDiff(tsn: number, of: number): number {
  return (tsn - of) | 0
}

const scopeOf = (address: Address): number => {
  if (address >>> 24 === 127) return 0
  if (address >>> 16 === 0xa9fe) return 1
  const isPrivate = address >>> 24 === 10 || address >>> 20 === 0xac1 || address >>> 16 === 0xc0a8
  return isPrivate ? 2 : 3
}

/**
 * `sctp_in_scope()`: the addresses that a machine tells a peer; the peer then sends to each of them, which is not modelled. Null: it tells none, as it has
 * but one of that scope.
 */
export function multiHomed(ns: NetNs, peer: Address): string | null {
  const own = [...ns.devices.values()].flatMap(({ addresses, up }) => (up ? addresses.map(({ local }) => local) : []))
  const told = own.filter((address) => scopeOf(address) >= scopeOf(peer))
  return told.length > 1 ? `SCTP over several addresses (${told.map(formatAddress).join(', ')})` : null
}
