/**
 * Kernel: net/netfilter/nf_conntrack_proto_sctp.c, without heartbeats. Verification tags are not in our packets: each is taken to carry the right one,
 * which conntrack can only know once it has seen INIT or INIT ACK of the other end. What follows is measured on 6.18 (`testdata/conntrack-sctp-6.18.json`).
 */
import type { CtRef, SctpHeader } from '../../net/packet.ts'
import type { NetNs } from '../netns.ts'
import { sysctl } from '../sysctl.ts'
import type { ConntrackEntry } from './conntrack-table.ts'

type Chunk = SctpHeader['chunk']
type Direction = CtRef['direction']

/** States as `conntrack -L` prints them. */
export type SctpState = 'CLOSED' | 'COOKIE_WAIT' | 'COOKIE_ECHOED' | 'ESTABLISHED' | 'SHUTDOWN_SENT' | 'SHUTDOWN_RECD' | 'SHUTDOWN_ACK_SENT'

/** What conntrack knows of an association. `tags`: in which direction it knows the verification tag. */
export interface SctpTracked {
  readonly state: SctpState
  readonly tags: { readonly original: boolean; readonly reply: boolean }
}

/** `sctp_conntracks`: what a chunk makes of a state, by direction, where it makes anything of it. ABORT closes whatever there is. */
const TRANSITIONS: Readonly<Record<Direction, Partial<Record<Chunk, Partial<Record<SctpState, SctpState>>>>>> = {
  original: {
    INIT: { SHUTDOWN_SENT: 'CLOSED', SHUTDOWN_RECD: 'CLOSED' },
    SHUTDOWN: { ESTABLISHED: 'SHUTDOWN_SENT' },
    SHUTDOWN_ACK: { SHUTDOWN_SENT: 'SHUTDOWN_ACK_SENT', SHUTDOWN_RECD: 'SHUTDOWN_ACK_SENT' },
    COOKIE_ECHO: { COOKIE_WAIT: 'COOKIE_ECHOED' },
    COOKIE_ACK: { COOKIE_ECHOED: 'ESTABLISHED' },
    SHUTDOWN_COMPLETE: { SHUTDOWN_ACK_SENT: 'CLOSED' },
  },
  reply: {
    INIT_ACK: { CLOSED: 'COOKIE_WAIT' },
    SHUTDOWN: { ESTABLISHED: 'SHUTDOWN_RECD' },
    SHUTDOWN_ACK: { SHUTDOWN_SENT: 'SHUTDOWN_ACK_SENT', SHUTDOWN_RECD: 'SHUTDOWN_ACK_SENT' },
    COOKIE_ECHO: { COOKIE_WAIT: 'COOKIE_ECHOED' },
    COOKIE_ACK: { COOKIE_ECHOED: 'ESTABLISHED' },
    SHUTDOWN_COMPLETE: { SHUTDOWN_ACK_SENT: 'CLOSED' },
  },
}

const OTHER: Readonly<Record<Direction, Direction>> = { original: 'reply', reply: 'original' }

/** `sctp_new()`: INIT begins, and SHUTDOWN_ACK of an association that was there before; anything else is invalid. */
function begin(chunk: Chunk): SctpTracked | null {
  if (chunk === 'INIT') return { state: 'CLOSED', tags: { original: false, reply: true } }
  return chunk === 'SHUTDOWN_ACK' ? { state: 'SHUTDOWN_ACK_SENT', tags: { original: false, reply: false } } : null
}

/** `nf_conntrack_sctp_packet()`: what is known after a chunk; null when it is invalid. The tags of INIT and SHUTDOWN_ACK are not compared. */
function next({ state, tags }: SctpTracked, chunk: Chunk, direction: Direction): SctpTracked | null {
  if (chunk !== 'INIT' && chunk !== 'SHUTDOWN_ACK' && !tags[direction]) return null
  const after = chunk === 'ABORT' ? 'CLOSED' : (TRANSITIONS[direction][chunk]?.[state] ?? state)
  const told = chunk === 'INIT' || chunk === 'INIT_ACK' ? { ...tags, [OTHER[direction]]: true } : tags
  return { state: after, tags: told }
}

/** Takes a chunk into account; false when it is invalid. The entry then lives as long as its state does. */
export function conntrackSctp(ns: NetNs, entry: ConntrackEntry, { chunk }: SctpHeader, direction: Direction): boolean {
  const tracked = entry.sctp === null ? begin(chunk) : next(entry.sctp, chunk, direction)
  if (tracked === null) return false
  if (tracked.state === 'ESTABLISHED' && entry.sctp?.state === 'COOKIE_ECHOED') entry.assured = true
  entry.sctp = tracked
  entry.expiresMs = ns.kernel.nowMs + sysctl(ns, `net.netfilter.nf_conntrack_sctp_timeout_${tracked.state.toLowerCase()}`) * 1000
  return true
}
