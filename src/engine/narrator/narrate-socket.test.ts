import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../linux/trace-event.ts'

import { answer, DB, faults, icmp, icmpAbout, type Row, syn, synToPod, tcp, udp, WEB } from './rows.fixture.ts'

const dns = (more: object) => ({
  kind: 'dns',
  id: 1,
  response: false,
  question: { name: 'webapp-sql1.default.svc.cluster.local.', type: 'A' },
  rcode: 'NOERROR',
  authoritative: true,
  recursionAvailable: true,
  answers: [],
  authority: [],
  ...more,
})
const record = { name: 'webapp-sql1.default.svc.cluster.local.', type: 'A', ttl: 30, data: '10.96.40.7' }
const say = (data: unknown, action: 'send' | 'receive'): TraceEvent => ({
  at: 'socket',
  packet: udp('10.244.1.9:53 > 10.96.0.10:53', { data }),
  action,
  socket: 1,
  detail: '',
})
const http = { headers: [], body: '', server: '', client: '' }
const socket: readonly Row[] = [
  [
    WEB,
    { at: 'socket', packet: { ...answer, iif: 'eth0' }, action: 'close', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp closes its connection to 10.96.40.7:3306.',
  ],
  [
    DB,
    { at: 'socket', packet: icmp('10.244.1.2 > 10.244.2.3', 8), action: 'receive', socket: null, detail: '' },
    'mysql-1 receives a ping from 10.244.1.2. Its kernel answers.',
  ],
  [
    WEB,
    { at: 'socket', packet: syn, action: 'send', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp sends a SYN to 10.96.40.7:3306, Service webapp-sql1. No device owns that address.',
  ],
  [
    DB,
    { at: 'socket', packet: tcp('10.244.2.3:3000 > 10.244.1.2:80 S'), action: 'send', socket: 1, detail: '' },
    'mysql-1 sends a SYN to 10.244.1.2:80, pod webapp-6f7b9c5d4-x2lqp.',
  ],
  [
    DB,
    { at: 'socket', packet: tcp('10.244.2.3:3000 > 1.1.1.1:80 S'), action: 'send', socket: 1, detail: '' },
    'mysql-1 sends a SYN to 1.1.1.1:80.',
  ],
  [
    WEB,
    { at: 'socket', packet: tcp('10.244.1.2:30000 > 10.96.40.7:3306 AP', { length: 80 }), action: 'send', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp sends 80 bytes of data to 10.96.40.7:3306.',
  ],
  [
    WEB,
    { at: 'socket', packet: icmp('10.244.1.2 > 10.244.2.3', 8), action: 'send', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp sends a ping to 10.244.2.3.',
  ],
  [
    WEB,
    { at: 'socket', packet: answer, action: 'receive', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp receives a SYN-ACK from 10.96.40.7:3306.',
  ],
  [
    DB,
    { at: 'socket', packet: synToPod, action: 'accept', socket: 1, detail: '' },
    'mysql-1 accepts on port 3306. It sees 10.244.1.2 as the client: no NAT of the source.',
  ],
  [
    DB,
    { at: 'socket', packet: tcp('172.18.0.11:3000 > 10.244.2.3:3306 S'), action: 'accept', socket: 1, detail: '' },
    'mysql-1 accepts on port 3306. It sees 172.18.0.11 as the client, an address of worker-1.',
  ],
  [
    DB,
    { at: 'socket', packet: tcp('198.51.100.10:3000 > 10.244.2.3:3306 S'), action: 'accept', socket: 1, detail: '' },
    'mysql-1 accepts on port 3306. It sees 198.51.100.10 as the client.',
  ],
  [
    WEB,
    { at: 'socket', packet: answer, action: 'connected', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp is connected to 10.96.40.7:3306: the handshake is done.',
  ],
  [
    DB,
    { at: 'socket', packet: tcp('10.244.1.2:3000 > 10.244.2.3:81 S'), action: 'refused', socket: null, detail: '' },
    'Nothing listens on port 81 of mysql-1. It answers with a RST.',
  ],
  [
    WEB,
    { at: 'socket', packet: icmpAbout('10.244.1.1 > 10.244.1.2', synToPod), action: 'refused', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp learns from 10.244.1.1 that 10.244.2.3:3306 refuses the connection.',
  ],
  [
    DB,
    { at: 'socket', packet: udp('10.244.1.2:3000 > 10.244.2.3:81'), action: 'refused', socket: null, detail: '' },
    'Nothing listens on UDP port 81 of mysql-1. It answers port unreachable.',
  ],
  [
    WEB,
    { at: 'socket', packet: tcp('10.96.40.7:3306 > 10.244.1.2:30000 RA'), action: 'refused', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp learns that 10.96.40.7:3306 refuses the connection.',
  ],
  [
    WEB,
    { at: 'socket', packet: syn, action: 'retransmit', socket: 1, detail: '' },
    'No answer yet. webapp-6f7b9c5d4-x2lqp sends a SYN to 10.96.40.7:3306 again.',
  ],
  [
    WEB,
    { at: 'socket', packet: syn, action: 'timeout', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp gives up: 10.96.40.7:3306 never answered.',
  ],
  [
    WEB,
    { at: 'socket', packet: syn, action: 'error', socket: 1, detail: 'EHOSTUNREACH' },
    'webapp-6f7b9c5d4-x2lqp gets the error EHOSTUNREACH.',
  ],
  [
    WEB,
    { at: 'socket', packet: syn, action: 'close', socket: 1, detail: '' },
    'webapp-6f7b9c5d4-x2lqp closes its connection to 10.96.40.7:3306.',
  ],
]

const messages: readonly Row[] = [
  [DB, say(dns({}), 'send'), 'DNS first: mysql-1 asks 10.96.0.10 for webapp-sql1.default.svc.cluster.local.'],
  [DB, say(dns({ question: { name: 'db.', type: 'AAAA' } }), 'send'), 'DNS first: mysql-1 asks 10.96.0.10 for db (AAAA).'],
  [DB, say(dns({}), 'receive'), 'mysql-1 is asked by 10.244.1.9:53 for webapp-sql1.default.svc.cluster.local.'],
  [DB, say(dns({ response: true, answers: [record] }), 'send'), 'mysql-1 answers: webapp-sql1.default.svc.cluster.local is 10.96.40.7.'],
  [
    DB,
    say(dns({ response: true, answers: [record] }), 'receive'),
    'mysql-1 learns that webapp-sql1.default.svc.cluster.local is 10.96.40.7.',
  ],
  [
    DB,
    say(dns({ response: true, rcode: 'NXDOMAIN' }), 'send'),
    'mysql-1 answers: there is no webapp-sql1.default.svc.cluster.local (NXDOMAIN).',
  ],
  [
    DB,
    say(dns({ response: true, rcode: 'NXDOMAIN' }), 'receive'),
    'mysql-1 learns that there is no webapp-sql1.default.svc.cluster.local.',
  ],
  [DB, say(dns({ response: true }), 'send'), 'mysql-1 answers: webapp-sql1.default.svc.cluster.local exists, but has no such record.'],
  [DB, say({ ...http, kind: 'http-request', method: 'GET', target: '/a' }, 'send'), 'mysql-1 sends to 10.96.0.10:53: GET /a HTTP/1.1.'],
  [
    DB,
    say({ ...http, kind: 'http-response', status: 200, reason: 'OK' }, 'receive'),
    'mysql-1 receives from 10.244.1.9:53: HTTP/1.1 200 OK.',
  ],
  [DB, say({ kind: 'text', text: 'hello\nworld' }, 'receive'), 'mysql-1 receives from 10.244.1.9:53: hello.'],
]

describe('narrate, at sockets', () => {
  it.each([...socket, ...messages])('at %s, row %#', (...row) => {
    expect(faults(row)).toEqual([])
  })

  it('has a row above for every kind of event', () => {
    const every: readonly TraceEvent['at'][] = ['socket']
    expect([...new Set([...socket, ...messages].map(([, event]) => event.at))].sort()).toEqual([...every].sort())
  })
})
