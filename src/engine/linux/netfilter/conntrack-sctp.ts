/** Kernel: net/netfilter/nf_conntrack_proto_sctp.c, without verification tags and heartbeats. */
import type { CtRef, SctpHeader } from '../../net/packet.ts'
import type { NetNs } from '../netns.ts'
import type { ConntrackEntry } from './conntrack-table.ts'

/** Seconds to live in each state. */
const TIMEOUTS: Readonly<Record<string, number>> = {
  CLOSED: 10,
  COOKIE_WAIT: 3,
  COOKIE_ECHOED: 3,
  ESTABLISHED: 210,
  SHUTDOWN_SENT: 3,
  SHUTDOWN_RECD: 3,
  SHUTDOWN_ACK_SENT: 3,
}

/** The state after a chunk. */
function nextState(chunk: SctpHeader['chunk'], state: string | null, direction: CtRef['direction']): string | null {
  switch (chunk) {
    case 'INIT':
    case 'INIT_ACK':
      return state === 'ESTABLISHED' ? state : 'COOKIE_WAIT'
    case 'COOKIE_ECHO':
      return state === 'ESTABLISHED' ? state : 'COOKIE_ECHOED'
    case 'COOKIE_ACK':
      return 'ESTABLISHED'
    case 'SHUTDOWN':
      return direction === 'original' ? 'SHUTDOWN_SENT' : 'SHUTDOWN_RECD'
    case 'SHUTDOWN_ACK':
      return 'SHUTDOWN_ACK_SENT'
    case 'SHUTDOWN_COMPLETE':
    case 'ABORT':
      return 'CLOSED'
    case 'DATA':
    case 'SACK':
      return state
  }
}

/** `nf_conntrack_sctp_packet()`: false when the chunk is invalid in this state. */
export function conntrackSctp(ns: NetNs, entry: ConntrackEntry, header: SctpHeader, direction: CtRef['direction']): boolean {
  if (entry.sctp === null && header.chunk !== 'INIT') return false
  const state = nextState(header.chunk, entry.sctp, direction)
  if (state === null) return false
  if (state === 'ESTABLISHED' && entry.sctp === 'COOKIE_ECHOED' && direction === 'reply') entry.assured = true
  entry.sctp = state
  entry.expiresMs = ns.kernel.nowMs + (TIMEOUTS[state] ?? 10) * 1000
  return true
}
