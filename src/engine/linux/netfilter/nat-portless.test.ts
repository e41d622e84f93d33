/** nf_nat_l4proto_unique_tuple(): a protocol without ports has nothing to make two connections differ. */
import { expect, test } from 'vitest'
import { createTestMachine } from './testdata/machine.ts'
import { framedPacket } from './testdata/packet-text.ts'

const OUT = ['PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1']

test.each([
  ['99', 'ACCEPT', 'DROP'],
  ['47', 'ACCEPT', 'DROP'],
  ['udp', 'ACCEPT', 'ACCEPT'],
  ['sctp', 'ACCEPT', 'ACCEPT'],
])('two clients of protocol %s behind one address: the first %s, the second %s', (protocol, first, second) => {
  const machine = createTestMachine()
  expect(machine.load('*nat\n-A POSTROUTING -o eth1 -j MASQUERADE\nCOMMIT\n')).toBe(null)
  const port = /\d/.test(protocol) ? ['', ''] : [':1000', ':80']
  const word = protocol === 'sctp' ? ' INIT' : ''
  const kinds = ['10.0.0.11', '10.0.0.12'].map(
    (client, index) => machine.pass(framedPacket(`${protocol} ${client}${port[0]}>192.168.9.2${port[1]}${word}`, index), ...OUT).kind,
  )
  expect(kinds).toEqual([first, second])
})
