/** One number for both directions of a flow. Kernel: net/core/flow_dissector.c, __flow_hash_consistentify(). */
import { expect, test } from 'vitest'
import { MAC_ZERO } from '../net/mac.ts'
import type { Packet } from '../net/packet.ts'
import { skbGetHash } from './flow-hash.ts'
import { packet } from './netfilter/testdata/machine.ts'

function arp(sender: string, target: string): Packet {
  const { network, ...rest } = packet(`udp ${sender}:1>${target}:2`)
  if (network.kind !== 'ip') throw new Error(sender)
  return {
    ...rest,
    transport: null,
    network: {
      kind: 'arp',
      operation: 'request',
      senderAddress: network.source,
      targetAddress: network.destination,
      senderMac: MAC_ZERO,
      targetMac: MAC_ZERO,
    },
  }
}

const hash = (one: Packet): number => skbGetHash(one).value

test.each([
  ['tcp', packet('tcp 10.0.0.1:1000>10.0.0.2:80 S'), packet('tcp 10.0.0.2:80>10.0.0.1:1000 SA')],
  ['udp to itself', packet('udp 10.0.0.1:1000>10.0.0.1:80'), packet('udp 10.0.0.1:80>10.0.0.1:1000')],
  ['icmp', packet('icmp 10.0.0.1>10.0.0.2 8/0'), packet('icmp 10.0.0.2>10.0.0.1 0/0')],
  ['arp', arp('10.0.0.1', '10.0.0.2'), arp('10.0.0.2', '10.0.0.1')],
])('%s: the answer has the same', (_what, there, back) => {
  expect(hash(there)).toBe(hash(back))
})

test('each other flow has another', () => {
  const flows = [
    packet('tcp 10.0.0.1:1000>10.0.0.2:80 S'),
    packet('udp 10.0.0.1:1000>10.0.0.2:80'),
    packet('tcp 10.0.0.1:1001>10.0.0.2:80 S'),
    packet('tcp 10.0.0.1:1000>10.0.0.2:81 S'),
    packet('tcp 10.0.0.1:1000>10.0.0.3:80 S'),
    packet('icmp 10.0.0.1>10.0.0.2 8/0'),
    arp('10.0.0.1', '10.0.0.2'),
    arp('10.0.0.1', '10.0.0.3'),
  ]
  expect(new Set(flows.map(hash)).size).toBe(flows.length)
})

test('fragments have that of their addresses, the first one too', () => {
  const whole = packet('udp 10.0.0.1:1000>10.0.0.2:80')
  if (whole.network.kind !== 'ip') throw new Error('no IP')
  const first: Packet = { ...whole, network: { ...whole.network, mf: true } }
  const later: Packet = { ...whole, transport: null, network: { ...whole.network, fragmentOffset: 8 } }
  const odd: Packet = { ...whole, network: { ...whole.network, fragmentOffset: 8 } }
  expect(skbGetHash(first)).toEqual(skbGetHash(later))
  expect(skbGetHash(odd)).toEqual(skbGetHash(later))
  expect([whole, first, later].map((one) => skbGetHash(one).l4)).toEqual([true, false, false])
  expect(hash(first)).not.toBe(hash(whole))
})
