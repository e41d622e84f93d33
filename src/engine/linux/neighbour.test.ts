/** Packets that wait for a MAC address. Kernel: net/core/neighbour.c, __neigh_event_send(). */
import { expect, test } from 'vitest'
import { nodeLab } from '../shell/test-lab.ts'

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
