/** The life of an association in nf_conntrack_proto_sctp.c: after each chunk the seconds it has, its state, and whether it is assured. */
import { expect, test } from 'vitest'
import { setSysctl } from '../sysctl.ts'
import { createTestMachine } from './testdata/machine.ts'
import { framedPacket } from './testdata/packet-text.ts'

const ENDS = { o: '10.0.0.11:1000>192.168.9.2:80', r: '192.168.9.2:80>10.0.0.11:1000' } as const
const PATHS = {
  o: ['PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1'],
  r: ['PREROUTING eth1', 'FORWARD eth1 cni0', 'POSTROUTING cni0'],
} as const

const HANDSHAKE = [
  ['o INIT', '9 CLOSED'],
  ['r INIT_ACK', '2 COOKIE_WAIT'],
  ['o COOKIE_ECHO', '2 COOKIE_ECHOED'],
  ['r COOKIE_ACK', '209 ESTABLISHED assured'],
] as const

test.each([
  [
    'closed by the client',
    [
      ...HANDSHAKE,
      ['o DATA', '209 ESTABLISHED assured'],
      ['r SACK', '209 ESTABLISHED assured'],
      ['o INIT', '209 ESTABLISHED assured'],
      ['o COOKIE_ECHO', '209 ESTABLISHED assured'],
      ['o SHUTDOWN', '2 SHUTDOWN_SENT assured'],
      ['r SHUTDOWN_ACK', '2 SHUTDOWN_ACK_SENT assured'],
      ['o SHUTDOWN_COMPLETE', '9 CLOSED assured'],
    ],
  ],
  [
    'closed by the server',
    [
      ...HANDSHAKE,
      ['r SHUTDOWN', '2 SHUTDOWN_RECD assured'],
      ['o SHUTDOWN_ACK', '2 SHUTDOWN_ACK_SENT assured'],
      ['r SHUTDOWN_COMPLETE', '9 CLOSED assured'],
    ],
  ],
  [
    'refused',
    [
      ['o INIT', '9 CLOSED'],
      ['r ABORT', '9 CLOSED'],
    ],
  ],
  ['aborted', [...HANDSHAKE, ['o ABORT', '9 CLOSED assured']]],
  ['data before the handshake is invalid, and is not tracked', [['o DATA', '']]],
] as const)('%s', (_what, steps) => {
  const machine = createTestMachine()
  expect(machine.load('*filter\n-A FORWARD -m conntrack --ctstate NEW\nCOMMIT\n')).toBe(null)
  const seen = steps.map(([step], index) => {
    const [end = 'o', chunk = ''] = step.split(' ')
    machine.pass(framedPacket(`sctp ${ENDS[end as 'o']} ${chunk}`, index), ...PATHS[end as 'o'])
    const [line = ''] = machine.list()
    const found = /^sctp +132 (\d+ \w+) /.exec(line)
    return [step, found ? `${found[1]}${line.includes('[ASSURED]') ? ' assured' : ''}` : '']
  })
  expect(seen).toEqual(steps)
})

test('how long an association lives in a state is a sysctl', () => {
  const machine = createTestMachine()
  expect(machine.load('*filter\n-A FORWARD -m conntrack --ctstate NEW\nCOMMIT\n')).toBe(null)
  setSysctl(machine.ns, 'net.netfilter.nf_conntrack_sctp_timeout_closed', 36_000)
  machine.pass(framedPacket(`sctp ${ENDS.o} INIT`, 0), ...PATHS.o)
  expect(machine.list().join()).toMatch(/^sctp +132 35999 CLOSED /)
})
