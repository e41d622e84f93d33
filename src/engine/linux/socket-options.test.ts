/** What a socket keeps from when it was made, and what it tells late (measured on Linux 6.18). */
import { expect, test } from 'vitest'
import { ipv4 } from '../net/ipv4.ts'
import { type Lab, nodeLab } from '../shell/test-lab.ts'
import type { Effect } from './effect.ts'
import type { NetNs } from './netns.ts'
import { netifReceiveSkb } from './receive.ts'
import { socketConnect, socketSend } from './socket.ts'

/** Carries what a namespace sends to itself. */
function loop(ns: NetNs, effects: readonly Effect[]): void {
  for (const effect of effects)
    if (effect.kind === 'transmit') loop(ns, netifReceiveSkb(ns, 'lo', { ...effect.packet, iif: null, socket: null }))
}

test('a UDP send tells the error of an earlier datagram, and sends nothing; the next one is sent', () => {
  const ns = nodeLab().ns('p1')
  const connected = socketConnect(ns, {
    protocol: 'udp',
    address: ipv4(0x7f000001),
    port: 9,
    sourceAddress: null,
    sourcePort: null,
    owner: 'client',
  })
  if ('errno' in connected) throw new Error(connected.errno)
  const tell = () => {
    const { effects, errno } = socketSend(ns, connected.socket, { data: 'x', length: 1, to: null })
    loop(ns, effects)
    return [errno, effects.filter(({ kind }) => kind === 'transmit').length]
  }
  expect([tell(), tell(), tell()]).toEqual([
    [null, 1],
    ['ECONNREFUSED', 0],
    [null, 1],
  ])
})

/** Don't Fragment of the segments a namespace sent. */
const dontFragment = (lab: Lab, netns: string): boolean[] => [
  ...new Set(
    lab.events.flatMap(({ where, event }) =>
      where === netns && event.at === 'dev_queue_xmit' && event.packet.network.kind === 'ip' ? [event.packet.network.df] : [],
    ),
  ),
]

test.each([
  [1, 1, [false], [true]],
  [0, 0, [true], [true]],
] as const)(
  'ip_no_pmtu_disc=%i counts for sockets made from then on: an accepted connection has what its listener had',
  (p1, p2, ours, theirs) => {
    const lab = nodeLab()
    lab.sh(`ip netns exec p1 sysctl -w net.ipv4.ip_no_pmtu_disc=${p1}\nip netns exec p2 sysctl -w net.ipv4.ip_no_pmtu_disc=${p2}`)
    lab.exchange('p1', 'tcp', '10.0.0.12:8080')
    expect([dontFragment(lab, 'p1'), dontFragment(lab, 'p2')]).toEqual([ours, theirs])
  },
)

test.each([
  [65_507, null],
  [65_508, 'EMSGSIZE'],
])('a datagram of %i bytes: %s', (length, errno) => {
  const ns = nodeLab().ns('p1')
  const to = { protocol: 'udp', address: ipv4(0x0a00000c), port: 9, sourceAddress: null, sourcePort: null, owner: 'client' } as const
  for (const pmtuDiscovery of ['dont', 'want'] as const) {
    const connected = socketConnect(ns, { ...to, pmtuDiscovery })
    if ('errno' in connected) throw new Error(connected.errno)
    expect(socketSend(ns, connected.socket, { data: 'x', length, to: null }).errno).toBe(errno)
  }
})
