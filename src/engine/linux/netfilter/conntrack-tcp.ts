/** Kernel: net/netfilter/nf_conntrack_proto_tcp.c. The state machine; sequence windows are not checked (as with nf_conntrack_tcp_be_liberal). */
import type { CtRef, Packet, TcpFlags, TcpHeader } from '../../net/packet.ts'
import type { NetNs } from '../netns.ts'
import { sysctl } from '../sysctl.ts'
import { type ConntrackEntry, nfCtKill } from './conntrack-table.ts'

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

/** What conntrack knows of one TCP connection. */
export interface TcpConntrack {
  state: TcpConntrackState
  /** One above the highest sequence number sent (`td_end`), per direction; null before the first segment. */
  readonly end: { original: number | null; reply: number | null }
  /** Data was sent and is not acknowledged (`IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED`). */
  readonly unacknowledged: { original: boolean; reply: boolean }
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
type Kind = 'syn' | 'synack' | 'fin' | 'ack' | 'rst' | 'none'

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

/** Seconds to live in a state. */
function stateTimeout(ns: NetNs, state: TcpConntrackState): number {
  if (state === 'NONE') return 0
  return sysctl(ns, `net.netfilter.nf_conntrack_tcp_timeout_${state === 'SYN_SENT2' ? 'syn_sent' : state.toLowerCase()}`)
}

/** `nf_conntrack_tcp_timeout_unacknowledged`, seconds. */
const UNACKNOWLEDGED = 300

/** One above the last sequence number of a segment. */
function segmentEnd(packet: Packet, header: TcpHeader): number {
  return (header.seq + packet.payload.length + (header.flags.syn ? 1 : 0) + (header.flags.fin ? 1 : 0)) % 0x100000000
}

/** Is sequence number `a` after `b`, modulo 2³²? */
function after(a: number, b: number): boolean {
  return ((b - a) | 0) < 0
}

/** The part of `tcp_in_window()` that remembers what was sent and acknowledged. */
function noteSequence(tcp: TcpConntrack, packet: Packet, header: TcpHeader, direction: CtRef['direction']): void {
  const opposite = direction === 'original' ? 'reply' : 'original'
  const end = segmentEnd(packet, header)
  const known = tcp.end[direction]
  if (known === null) tcp.end[direction] = end
  else if (after(end, known)) {
    tcp.end[direction] = end
    tcp.unacknowledged[direction] = true
  }
  if (header.flags.ack && header.ack === tcp.end[opposite]) tcp.unacknowledged[opposite] = false
}

/** `nf_conntrack_tcp_packet()`: 'repeat' when the entry was a finished connection that is being opened anew, 'invalid' when no rule of TCP allows the segment. */
export function conntrackTcp(ns: NetNs, entry: ConntrackEntry, packet: Packet, direction: CtRef['direction']): 'ok' | 'repeat' | 'invalid' {
  const header = packet.transport
  if (header === null || header.kind !== 'tcp') return 'invalid'
  const isNew = entry.tcp === null
  const tcp: TcpConntrack = entry.tcp ?? {
    state: 'NONE',
    end: { original: null, reply: null },
    unacknowledged: { original: false, reply: false },
  }
  const kind = kindOf(header.flags)
  const short = TRANSITIONS[direction][kind][STATES.indexOf(tcp.state)] ?? 'IV'
  if (short === 'IG') return 'ok'
  const state = SHORT[short]
  if (state === undefined || (isNew && state !== 'SYN_SENT' && sysctl(ns, 'net.netfilter.nf_conntrack_tcp_loose') === 0)) return 'invalid'
  if (state === 'SYN_SENT' && (tcp.state === 'TIME_WAIT' || tcp.state === 'CLOSE')) {
    nfCtKill(ns.netfilter.ip.conntrack, entry)
    return 'repeat'
  }
  const before = tcp.state
  entry.tcp = tcp
  noteSequence(tcp, packet, header, direction)
  tcp.state = state
  let seconds = kind === 'rst' ? stateTimeout(ns, 'CLOSE') : stateTimeout(ns, state)
  if (kind !== 'rst' && (tcp.unacknowledged.original || tcp.unacknowledged.reply)) seconds = Math.min(seconds, UNACKNOWLEDGED)
  if (!entry.seenReply) {
    if (kind === 'rst') {
      nfCtKill(ns.netfilter.ip.conntrack, entry)
      return 'ok'
    }
    if (state === 'ESTABLISHED') seconds = Math.min(seconds, UNACKNOWLEDGED)
  } else if (!entry.assured && (before === 'SYN_RECV' || before === 'ESTABLISHED') && state === 'ESTABLISHED') entry.assured = true
  entry.expiresMs = ns.kernel.nowMs + seconds * 1000
  return 'ok'
}
