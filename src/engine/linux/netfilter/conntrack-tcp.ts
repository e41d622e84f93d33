/** Kernel: net/netfilter/nf_conntrack_proto_tcp.c, nf_conntrack_tcp_packet(). The state machine. */
import type { CtRef, IpPacket, TcpFlags, TcpHeader } from '../../net/packet.ts'
import type { NetNs } from '../netns.ts'
import { sysctl } from '../sysctl.ts'
import { type ConntrackEntry, conntrackEntryOf, nfCtKill } from './conntrack-table.ts'
import {
  createTcpSide,
  initSender,
  type LastSegment,
  pickUpFirst,
  segmentEnd,
  seqBefore,
  type TcpSide,
  tcpInWindow,
} from './conntrack-tcp-window.ts'

export type TcpConntrackState =
  | 'NONE'
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'ESTABLISHED'
  | 'FIN_WAIT'
  | 'CLOSE_WAIT'
  | 'LAST_ACK'
  | 'TIME_WAIT'
  | 'CLOSE'
  | 'SYN_SENT2'

/** `struct ip_ct_tcp`: what conntrack knows of one TCP connection. */
export interface TcpConntrack {
  state: TcpConntrackState
  readonly seen: Readonly<Record<CtRef['direction'], TcpSide>>
  /** Kind and direction of the segment seen last; null before the first. */
  lastKind: Kind | null
  lastDirection: CtRef['direction']
  last: LastSegment
  /** How often the last segment came again. */
  retransmitted: number
  /** A SYN into a closing connection may be answered by a challenge ACK (`IP_CT_EXP_CHALLENGE_ACK`). */
  expectsChallenge: boolean
  /** Both ends sent a SYN (`IP_CT_TCP_SIMULTANEOUS_OPEN`). */
  simultaneousOpen: boolean
}

/** Columns of the tables below. */
const STATES: readonly TcpConntrackState[] = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'SYN_SENT2',
]
/** Short names of the new states: the kernel's, without the s. IV: invalid, IG: ignored. */
const SHORT: Readonly<Record<string, TcpConntrackState>> = {
  SS: 'SYN_SENT',
  SR: 'SYN_RECV',
  ES: 'ESTABLISHED',
  FW: 'FIN_WAIT',
  CW: 'CLOSE_WAIT',
  LA: 'LAST_ACK',
  TW: 'TIME_WAIT',
  CL: 'CLOSE',
  S2: 'SYN_SENT2',
}
/** What a segment is to the state machine. */
export type Kind = 'syn' | 'synack' | 'fin' | 'ack' | 'rst' | 'none'

/** `tcp_conntracks[][][]`: by direction and kind of segment; a column for each old state. */
const TRANSITIONS: Readonly<Record<CtRef['direction'], Readonly<Record<Kind, readonly string[]>>>> = {
  original: {
    syn: 'SS SS IG IG IG IG IG SS SS S2'.split(' '),
    synack: 'IV IV SR IV IV IV IV IV IV SR'.split(' '),
    fin: 'IV IV FW FW LA LA LA TW CL IV'.split(' '),
    ack: 'ES IV ES ES CW CW TW TW CL IV'.split(' '),
    rst: 'IV CL CL CL CL CL CL CL CL CL'.split(' '),
    none: 'IV IV IV IV IV IV IV IV IV IV'.split(' '),
  },
  reply: {
    syn: 'IV S2 IV IV IV IV IV SS IV S2'.split(' '),
    synack: 'IV SR IG IG IG IG IG IG IG SR'.split(' '),
    fin: 'IV IV FW FW LA LA LA TW CL IV'.split(' '),
    ack: 'IV IG SR ES CW CW TW TW CL IG'.split(' '),
    rst: 'IV CL CL CL CL CL CL CL CL CL'.split(' '),
    none: 'IV IV IV IV IV IV IV IV IV IV'.split(' '),
  },
}

/** `get_conntrack_index()`. */
function kindOf(flags: TcpFlags): Kind {
  if (flags.rst) return 'rst'
  if (flags.syn) return flags.ack ? 'synack' : 'syn'
  if (flags.fin) return 'fin'
  return flags.ack ? 'ack' : 'none'
}

const TIMEOUT = 'net.netfilter.nf_conntrack_tcp_timeout_'
/** Keys of the seconds to live in a state. */
const TIMEOUTS: Readonly<Record<Exclude<TcpConntrackState, 'NONE'>, string>> = {
  SYN_SENT: `${TIMEOUT}syn_sent`,
  SYN_RECV: `${TIMEOUT}syn_recv`,
  ESTABLISHED: `${TIMEOUT}established`,
  FIN_WAIT: `${TIMEOUT}fin_wait`,
  CLOSE_WAIT: `${TIMEOUT}close_wait`,
  LAST_ACK: `${TIMEOUT}last_ack`,
  TIME_WAIT: `${TIMEOUT}time_wait`,
  CLOSE: `${TIMEOUT}close`,
  SYN_SENT2: `${TIMEOUT}syn_sent`,
}

/** Seconds to live in a state. */
function stateTimeout(ns: NetNs, state: TcpConntrackState): number {
  return state === 'NONE' ? 0 : sysctl(ns, TIMEOUTS[state])
}

/** `tcp_valid_flags`: FIN needs ACK, SYN neither FIN nor RST, and something must be set. */
function hasValidFlags({ syn, ack, fin, rst }: TcpFlags): boolean {
  if (syn) return !fin && !rst
  if (fin) return ack && !rst
  return rst || ack
}

/** `tcp_new()`: null when the first segment seen is none that a connection can begin with. */
function tcpNew(ns: NetNs, packet: IpPacket, header: TcpHeader): TcpConntrack | null {
  const seen = { original: createTcpSide(), reply: createTcpSide() }
  const kind = kindOf(header.flags)
  if (SHORT[TRANSITIONS.original[kind][0] ?? 'IV'] === undefined) return null
  if (kind === 'syn') initSender(seen.original, segmentEnd(packet, header), header.window)
  else {
    if (sysctl(ns, 'net.netfilter.nf_conntrack_tcp_loose') === 0) return null
    pickUpFirst(seen.original, seen.reply, segmentEnd(packet, header), header.window)
  }
  return {
    ...{ state: 'NONE', seen, lastKind: null, lastDirection: 'original', last: { seq: 0, ack: 0, end: 0, window: 0 } },
    ...{ retransmitted: 0, expectsChallenge: false, simultaneousOpen: false },
  }
}

/** One segment of one connection. */
interface Segment {
  readonly ns: NetNs
  readonly entry: ConntrackEntry
  readonly tcp: TcpConntrack
  readonly packet: IpPacket
  readonly header: TcpHeader
  readonly direction: CtRef['direction']
  readonly kind: Kind
}

type TcpVerdict = 'ok' | 'repeat' | 'invalid'

function remember({ tcp, packet, header, direction, kind }: Segment): void {
  tcp.lastKind = kind
  tcp.lastDirection = direction
  tcp.last = { seq: header.seq, ack: header.ack, end: segmentEnd(packet, header), window: header.window }
}

/** A segment that the state machine lets pass without learning from it (`TCP_CONNTRACK_IGNORE`). */
function ignore(segment: Segment): TcpConntrackState | 'ok' {
  const { tcp, header, direction, kind } = segment
  if (kind === 'synack' && tcp.lastKind === 'syn' && tcp.lastDirection !== direction && header.ack === tcp.last.end) {
    // It answers a SYN that was let pass: both ends are in step, only conntrack was not.
    initSender(tcp.seen[tcp.lastDirection], tcp.last.end, tcp.last.window)
    Object.assign(tcp.seen[direction], createTcpSide())
    tcp.state = 'SYN_SENT'
    return 'SYN_RECV'
  }
  remember(segment)
  if (kind === 'syn' && direction === 'original' && tcp.state === 'LAST_ACK') tcp.expectsChallenge = true
  return 'ok'
}

/** Once an end has closed, any RST ends the connection, wherever in the window it is (measured on 6.18). */
const CLOSING: readonly TcpConntrackState[] = ['FIN_WAIT', 'CLOSE_WAIT', 'LAST_ACK', 'TIME_WAIT', 'CLOSE']

/** A RST: does it end the connection (and is its place in the window to be checked)? */
function closeByReset(segment: Segment): { state: TcpConntrackState; checked: boolean } | 'invalid' {
  const { ns, entry, tcp, header, direction } = segment
  if (CLOSING.includes(tcp.state)) return { state: 'CLOSE', checked: false }
  const answered = entry.seenReply && tcp.lastKind === 'syn'
  const halfOpen = !entry.assured && tcp.lastKind === 'ack'
  const close = { state: 'CLOSE', checked: !((answered || halfOpen) && header.ack === tcp.last.end) } as const
  const { maxAck } = tcp.seen[direction === 'original' ? 'reply' : 'original']
  if (maxAck === null || tcp.lastKind === 'syn') return close
  // nf_conntrack_tcp_established()
  const established = tcp.state === 'ESTABLISHED' && entry.assured
  if (header.seq === 0 && !established) return { state: 'CLOSE', checked: true }
  if (seqBefore(header.seq, maxAck) && sysctl(ns, 'net.netfilter.nf_conntrack_tcp_ignore_invalid_rst') === 0) return 'invalid'
  if (!established || header.seq === maxAck) return { state: 'CLOSE', checked: true }
  if (tcp.lastKind === 'ack' && tcp.lastDirection === direction && header.seq === tcp.last.end) return { state: 'CLOSE', checked: true }
  // Not the number that is expected next: the other end may answer with a challenge ACK, so the connection stays.
  return { ...close, state: tcp.state }
}

/** Seconds to live after a segment. */
function timeoutOf({ ns, tcp, kind }: Segment): number {
  const seconds = stateTimeout(ns, tcp.state)
  const retransmitting = sysctl(ns, 'net.netfilter.nf_conntrack_tcp_timeout_max_retrans')
  const unacknowledged = sysctl(ns, 'net.netfilter.nf_conntrack_tcp_timeout_unacknowledged')
  if (tcp.retransmitted >= sysctl(ns, 'net.netfilter.nf_conntrack_tcp_max_retrans') && seconds > retransmitting) return retransmitting
  if (kind === 'rst') return stateTimeout(ns, 'CLOSE')
  if ((tcp.seen.original.unacknowledged || tcp.seen.reply.unacknowledged) && seconds > unacknowledged) return unacknowledged
  return tcp.last.window === 0 ? Math.min(seconds, retransmitting) : seconds
}

/** `nf_tcp_handle_invalid()`: an end that was closed out of the window shall not keep the entry for days. */
function handleInvalid({ ns, entry, tcp, direction, kind }: Segment): void {
  if (!entry.assured || (kind !== 'rst' && kind !== 'fin')) return
  if (tcp.lastDirection !== direction && (tcp.lastKind === 'fin' || tcp.lastKind === 'rst')) {
    const left = entry.expiresMs - ns.kernel.nowMs
    const limit = 1000 * sysctl(ns, 'net.netfilter.nf_conntrack_tcp_timeout_unacknowledged')
    if (left >= 120_000 && left > limit) entry.expiresMs = ns.kernel.nowMs + limit
    return
  }
  tcp.lastKind = kind
  tcp.lastDirection = direction
}

/** Checks the window; then the segment counts. */
function advance(segment: Segment, state: TcpConntrackState, checked: boolean): TcpVerdict {
  const { ns, tcp, direction, kind } = segment
  if (checked) {
    const { verdict, segment: seen } = tcpInWindow(tcp.seen, segment, tcp.state === 'NONE' ? state : tcp.state)
    const liberal = sysctl(ns, 'net.netfilter.nf_conntrack_tcp_be_liberal') !== 0
    if (verdict === 'ignore' && !liberal) return 'ok'
    if (verdict === 'invalid' && !liberal) {
      handleInvalid(segment)
      return 'invalid'
    }
    if (kind === 'ack' && seen) noteAck(segment, seen)
  }
  tcp.lastKind = kind
  tcp.lastDirection = direction
  const before = tcp.state
  tcp.state = state
  if (before !== state && state === 'FIN_WAIT') tcp.seen[direction].closeInit = true
  refresh(segment, before)
  return 'ok'
}

/** The same acknowledgement again and again is a sender that gets no answer. */
function noteAck({ tcp, direction }: Segment, seen: LastSegment): void {
  const { last } = tcp
  const again = tcp.lastDirection === direction && last.seq === seen.seq && last.ack === seen.ack && last.end === seen.end
  if (again && last.window === seen.window) tcp.retransmitted++
  else {
    tcp.last = seen
    tcp.retransmitted = 0
  }
}

/** How long the entry lives now, and whether the connection is known to be one (`ASSURED`). */
function refresh(segment: Segment, before: TcpConntrackState): void {
  const { ns, entry, tcp, kind } = segment
  let seconds = timeoutOf(segment)
  if (!entry.seenReply) {
    if (kind === 'rst') {
      nfCtKill(ns.netfilter.ip.conntrack, entry)
      return
    }
    // A SYN that is sent again does not prolong the entry.
    if (kind === 'syn' && before === 'SYN_SENT') return
    if (tcp.state === 'ESTABLISHED') {
      seconds = Math.min(seconds, sysctl(ns, 'net.netfilter.nf_conntrack_tcp_timeout_unacknowledged'))
    }
  } else if (!entry.assured && (before === 'SYN_RECV' || before === 'ESTABLISHED') && tcp.state === 'ESTABLISHED') entry.assured = true
  entry.expiresMs = ns.kernel.nowMs + seconds * 1000
}

/** What the state machine makes of a segment: a new state, or a verdict at once. */
function transition(segment: Segment): { state: TcpConntrackState; checked: boolean } | TcpVerdict {
  const { ns, entry, tcp, direction, kind } = segment
  const short = TRANSITIONS[direction][kind][STATES.indexOf(tcp.state)] ?? 'IV'
  const closed = tcp.state === 'TIME_WAIT' || tcp.state === 'CLOSE'
  if (short === 'SS' && closed) {
    const closing = tcp.seen.original.closeInit || tcp.seen.reply.closeInit
    if (closing || (tcp.lastDirection === direction && tcp.lastKind === 'rst')) {
      nfCtKill(ns.netfilter.ip.conntrack, entry)
      return 'repeat'
    }
  }
  if (short === 'IG' || (short === 'SS' && closed)) {
    const known = ignore(segment)
    return known === 'ok' ? 'ok' : { state: known, checked: true }
  }
  const state = SHORT[short]
  if (state === undefined) return 'invalid'
  if (state === 'CLOSE' && kind === 'rst') return closeByReset(segment)
  const challenged =
    state === 'TIME_WAIT' && tcp.state === 'LAST_ACK' && kind === 'ack' && tcp.lastKind === 'syn' && tcp.lastDirection !== direction
  if (challenged && tcp.expectsChallenge) {
    tcp.expectsChallenge = false
    return 'ok'
  }
  if (state === 'SYN_SENT2') tcp.simultaneousOpen = true
  const opened = state === 'SYN_RECV' && direction === 'reply' && kind === 'ack' && tcp.simultaneousOpen
  return { state: opened ? 'ESTABLISHED' : state, checked: true }
}

/** `nf_conntrack_tcp_packet()`: 'repeat' when the entry was a finished connection that is being opened anew, 'invalid' when TCP does not allow the segment. */
export function conntrackTcp(ns: NetNs, entry: ConntrackEntry, packet: IpPacket, direction: CtRef['direction']): TcpVerdict {
  const header = packet.transport
  if (header === null || header.kind !== 'tcp' || !hasValidFlags(header.flags)) return 'invalid'
  const tcp = entry.tcp ?? tcpNew(ns, packet, header)
  if (tcp === null) return 'invalid'
  entry.tcp = tcp
  const segment: Segment = { ns, entry, tcp, packet, header, direction, kind: kindOf(header.flags) }
  const next = transition(segment)
  return typeof next === 'string' ? next : advance(segment, next.state, next.checked)
}

/** `nf_ct_set_closing()`: a REJECT answers with a RST that conntrack does not look at; the connection is over all the same. */
export function nfCtSetClosing(ns: NetNs, packet: IpPacket): void {
  const entry = conntrackEntryOf(ns, packet)
  if (!entry?.tcp) return
  entry.tcp.state = 'CLOSE'
  entry.expiresMs = ns.kernel.nowMs + stateTimeout(ns, 'CLOSE') * 1000
}
