/** connect(2) without a route: nothing is sent, and what would have been is shown. */
import { expect, test } from 'vitest'
import { createLab } from '../shell/test-lab.ts'

test.each([
  ['tcp', { kind: 'tcp', sourcePort: 1000, destinationPort: 80, seq: 0, ack: 0, mss: null, window: 0 }],
  ['udp', { kind: 'udp', sourcePort: 1000, destinationPort: 80 }],
  ['icmp', { kind: 'icmp', type: 8, code: 0, id: 0, seq: 1, mtu: null, quoted: null, gateway: null }],
] as const)('%s', (protocol, transport) => {
  const lab = createLab()
  lab.sh('ip link set lo up')
  expect(lab.exchange('node', protocol, '10.9.9.9:80', { sourcePort: 1000 })).toBe('ENETUNREACH')
  const dead = lab.events.flatMap(({ event }) => (event.at === 'kfree_skb' ? [event] : []))
  expect(dead.map(({ reason, detail }) => [reason, detail])).toEqual([['IP_OUTNOROUTES', 'connect to 10.9.9.9']])
  expect(dead[0]?.packet.transport).toMatchObject(transport)
  const flags = dead[0]?.packet.transport?.kind === 'tcp' ? dead[0].packet.transport.flags : null
  expect(flags === null || (flags.syn && !flags.ack && !flags.fin && !flags.rst)).toBe(true)
  expect(dead[0]?.packet.network).toMatchObject({ kind: 'ip', source: 0, protocol: { tcp: 6, udp: 17, icmp: 1 }[protocol] })
})
