/** Kernel: net/sctp/sm_sideeffect.c; sm_statefuns.c, sctp_sf_t1_init_timer_expire() and its kin. What is not answered is sent again, at longer and longer intervals. */
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { backOff, isAssociation, type SctpSocket, type SctpWait, sctpFailed, startTimer } from './sctp-association.ts'
import { sendChunk, sendData, sendShutdown } from './sctp-output.ts'
import { sysctl } from './sysctl.ts'
import type { Timer } from './timer.ts'

/** How often what the timer is for is sent again. */
const RETRANSMISSIONS: Readonly<Record<SctpWait['for'], string>> = {
  init: 'net.sctp.max_init_retransmits',
  cookie: 'net.sctp.max_init_retransmits',
  data: 'net.sctp.association_max_retrans',
  shutdown: 'net.sctp.association_max_retrans',
}

/** `sctp_make_violation_max_retrans()`: bytes of "Association exceeded its max_retrans count" and its header. */
const MAX_RETRANS_CAUSE = 48

/** The timer of an association has ended; a stale one does nothing. */
export function sctpTimer(ns: NetNs, { socket: id, generation }: Extract<Timer, { kind: 'sctp' }>): KernelEffect[] {
  const socket = ns.sockets.sockets.get(id)
  if (!socket || !isAssociation(socket)) return []
  const { timer, lastSent, errors } = socket.sctp
  if (timer === null || socket.sctp.generation !== generation) return []
  if (errors >= sysctl(ns, RETRANSMISSIONS[timer.for]) && lastSent) {
    const began = timer.for === 'data' || timer.for === 'shutdown'
    const abort = began ? sendChunk(ns, socket, { chunk: 'ABORT', causeLength: MAX_RETRANS_CAUSE }) : []
    return [...abort, ...sctpFailed(ns, socket, 'ETIMEDOUT', { packet: lastSent, action: 'timeout' })]
  }
  backOff(ns, socket)
  return [startTimer(socket, timer), ...sendAgain(ns, socket, timer)]
}

function sendAgain(ns: NetNs, socket: SctpSocket, timer: SctpWait): KernelEffect[] {
  switch (timer.for) {
    case 'init':
      return sendChunk(ns, socket, { chunk: 'INIT', tsn: socket.sctp.initialTsn }, { again: true })
    case 'cookie':
      return sendChunk(ns, socket, { chunk: 'COOKIE_ECHO', cookie: timer.cookie }, { again: true })
    case 'data':
      return sendData(ns, socket, timer.message, true)
    case 'shutdown':
      return sendShutdown(ns, socket, true)
  }
}
