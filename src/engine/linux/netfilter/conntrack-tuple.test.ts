/** Which ICMP messages conntrack takes for questions and answers: net/netfilter/nf_conntrack_proto_icmp.c, `invmap` and `icmp_new()`'s `valid_new`. */
import { expect, test } from 'vitest'
import { createTestMachine } from './testdata/machine.ts'
import { framedPacket } from './testdata/packet-text.ts'

test.each([
  [8, 0],
  [13, 14],
  [15, 16],
  [17, 18],
])('a question of type %i has an answer of type %i', (question, answer) => {
  const machine = createTestMachine()
  expect(machine.load('*filter\n-A FORWARD -m conntrack --ctstate NEW\nCOMMIT\n')).toBe(null)
  machine.pass(framedPacket(`icmp 10.0.0.11>192.168.9.2 ${question}/0`, 1), 'PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1')
  expect(machine.list()).toEqual([
    expect.stringContaining(` type=${question} code=0 id=7 [UNREPLIED] src=192.168.9.2 dst=10.0.0.11 type=${answer} `),
  ])
  machine.pass(framedPacket(`icmp 192.168.9.2>10.0.0.11 ${answer}/0`, 2), 'PREROUTING eth1', 'FORWARD eth1 cni0', 'POSTROUTING cni0')
  expect(machine.list()).toEqual([expect.not.stringContaining('UNREPLIED')])
})

test.each([0, 3, 4, 5, 9, 10, 11, 12, 14, 16, 18, 19])('type %i begins nothing', (type) => {
  const machine = createTestMachine()
  expect(machine.load('*filter\n-A FORWARD -m conntrack --ctstate NEW\nCOMMIT\n')).toBe(null)
  machine.pass(framedPacket(`icmp 10.0.0.11>192.168.9.2 ${type}/0`, 1), 'PREROUTING cni0', 'FORWARD cni0 eth1', 'POSTROUTING eth1')
  expect(machine.list()).toEqual([])
})
