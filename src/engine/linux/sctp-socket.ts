/** Kernel: net/sctp/socket.c. The system calls on one-to-one sockets (SOCK_STREAM, IPPROTO_SCTP). RFC 6458 section 4. */
import type { Address } from '../net/address.ts'
import type { Errno } from './errno.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { dstMtu, ipRouteOutput } from './route-output.ts'
import {
  isAssociation,
  multiHomed,
  newAssociation,
  type SctpEnds,
  type SctpSocket,
  startTimer,
  stopTimer,
  tsnAfter,
} from './sctp-association.ts'
import { unsupported } from './sctp-input.ts'
import { flushQueue, sendChunk } from './sctp-output.ts'
import { hashSocket, unhashSocket } from './socket-lookup.ts'
import type { Socket } from './socket-table.ts'

/** Bytes of IP header, common header and header of a DATA chunk. */
const DATA_AND_IP = 48

/**
 * connect(2): INIT leaves, and leaves again until it is answered. That there is no route, or that a rule drops it on the way out, is no error of the
 * call: it is tried again too (measured on 6.1). `bound`: is the address the program's choice?
 */
export function sctpConnect(ns: NetNs, ends: SctpEnds, bound: boolean): { readonly socket: number; readonly effects: KernelEffect[] } {
  const initialTsn = ns.kernel.chooser.pick('isn', 0x100000000)
  const socket = newAssociation(ns, ends, { state: 'COOKIE-WAIT', initialTsn, peerTsn: initialTsn })
  hashSocket(ns, socket)
  const begun = [startTimer(socket, { for: 'init' }), ...sendChunk(ns, socket, { chunk: 'INIT', tsn: initialTsn })]
  const what = bound ? null : multiHomed(ns, ends.remoteAddress)
  const { lastSent } = socket.sctp
  return { socket: socket.id, effects: what === null || lastSent === null ? begun : unsupported(ns, lastSent, what) }
}

/** send(2): a chunk of its own for each message. What is longer than a packet would be cut into several, which is not modelled. */
export function sctpSendmsg(ns: NetNs, socket: Socket, data: unknown, length: number): { effects: KernelEffect[]; errno: Errno | null } {
  if (!isAssociation(socket) || socket.state !== 'ESTAB') return { effects: [], errno: 'ECONNRESET' }
  const { sctp } = socket
  const most = pathMtu(ns, socket.localAddress, socket.remoteAddress) - DATA_AND_IP
  if (length > most && sctp.lastSent)
    return { effects: unsupported(ns, sctp.lastSent, `an SCTP message of more than ${most} bytes`), errno: null }
  sctp.queue = [...sctp.queue, { tsn: sctp.nextTsn, length, data, sentMs: ns.kernel.nowMs, again: false }]
  sctp.nextTsn = tsnAfter(sctp.nextTsn)
  return { effects: flushQueue(ns, socket), errno: null }
}

function pathMtu(ns: NetNs, source: Address, destination: Address): number {
  const route = ipRouteOutput(ns, { source, destination })
  return 'error' in route ? 1500 : dstMtu(ns, route, destination)
}

/** shutdown(2) with SHUT_WR, and what close(2) does first: SHUTDOWN after what is not acknowledged yet. */
export function sctpShutdown(ns: NetNs, socket: SctpSocket): KernelEffect[] {
  if (socket.state !== 'ESTAB') return []
  socket.state = 'SHUTDOWN-PENDING'
  return flushQueue(ns, socket)
}

/** close(2): what has not begun is forgotten (`sctp_sf_cookie_wait_prm_shutdown()`), the rest says goodbye. */
export function sctpClose(ns: NetNs, socket: SctpSocket): KernelEffect[] {
  socket.sctp.orphan = true
  if (socket.state !== 'COOKIE-WAIT' && socket.state !== 'COOKIE-ECHOED') return sctpShutdown(ns, socket)
  stopTimer(socket)
  unhashSocket(ns, socket)
  return []
}
