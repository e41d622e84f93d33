/** What the kernel chooses between addresses, marks and routes of its own. */
import { expect, test } from 'vitest'
import { parseAddress } from '../net/address.ts'
import { MAC_BROADCAST, MAC_ZERO, parseMac } from '../net/mac.ts'
import { NO_PAYLOAD, newIpPacket } from '../net/new-packet.ts'
import type { Packet } from '../net/packet.ts'
import { nodeLab, sent } from '../shell/test-lab.ts'
import { netifReceiveSkb } from './receive.ts'

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
  ['10.99.0.1', true, true],
  ['127.0.0.1', false, true],
  ['224.0.0.1', false, true],
  ['239.255.255.250', false, true],
  ['10.99.0.2', false, false],
])('arp_process(): whether somebody who asks for %s gets an answer: %s', (asked, answered, has) => {
  const lab = nodeLab()
  // The node has the address, even where nobody can have it; the other side would never ask for these.
  if (has) lab.sh(`ip addr add ${asked}/32 dev lo`)
  const effects = netifReceiveSkb(lab.ns('node'), 'eth1', arpRequest('192.168.9.2', asked))
  const { events } = lab
  const arrived = events.filter(({ where, event }) => where === 'node' && event.at === 'netif_receive_skb' && event.device === 'eth1')
  expect(arrived.map(({ event }) => 'packet' in event && event.packet.network.kind)).toEqual(['arp'])
  const told = effects.flatMap((effect) =>
    'packet' in effect && effect.packet.network.kind === 'arp' ? [effect.packet.network.operation] : [],
  )
  expect(told).toEqual(answered ? ['reply'] : [])
  expect(lab.drops().map((line) => line.replace(/ .*/, ''))).toEqual(has && !answered ? ['node'] : [])
})

function arpRequest(from: string, asked: string): Packet {
  const [senderAddress, targetAddress, senderMac] = [parseAddress(from), parseAddress(asked), parseMac('02:00:00:00:00:99')]
  if (senderAddress === null || targetAddress === null || senderMac === null) throw new Error(asked)
  return {
    ...newIpPacket({ id: 1, source: senderAddress, destination: targetAddress, protocol: 0, transport: null }),
    eth: { source: senderMac, destination: MAC_BROADCAST, etherType: 0x0806 },
    network: { kind: 'arp', operation: 'request', senderMac, senderAddress, targetMac: MAC_ZERO, targetAddress },
    payload: NO_PAYLOAD,
  }
}

test.each([
  ['224.0.0.1', '01:00:5e:00:00:01'],
  ['239.255.255.250', '01:00:5e:7f:ff:fa'],
  ['239.129.129.2', '01:00:5e:01:81:02'],
])('arp_constructor(): nobody is asked for %s, whose frames go to %s, past the default gateway', (group, mac) => {
  const lab = nodeLab()
  lab.exchange('p1', 'udp', `${group}:9`, { forMs: 500 })
  const frames = lab.events.flatMap(({ where, event }) => (where === 'p1' && event.at === 'dev_queue_xmit' ? [event.packet] : []))
  expect(frames.map(({ eth, network }) => [eth?.destination, network.kind, network.kind === 'ip' && network.ttl])).toEqual([[mac, 'ip', 1]])
  expect(lab.sh('ip -n p1 neigh show nud all').trim()).toBe(`${group} dev eth0 lladdr ${mac} NOARP`)
})

test('a route to groups has a gateway where it says so', () => {
  const lab = nodeLab()
  lab.sh('ip -n p1 route add 224.0.0.0/4 via 10.0.0.1')
  lab.exchange('p1', 'udp', '239.1.2.3:9', { forMs: 500 })
  expect(sent(lab, 'p1')[0]).toContain('who-has 10.0.0.1')
})

test('icmp_route_lookup(): the addresses of the packet that an error is about choose which of several next hops it takes', () => {
  const lab = nodeLab()
  lab.sh('ip route add 10.0.0.11 nexthop via 10.0.0.11 dev cni0 nexthop via 10.0.0.12 dev cni0\nip route add unreachable 198.51.100.0/24')
  lab.exchange('p1', 'udp', '198.51.100.7:9', { forMs: 500 })
  const flows = [...lab.ns('node').multipath.keys()].map((key) => key.split(' ').slice(-2).map(Number))
  expect(flows).toEqual([[parseAddress('10.0.0.11'), parseAddress('198.51.100.7')]])
})
