/** Kernel: net/netfilter/ipvs/ip_vs_proto_sctp.c, set_sctp_state(). */
import type { SctpHeader } from '../../net/packet.ts'
import type { Direction } from './tcp-state.ts'

/** Columns of the tables below, and the names that `ipvsadm -Lc` prints, by their short names there. */
const STATES: Readonly<Record<string, string>> = {
  NO: 'NONE',
  I1: 'INIT1',
  IN: 'INIT',
  CS: 'C-SENT',
  CR: 'C-REPLIED',
  CW: 'C-WAIT',
  CO: 'COOKIE',
  CE: 'C-ECHOED',
  ES: 'ESTABLISHED',
  SS: 'S-SENT',
  SR: 'S-RECEIVED',
  SA: 'S-ACK-SENT',
  RJ: 'REJECTED',
  CL: 'CLOSED',
}
const COLUMNS = Object.values(STATES)

type Event = 'data' | 'init' | 'init-ack' | 'cookie-echo' | 'cookie-ack' | 'shutdown' | 'shutdown-ack' | 'shutdown-complete' | 'abort'

const EVENTS: Readonly<Record<SctpHeader['chunk'], Event>> = {
  INIT: 'init',
  INIT_ACK: 'init-ack',
  COOKIE_ECHO: 'cookie-echo',
  COOKIE_ACK: 'cookie-ack',
  DATA: 'data',
  SACK: 'data',
  SHUTDOWN: 'shutdown',
  SHUTDOWN_ACK: 'shutdown-ack',
  SHUTDOWN_COMPLETE: 'shutdown-complete',
  ABORT: 'abort',
}

/** `sctp_states[][][]`: the next state by direction, chunk and old state. */
const TRANSITIONS: Readonly<Record<Direction, Readonly<Record<Event, readonly string[]>>>> = {
  input: {
    data: 'ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL'.split(' '),
    init: 'I1 IN IN CS CR CW CO CE ES SS SR SA IN IN'.split(' '),
    'init-ack': 'CW CW CW CS CR CO CO CE ES SS SR SA RJ CL'.split(' '),
    'cookie-echo': 'CR IN IN CR CR CW CO CE ES SS SR SA RJ CL'.split(' '),
    'cookie-ack': 'ES I1 IN CS CR CW CO ES ES SS SR SA RJ CL'.split(' '),
    shutdown: 'SR I1 IN CS CR CW CO CE SR SS SR SA RJ CL'.split(' '),
    'shutdown-ack': 'CL IN IN CS CR CW CO CE ES CL SR CL RJ CL'.split(' '),
    'shutdown-complete': 'CL CL CL CS CR CW CO CE ES SS SR CL RJ CL'.split(' '),
    abort: 'CL CL CL CL CL RJ CL CL CL CL CL CL CL CL'.split(' '),
  },
  output: {
    data: 'ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL'.split(' '),
    init: 'CW CW CW CW CW CW CW CW ES CW CW CW CW CW'.split(' '),
    'init-ack': 'CS CS CS CS CR CW CO CE ES SS SR SA RJ CL'.split(' '),
    'cookie-echo': 'CE CE CE CE CE CE CE CE ES SS SR SA RJ CL'.split(' '),
    'cookie-ack': 'ES ES ES ES ES ES ES ES ES SS SR SA RJ CL'.split(' '),
    shutdown: 'SS SS SS SS SS SS SS SS SS SS SR SA RJ CL'.split(' '),
    'shutdown-ack': 'SA SA SA SA SA CW CO CE ES SA SA SA RJ CL'.split(' '),
    'shutdown-complete': 'CL I1 IN CS CR CW CO CE ES SS SR SA RJ CL'.split(' '),
    abort: 'CL RJ CL CL CL CL CL CL CL CL CL CL CL CL'.split(' '),
  },
  'input-only': {
    data: 'ES I1 IN CS CR ES CO CE ES SS SR SA RJ CL'.split(' '),
    init: 'I1 IN IN IN IN IN CO CE ES SS SR SA IN IN'.split(' '),
    'init-ack': 'CE CE CE CE CE CE CO CE ES SS SR SA RJ CL'.split(' '),
    'cookie-echo': 'ES ES ES ES ES ES CO CE ES SS SR SA RJ CL'.split(' '),
    'cookie-ack': 'ES I1 IN ES ES CW ES ES ES SS SR SA RJ CL'.split(' '),
    shutdown: 'SR I1 IN CS CR CW CO CE SR SS SR SA RJ CL'.split(' '),
    'shutdown-ack': 'CL IN IN CS CR CW CO CE CL CL SR CL RJ CL'.split(' '),
    'shutdown-complete': 'CL CL CL CL CL CW CO CE ES SS CL CL RJ CL'.split(' '),
    abort: 'CL CL CL CL CL RJ CL CL CL CL CL CL CL CL'.split(' '),
  },
}

/** The state after a packet with this chunk. */
export function nextSctpState(state: string, direction: Direction, chunk: SctpHeader['chunk']): string {
  const short = TRANSITIONS[direction][EVENTS[chunk]][COLUMNS.indexOf(state)] ?? 'NO'
  return STATES[short] ?? 'NONE'
}

/** `sctp_timeouts[]`: seconds. */
export function sctpTimeout(state: string): number {
  switch (state) {
    case 'NONE':
      return 2
    case 'INIT1':
    case 'REJECTED':
      return 4
    case 'ESTABLISHED':
      return 900
    default:
      return 61
  }
}
