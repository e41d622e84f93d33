/** Kernel: net/netfilter/ipvs/ip_vs_proto_tcp.c, set_tcp_state(). */
import type { TcpFlags } from '../../net/packet.ts'

/** Columns of the tables below, and the names that `ipvsadm -Lc` prints, by their short names there. */
const STATES: Readonly<Record<string, string>> = {
  NO: 'NONE',
  ES: 'ESTABLISHED',
  SS: 'SYN_SENT',
  SR: 'SYN_RECV',
  FW: 'FIN_WAIT',
  TW: 'TIME_WAIT',
  CL: 'CLOSE',
  CW: 'CLOSE_WAIT',
  LA: 'LAST_ACK',
  LI: 'LISTEN',
  SA: 'SYNACK',
}
const COLUMNS = Object.values(STATES)

/** Who sends: the client, the server, or the client while the server's packets do not pass here. */
export type Direction = 'input' | 'output' | 'input-only'

/** `tcp_states[]`: the next state by direction, kind of segment and old state. */
const TRANSITIONS: Readonly<Record<Direction, Readonly<Record<string, readonly string[]>>>> = {
  input: {
    syn: 'SR ES ES SR SR SR SR SR SR SR SR'.split(' '),
    fin: 'CL CW SS TW TW TW CL CW LA LI TW'.split(' '),
    ack: 'ES ES SS ES FW TW CL CW CL LI ES'.split(' '),
    rst: 'CL CL CL SR CL CL CL CL LA LI SR'.split(' '),
  },
  output: {
    syn: 'SS ES SS SR SS SS SS SS SS LI SR'.split(' '),
    fin: 'TW FW SS TW FW TW CL TW LA LI TW'.split(' '),
    ack: 'ES ES SS ES FW TW CL CW LA ES ES'.split(' '),
    rst: 'CL CL SS CL CL TW CL CL CL CL CL'.split(' '),
  },
  'input-only': {
    syn: 'SR ES ES SR SR SR SR SR SR SR SR'.split(' '),
    fin: 'CL FW SS TW FW TW CL CW LA LI TW'.split(' '),
    ack: 'ES ES SS ES FW TW CL CW CL LI ES'.split(' '),
    rst: 'CL CL CL SR CL CL CL CL LA LI CL'.split(' '),
  },
}

/** `tcp_state_idx()`. */
function kindOf({ rst, syn, fin, ack }: TcpFlags): string {
  return rst ? 'rst' : syn ? 'syn' : fin ? 'fin' : ack ? 'ack' : ''
}

/** The state after a segment. */
export function nextTcpState(state: string, direction: Direction, flags: TcpFlags): string {
  const short = TRANSITIONS[direction][kindOf(flags)]?.[COLUMNS.indexOf(state)] ?? 'CL'
  return STATES[short] ?? 'CLOSE'
}

/** `tcp_state_active_table`: states in which a connection counts as active. */
export function isTcpActive(state: string): boolean {
  return ['ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'SYNACK'].includes(state)
}

/** `tcp_timeouts[]`: seconds; ESTABLISHED and FIN_WAIT can be set. */
export function tcpTimeout(state: string, timeouts: { readonly tcp: number; readonly tcpFin: number }): number {
  switch (state) {
    case 'ESTABLISHED':
      return timeouts.tcp
    case 'FIN_WAIT':
      return timeouts.tcpFin
    case 'NONE':
      return 2
    case 'SYN_RECV':
    case 'CLOSE_WAIT':
      return 60
    case 'CLOSE':
      return 10
    case 'LAST_ACK':
      return 30
    default:
      return 120
  }
}
