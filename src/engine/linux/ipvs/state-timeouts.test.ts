/** States of connections and how long they last, in the words of `ipvsadm -Lnc` at once after the last packet: measured on Linux 6.1. */
import { expect, test } from 'vitest'
import { NO_FLAGS } from '../../net/new-packet.ts'
import type { SctpHeader, TcpFlags } from '../../net/packet.ts'
import { nextSctpState, sctpTimeout } from './sctp-state.ts'
import { nextTcpState, tcpTimeout } from './tcp-state.ts'

function listed(state: string, timeout: number): string {
  const left = timeout - 1
  return `${String(Math.floor(left / 60)).padStart(2, '0')}:${String(left % 60).padStart(2, '0')} ${state}`
}

/** "<": the server's. */
test.each([
  ['INIT', '00:03 INIT1'],
  ['INIT ABORT', '01:00 CLOSED'],
  ['INIT <INIT_ACK', '01:00 C-SENT'],
  ['INIT <INIT_ACK COOKIE_ECHO', '01:00 C-REPLIED'],
  ['INIT <INIT_ACK COOKIE_ECHO <COOKIE_ECHO', '01:00 C-ECHOED'],
  ['INIT <INIT_ACK COOKIE_ECHO <COOKIE_ECHO <COOKIE_ACK', '14:59 ESTABLISHED'],
  ['INIT <INIT_ACK COOKIE_ECHO <COOKIE_ECHO COOKIE_ACK', '14:59 ESTABLISHED'],
  ['INIT COOKIE_ACK', '00:03 INIT1'],
  ['INIT <INIT_ACK COOKIE_ECHO <COOKIE_ACK SHUTDOWN', '01:00 S-RECEIVED'],
  ['INIT <INIT_ACK COOKIE_ECHO <COOKIE_ACK <SHUTDOWN', '01:00 S-SENT'],
  ['INIT <INIT_ACK COOKIE_ECHO <COOKIE_ACK SHUTDOWN <SHUTDOWN_ACK', '01:00 S-ACK-SENT'],
  ['INIT <INIT_ACK COOKIE_ECHO <COOKIE_ACK SHUTDOWN <SHUTDOWN_ACK SHUTDOWN_COMPLETE', '01:00 CLOSED'],
  ['INIT <INIT_ACK COOKIE_ECHO <COOKIE_ACK <SHUTDOWN SHUTDOWN_ACK', '01:00 CLOSED'],
  ['INIT <ABORT', '00:03 REJECTED'],
  ['INIT INIT_ACK', '01:00 C-WAIT'],
  ['INIT INIT', '01:00 INIT'],
  ['INIT COOKIE_ECHO', '01:00 INIT'],
  ['INIT <INIT', '01:00 C-WAIT'],
  ['INIT DATA', '00:03 INIT1'],
  ['INIT <INIT_ACK DATA', '01:00 C-SENT'],
  ['INIT <INIT_ACK COOKIE_ECHO <COOKIE_ACK DATA', '14:59 ESTABLISHED'],
  ['INIT <COOKIE_ECHO', '01:00 C-ECHOED'],
])('SCTP: %s: %s', (chunks, expected) => {
  let state = 'NONE'
  for (const text of chunks.split(' '))
    state = nextSctpState(state, text.startsWith('<') ? 'output' : 'input', text.replace('<', '') as SctpHeader['chunk'])
  expect(listed(state, sctpTimeout(state))).toBe(expected)
})

const FLAGS: Readonly<Record<string, Partial<TcpFlags>>> = {
  S: { syn: true },
  SA: { syn: true, ack: true },
  A: { ack: true },
  FA: { fin: true, ack: true },
  R: { rst: true },
}

test.each([
  ['S', '00:59 SYN_RECV'],
  ['S <SA', '00:59 SYN_RECV'],
  ['S <SA A', '14:59 ESTABLISHED'],
  ['S <SA A FA', '00:59 CLOSE_WAIT'],
  ['S <SA A <FA', '01:59 FIN_WAIT'],
  ['S <SA A FA <FA', '01:59 TIME_WAIT'],
  ['S <SA A <FA FA', '01:59 TIME_WAIT'],
  ['S <SA A FA <FA A', '01:59 TIME_WAIT'],
  ['S R', '00:59 SYN_RECV'],
  ['S <R', '00:09 CLOSE'],
])('TCP: %s: %s', (segments, expected) => {
  let state = 'NONE'
  for (const text of segments.split(' '))
    state = nextTcpState(state, text.startsWith('<') ? 'output' : 'input', { ...NO_FLAGS, ...FLAGS[text.replace('<', '')] })
  expect(listed(state, tcpTimeout(state, { tcp: 900, tcpFin: 120 }))).toBe(expected)
})

/** `tcp_timeouts[]` and `sctp_timeouts[]` of states that no packet leaves a connection in, or only for a moment. */
test('the other states', () => {
  const timeouts = { tcp: 7, tcpFin: 8 }
  const tcp = ['NONE', 'ESTABLISHED', 'FIN_WAIT', 'LAST_ACK', 'SYN_SENT', 'LISTEN', 'SYNACK'].map((state) => tcpTimeout(state, timeouts))
  expect(tcp).toEqual([2, 7, 8, 30, 120, 120, 120])
  expect(sctpTimeout('NONE')).toBe(2)
})
