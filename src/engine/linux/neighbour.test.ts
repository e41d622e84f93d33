/** Packets that wait for a MAC address. Kernel: net/core/neighbour.c, __neigh_event_send(). */
import { describe, expect, test } from 'vitest'
import { nodeLab, sent } from '../shell/test-lab.ts'

/** Five datagrams of 84 bytes to an address nobody answers for: how many die because the queue is full, before the others die unanswered. */
test.each([
  [0, 4],
  [83, 4],
  [84, 4],
  [167, 4],
  [168, 3],
  [251, 3],
  [252, 2],
  [420, 0],
])('unres_qlen_bytes %i: the oldest make room, the newest always stays: %i', (bytes, full) => {
  const lab = nodeLab()
  lab.sh(`sysctl -w net.ipv4.neigh.eth1.unres_qlen_bytes=${bytes}`)
  for (let i = 0; i < 5; i++) lab.exchange('node', 'udp', '192.168.9.77:9', { forMs: 10 })
  const dead = lab.drops().filter((line) => line.includes('NEIGH_QUEUEFULL'))
  expect(dead).toHaveLength(full)
  expect(dead.every((line) => line.includes('192.168.9.77'))).toBe(true)
  lab.wait(5000)
  expect(lab.drops().filter((line) => line.includes('NEIGH_FAILED'))).toHaveLength(5 - full)
})

test('the oldest go first', () => {
  const lab = nodeLab()
  lab.sh('sysctl -w net.ipv4.neigh.eth1.unres_qlen_bytes=168')
  for (let port = 1; port <= 4; port++) lab.exchange('node', 'udp', `192.168.9.77:${port}`, { forMs: 10 })
  const ports = lab.events.flatMap(({ event }) =>
    event.at === 'kfree_skb' && event.reason === 'NEIGH_QUEUEFULL' && event.packet.transport?.kind === 'udp'
      ? [event.packet.transport.destinationPort]
      : [],
  )
  expect(ports).toEqual([1, 2])
})

/** What `ip neigh` is told leads to, measured on Linux 6.18: asked at once or not, and what waited for the address. */
describe('a state set by hand', () => {
  const ASKED = 'who-has 192.168.9.77 tell 192.168.9.1'
  test.each([
    ['nud delay', [ASKED], 'PROBE'],
    ['nud probe', [ASKED], 'PROBE'],
    ['nud stale', [], 'STALE'],
    ['nud reachable', [], 'REACHABLE'],
    ['nud noarp', [], 'NOARP'],
    ['nud failed', [], 'FAILED'],
    ['nud incomplete', [], 'INCOMPLETE'],
  ])('%s: asks %j, is %s', (words, asked, state) => {
    const lab = nodeLab()
    lab.sh(`ip neigh add 192.168.9.77 lladdr 02:00:00:00:00:77 dev eth1 ${words}`)
    lab.wait(10)
    expect(sent(lab, 'node eth1')).toEqual(asked)
    expect(lab.sh('ip neigh show nud all to 192.168.9.77').trim().split(' ').at(-1)).toBe(state)
  })

  test.each([
    ['replace 192.168.9.77 lladdr 02:00:00:00:00:77 dev eth1 nud stale', ['192.168.9.1 > 192.168.9.77.9: udp ttl 64'], false, 'DELAY'],
    ['replace 192.168.9.77 lladdr 02:00:00:00:00:77 dev eth1', ['192.168.9.1 > 192.168.9.77.9: udp ttl 64'], false, 'PERMANENT'],
    ['replace 192.168.9.77 dev eth1 nud failed', [], true, 'FAILED'],
    ['del 192.168.9.77 dev eth1', [], true, ''],
    ['flush dev eth1', [], true, ''],
  ])('%s while a datagram waits: sends %j, which is lost: %s', (words, expected, lost, state) => {
    const lab = nodeLab()
    lab.exchange('node', 'udp', '192.168.9.77:9', { forMs: 20 })
    lab.wire.length = 0
    lab.sh(`ip neigh ${words}`)
    expect(sent(lab, 'node eth1')).toEqual(expected)
    expect(lab.sh('ip neigh show nud all to 192.168.9.77').trim().split(' ').at(-1)).toBe(state)
    expect(lab.drops().some((line) => line.includes('NEIGH_FAILED'))).toBe(lost)
  })

  test.each(['stale', 'delay', 'probe', 'reachable', 'noarp', 'permanent'])('without an address that holds %s is refused', (state) => {
    const lab = nodeLab()
    lab.sh('ip neigh add 192.168.9.78 lladdr 02:00:00:00:00:78 dev eth1 nud failed')
    for (const address of ['192.168.9.77', '192.168.9.78'])
      expect(() => lab.sh(`ip neigh replace ${address} dev eth1 nud ${state}`)).toThrow('Error: No link layer address given.')
    lab.sh(`ip neigh add 192.168.9.79 lladdr 02:00:00:00:00:79 dev eth1 nud stale\nip neigh replace 192.168.9.79 dev eth1 nud ${state}`)
    expect(lab.sh('ip neigh show nud all to 192.168.9.79')).toContain('02:00:00:00:00:79')
  })
})
