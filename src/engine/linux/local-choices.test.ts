/** What the kernel chooses between addresses, marks and routes of its own. */
import { expect, test } from 'vitest'
import { nodeLab, sent } from '../shell/test-lab.ts'

test('arp_solicit(): the request is from the address of the packet that waits, if it is one of ours', () => {
  const lab = nodeLab()
  lab.sh('ip addr add 192.168.9.77/24 dev eth1\nip route add 192.168.9.2/32 dev eth1 src 192.168.9.77')
  lab.exchange('node', 'udp', '192.168.9.2:8080')
  expect(sent(lab, 'node')[0]).toContain('who-has 192.168.9.2 tell 192.168.9.77')
})

test('arp_solicit(): for a packet of somebody else it is the address of the device', () => {
  const lab = nodeLab()
  lab.exchange('p1', 'udp', '192.168.9.2:8080')
  expect(sent(lab, 'node').find((line) => line.includes('who-has 192.168.9.2'))).toContain('tell 192.168.9.1')
})

test('two more requests follow the first, each told of with the packet that waits', () => {
  const lab = nodeLab()
  lab.exchange('p1', 'udp', '10.0.0.99:8080', { forMs: 10_000 })
  expect(sent(lab, 'p1').filter((line) => line.includes('who-has 10.0.0.99'))).toHaveLength(3)
  const told = lab.events.flatMap(({ where, event }) => (where === 'p1' && event.at === 'neigh_resolve' ? [event.action] : []))
  expect(told).toEqual(['request', 'retry', 'retry', 'fail'])
})

test.each([
  [0, 'plain', 'delivered: ext saw 10.0.0.11'],
  [0, 'marked', 'delivered: ext saw 10.0.0.11'],
  [1, 'plain', 'delivered: ext saw 10.0.0.11'],
  [1, 'marked', 'silence'],
] as const)('src_valid_mark=%i: the way back of a %s packet', (valid, kind, experience) => {
  const lab = nodeLab()
  lab.sh(`
    sysctl -w net.ipv4.conf.cni0.rp_filter=1 net.ipv4.conf.cni0.src_valid_mark=${valid}
    ip rule add fwmark 1 table 100
    ip route add blackhole 10.0.0.0/24 table 100`)
  if (kind === 'marked') lab.sh('iptables -t mangle -A PREROUTING -i cni0 -j MARK --set-mark 1')
  expect(lab.exchange('p1', 'tcp', '192.168.9.2:8080', { forMs: 500 })).toBe(experience)
})

test('a server without a route to its client answers nothing, and the SYN is dropped for that', () => {
  const lab = nodeLab()
  lab.sh('ip -n p2 route del default')
  expect(lab.exchange('ext', 'tcp', '10.0.0.12:8080', { forMs: 500 })).toBe('silence')
  expect(lab.drops().find((drop) => drop.startsWith('p2 '))).toMatch(/^p2 IP_OUTNOROUTES: /)
  expect(sent(lab, 'p2').filter((line) => line.includes('192.168.9.2'))).toEqual([])
  expect([...lab.ns('p2').sockets.sockets.values()].filter(({ state }) => state === 'SYN-RECV')).toEqual([])
  expect(lab.events.find(({ where, event }) => where === 'p2' && event.at === 'kfree_skb')?.event).toMatchObject({
    detail: 'no route for the SYN ACK',
  })
})

test.each([
  ['10.0.0.1', true],
  ['127.0.0.1', false],
  ['224.0.0.1', false],
  ['239.255.255.250', false],
])('arp_process(): whether somebody who asks for %s gets an answer: %s', (asked, answered) => {
  const lab = nodeLab()
  // The node has the address in every case: only what nobody can have stays without an answer.
  lab.sh(`ip addr add ${asked}/32 dev lo`.replace('10.0.0.1/32', '10.99.0.1/32'))
  lab.sh(`ip netns exec p1 ip route add ${asked}/32 dev eth0 scope link`)
  lab.exchange('p1', 'udp', `${asked}:9`, { forMs: 500 })
  const requests = sent(lab, 'p1').filter((line) => line.includes(`who-has ${asked}`))
  const replies = sent(lab, 'node').filter((line) => line.includes(`${asked} is-at`))
  expect(replies.length > 0).toBe(answered)
  if (answered) expect(requests.length).toBeGreaterThan(0)
})
