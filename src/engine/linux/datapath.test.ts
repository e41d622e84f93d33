/** The datapath end to end, against what was measured on Linux 6.18 with the same commands. */
import { describe, expect, test } from 'vitest'
import { ipv4 } from '../net/ipv4.ts'
import { nodeLab, sent } from '../shell/test-lab.ts'
import { neighLookup } from './neighbour.ts'

describe('one exchange', () => {
  test('pod to pod on a bridge: ten TCP packets as a Linux sends them, TTL untouched', () => {
    const lab = nodeLab()
    expect(lab.exchange('p1', 'tcp', '10.0.0.12:8080')).toBe('delivered: p2 saw 10.0.0.11')
    expect(sent(lab, 'p1 eth0').filter((line) => !line.includes('tell'))).toEqual([
      '10.0.0.11 > 10.0.0.12.8080: S ttl 64',
      '10.0.0.11 > 10.0.0.12.8080: . ttl 64',
      '10.0.0.11 > 10.0.0.12.8080: P. ttl 64',
      '10.0.0.11 > 10.0.0.12.8080: . ttl 64',
      '10.0.0.11 > 10.0.0.12.8080: F. ttl 64',
      '10.0.0.11 > 10.0.0.12.8080: . ttl 64',
    ])
    expect(sent(lab, 'p2 eth0')).toEqual([
      '10.0.0.12 is-at',
      '10.0.0.12.8080 > 10.0.0.11: S. ttl 64',
      '10.0.0.12.8080 > 10.0.0.11: . ttl 64',
      '10.0.0.12.8080 > 10.0.0.11: P. ttl 64',
      '10.0.0.12.8080 > 10.0.0.11: F. ttl 64',
    ])
    expect(lab.drops()).toEqual([])
  })

  test('ARP: asked once and flooded, answered, both sides learn', () => {
    const lab = nodeLab()
    lab.exchange('p1', 'tcp', '10.0.0.12:8080')
    expect(sent(lab, 'p1 eth0')[0]).toBe('who-has 10.0.0.12 tell 10.0.0.11')
    expect(sent(lab, 'node v2')[0]).toBe('who-has 10.0.0.12 tell 10.0.0.11')
    expect(sent(lab, 'node v3')).toEqual(['who-has 10.0.0.12 tell 10.0.0.11'])
    const states = (name: string) => [...lab.ns(name).neighbours.values()].map((entry) => entry.state)
    expect(states('p1')).toEqual(['REACHABLE'])
    expect(states('p2')).toEqual(['DELAY'])
    expect(states('p3')).toEqual([])
  })

  test('through the node: TTL 63, ARP only for the gateway', () => {
    const lab = nodeLab()
    expect(lab.exchange('p1', 'tcp', '192.168.9.2:8080')).toBe('delivered: ext saw 10.0.0.11')
    expect(sent(lab, 'node eth1').filter((line) => line.includes(': S '))).toEqual(['10.0.0.11 > 192.168.9.2.8080: S ttl 63'])
    expect(sent(lab, 'p1 eth0').filter((line) => line.startsWith('who-has'))).toEqual(['who-has 10.0.0.1 tell 10.0.0.11'])
  })

  test.each([
    ['node', '10.0.0.12:8080', 'delivered: p2 saw 10.0.0.1'],
    ['p1', '10.0.0.1:8080', 'delivered: node saw 10.0.0.11'],
    ['ext', '10.0.0.1:8080', 'delivered: node saw 192.168.9.2'],
    ['p1', '192.168.9.1:8080', 'delivered: node saw 10.0.0.11'],
    ['node', '192.168.9.1:8080', 'delivered: node saw 192.168.9.1'],
    ['node', '127.0.0.1:8080', 'delivered: node saw 127.0.0.1'],
    ['p1', '10.0.0.11:8080', 'delivered: p1 saw 10.0.0.11'],
    ['p1', '10.0.0.12:81', 'ECONNREFUSED'],
    ['p1', '192.168.9.2:81', 'ECONNREFUSED'],
    ['node', '127.0.0.1:81', 'ECONNREFUSED'],
    ['ext', '203.0.113.9:80', 'ENETUNREACH from 192.168.9.1'],
  ])('tcp %s → %s: %s', (from, to, experience) => {
    expect(nodeLab().exchange(from, 'tcp', to)).toBe(experience)
  })

  test.each([
    ['p1', '10.0.0.12:8080', 'delivered: p2 saw 10.0.0.11 ttl 64'],
    ['ext', '10.0.0.12:8080', 'delivered: p2 saw 192.168.9.2 ttl 63'],
    ['p1', '10.0.0.12:99', 'ECONNREFUSED from 10.0.0.12'],
  ])('udp %s → %s: %s', (from, to, experience) => {
    expect(nodeLab().exchange(from, 'udp', to)).toBe(experience)
  })

  test.each([
    ['p1', '10.0.0.12', 64, 'delivered: request ttl 64'],
    ['p1', '192.168.9.2', 64, 'delivered: request ttl 63'],
    ['p1', '192.168.9.2', 1, 'EHOSTUNREACH from 10.0.0.1'],
    ['p1', '10.0.0.12', 1, 'delivered: request ttl 64'],
    ['p1', '10.0.0.1', 1, 'delivered: request ttl 64'],
    ['p1', '192.168.9.2', 2, 'delivered: request ttl 63'],
  ])('ping %s → %s ttl %i: %s', (from, to, ttl, experience) => {
    expect(nodeLab().exchange(from, 'icmp', to, { ttl })).toBe(experience)
  })
})

describe('neighbours that do not answer', () => {
  test('three requests a second apart, then FAILED and EHOSTUNREACH; the SYN is sent no second time', () => {
    const lab = nodeLab()
    const start = lab.kernel.nowMs
    expect(lab.exchange('p1', 'tcp', '10.0.0.77:80')).toBe('EHOSTUNREACH from 10.0.0.11')
    expect(lab.kernel.nowMs - start).toBeGreaterThanOrEqual(3000)
    expect(lab.kernel.nowMs - start).toBeLessThan(3200)
    expect(sent(lab, 'p1 eth0')).toEqual(Array(3).fill('who-has 10.0.0.77 tell 10.0.0.11'))
    expect([...lab.ns('p1').neighbours.values()][0]?.state).toBe('FAILED')
    expect(lab.drops()[0]).toBe('p1 NEIGH_FAILED: 10.0.0.77 dev eth0 FAILED')
  })

  test('a router says host unreachable for the host that does not answer it', () => {
    const lab = nodeLab()
    expect(lab.exchange('ext', 'tcp', '10.0.0.77:80')).toBe('EHOSTUNREACH from 192.168.9.1')
    expect(lab.drops()).toContain('node NEIGH_FAILED: 10.0.0.77 dev cni0 FAILED')
  })

  test('REACHABLE becomes STALE after 30 s; use makes it DELAY and progress confirms it without asking', () => {
    const lab = nodeLab()
    lab.exchange('p1', 'tcp', '10.0.0.12:8080')
    lab.wait(36_000)
    const state = () => neighLookup(lab.ns('p1'), 'eth0', ipv4(167772172))?.state
    expect(state()).toBe('STALE')
    lab.wire.length = 0
    lab.exchange('p1', 'tcp', '10.0.0.12:8080')
    expect(state()).toBe('DELAY')
    lab.wait(6000)
    expect(state()).toBe('REACHABLE')
    expect(sent(lab, 'p1 eth0').filter((line) => line.startsWith('who-has'))).toEqual([])
  })

  test('what nothing confirms is asked directly, and stays REACHABLE when it answers', () => {
    const lab = nodeLab()
    lab.exchange('p1', 'udp', '10.0.0.12:8080')
    lab.wait(70_000)
    lab.wire.length = 0
    lab.exchange('p1', 'udp', '10.0.0.12:8080')
    lab.wait(6000)
    expect(sent(lab, 'p1 eth0').filter((line) => line.startsWith('who-has'))).toEqual(['who-has 10.0.0.12 tell 10.0.0.11'])
    expect(sent(lab, 'node v3')).not.toContain('who-has 10.0.0.12 tell 10.0.0.11')
    expect(neighLookup(lab.ns('p1'), 'eth0', ipv4(167772172))?.state).toBe('REACHABLE')
  })
})

describe('what a person breaks', () => {
  test.each([
    ['sysctl -w net.ipv4.ip_forward=0', 'silence', 'node IP_INADDRERRORS: net.ipv4.ip_forward=0'],
    ['ip route delete 192.168.9.0/24', 'ENETUNREACH from 10.0.0.1', 'node IP_INNOROUTES: network is unreachable'],
    ['ip route add blackhole 192.168.9.2/32', 'silence', 'node NOT_SPECIFIED: blackhole 192.168.9.2'],
    ['ip route add unreachable 192.168.9.2/32', 'EHOSTUNREACH from 10.0.0.1', 'node NOT_SPECIFIED: unreachable 192.168.9.2'],
    ['ip route add prohibit 192.168.9.2/32', 'EHOSTUNREACH from 10.0.0.1', 'node NOT_SPECIFIED: prohibit 192.168.9.2'],
    ['ip -n ext route delete default', 'silence', 'ext IP_OUTNOROUTES: network is unreachable'],
    ['ip link set eth1 down', 'ENETUNREACH from 10.0.0.1', 'node IP_INNOROUTES: network is unreachable'],
    ['ip -n ext link set eth0 down', 'EHOSTUNREACH from 10.0.0.1', 'node QDISC_DROP: eth1 has no carrier'],
    ['ip link set v1 down', 'EHOSTUNREACH from 10.0.0.11', 'p1 QDISC_DROP: eth0 has no carrier'],
    ['ip -n p1 route delete default', 'ENETUNREACH', 'p1 IP_OUTNOROUTES: network is unreachable'],
    ['ip -n p1 link set eth0 down', 'ENETUNREACH', 'p1 IP_OUTNOROUTES: network is unreachable'],
  ])('%s: %s', (fault, experience, drop) => {
    const lab = nodeLab()
    lab.sh(fault)
    expect(lab.exchange('p1', 'tcp', '192.168.9.2:8080')).toBe(experience)
    expect(lab.drops()[0]).toBe(drop)
  })
})

describe('rp_filter', () => {
  test.each([
    ['all', 0, 'forwarded'],
    ['all', 1, 'IP_RPFILTER'],
    ['eth1', 1, 'IP_RPFILTER'],
    ['all', 2, 'forwarded'],
  ])('%s=%i: a source that is not routed back through eth1 is %s', (device, mode, fate) => {
    const lab = nodeLab()
    lab.sh(`sysctl -w net.ipv4.conf.${device}.rp_filter=${mode}
      ip netns exec ext sysctl -w net.ipv4.conf.all.arp_announce=2
      ip -n ext addr add 10.99.0.1/32 dev lo
      ip -n ext route replace default via 192.168.9.1 src 10.99.0.1
      ip route add 10.99.0.0/24 dev cni0`)
    lab.exchange('ext', 'udp', '10.0.0.12:8080', { forMs: 100 })
    const arrived = lab.wire.some((line) => line.startsWith('node v2') && line.includes('10.99.0.1'))
    expect(arrived ? 'forwarded' : lab.drops()[0]?.split(' ')[1]?.replace(':', '')).toBe(fate)
  })

  test.each([
    ['eth1', 0, true],
    ['eth1', 2, false],
    ['v2', 2, true],
  ])('an answer would come in where the packet leaves: a rule for iif %s, rp_filter=%i: forwarded: %s', (device, mode, forwarded) => {
    const lab = nodeLab()
    lab.sh(`sysctl -w net.ipv4.conf.cni0.rp_filter=${mode}
      ip rule add to 10.0.0.0/24 iif ${device} blackhole priority 100`)
    lab.exchange('p1', 'udp', '192.168.9.2:8080', { forMs: 100 })
    expect(lab.wire.some((line) => line.startsWith('node eth1') && line.includes('udp'))).toBe(forwarded)
  })

  test('=2: dropped only without any route back', () => {
    const lab = nodeLab()
    lab.sh(`sysctl -w net.ipv4.conf.all.rp_filter=2
      ip netns exec ext sysctl -w net.ipv4.conf.all.arp_announce=2
      ip -n ext addr add 10.99.0.1/32 dev lo
      ip -n ext route replace default via 192.168.9.1 src 10.99.0.1`)
    lab.exchange('ext', 'udp', '10.0.0.12:8080', { forMs: 100 })
    expect(lab.drops()[0]).toBe('node IP_RPFILTER: net.ipv4.conf.all.rp_filter=2: 10.99.0.1 is not routed back through eth1')
  })
})

describe('ARP and martians', () => {
  test.each([
    [0, 'delivered: node saw 10.0.0.11'],
    [1, 'EHOSTUNREACH from 10.0.0.11'],
    [2, 'EHOSTUNREACH from 10.0.0.11'],
  ])('an address of another interface, arp_ignore=%i: %s', (mode, experience) => {
    const lab = nodeLab()
    lab.sh(`sysctl -w net.ipv4.conf.all.arp_ignore=${mode}
      ip addr add 10.96.0.10/32 dev eth1
      ip -n p1 route add 10.96.0.10/32 dev eth0`)
    expect(lab.exchange('p1', 'tcp', '10.96.0.10:8080')).toBe(experience)
  })

  test('proxy_arp answers for what lies behind another interface', () => {
    const lab = nodeLab()
    lab.sh('ip -n p1 route add 192.168.9.0/24 dev eth0')
    expect(lab.exchange('p1', 'tcp', '192.168.9.2:8080')).toBe('EHOSTUNREACH from 10.0.0.11')
    lab.sh('sysctl -w net.ipv4.conf.cni0.proxy_arp=1')
    expect(lab.exchange('p1', 'tcp', '192.168.9.2:8080')).toBe('delivered: ext saw 10.0.0.11')
  })

  test.each([
    [0, 'node IP_LOCALNET: net.ipv4.conf.eth1.route_localnet=0'],
    [1, undefined],
  ])('127.0.0.1 on the wire, route_localnet=%i', (value, drop) => {
    const lab = nodeLab()
    lab.sh(`sysctl -w net.ipv4.conf.all.route_localnet=${value}
      ip netns exec ext sysctl -w net.ipv4.conf.all.route_localnet=1
      ip -n ext addr delete 127.0.0.1/8 dev lo
      ip -n ext route add 127.0.0.1/32 via 192.168.9.1`)
    lab.exchange('ext', 'tcp', '127.0.0.1:8080', { forMs: 500 })
    expect(lab.drops()[0]).toBe(drop)
  })
})

describe('TCP timers', () => {
  test('an unanswered SYN: 0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67 s, ETIMEDOUT at 131 s (tcp_syn_linear_timeouts=4, tcp_syn_retries=6)', () => {
    const lab = nodeLab()
    lab.sh('ip -n ext route delete default')
    const times: number[] = []
    const p1 = lab.ns('p1')
    p1.trace = (event) => {
      if (event.at === 'socket' && (event.action === 'send' || event.action === 'retransmit'))
        times.push(Math.round(lab.kernel.nowMs / 1000))
    }
    expect(lab.exchange('p1', 'tcp', '192.168.9.2:8080', { forMs: 200_000 })).toBe('ETIMEDOUT')
    expect(times).toEqual([0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67])
    expect(Math.round(lab.kernel.nowMs / 1000)).toBe(131)
  })

  test('data longer than the MSS arrives whole', () => {
    const lab = nodeLab()
    expect(lab.exchange('p1', 'tcp', '192.168.9.2:8080', { length: 5000 })).toBe('delivered: ext saw 10.0.0.11')
    expect(sent(lab, 'p1 eth0').filter((line) => line.includes(': . ') || line.includes(': P. ')).length).toBeGreaterThan(4)
  })

  test('a smaller MTU on the way: frag needed from the router, then smaller segments', () => {
    const lab = nodeLab()
    lab.sh('ip link set eth1 mtu 1000')
    expect(lab.exchange('p1', 'tcp', '192.168.9.2:8080', { length: 3000 })).toBe('delivered: ext saw 10.0.0.11')
    expect(lab.drops()[0]).toBe('node PKT_TOO_BIG: eth1 mtu 1000')
    expect(lab.ns('p1').routeExceptions.get([...lab.ns('p1').routeExceptions.keys()][0] ?? (0 as never))?.mtu).toBe(1000)
  })

  test('a datagram longer than the MTU is fragmented and put together again', () => {
    const lab = nodeLab()
    expect(lab.exchange('p1', 'udp', '192.168.9.2:8080', { length: 3000 })).toBe('ECONNREFUSED from 192.168.9.2')
    expect(lab.exchange('ext', 'udp', '10.0.0.12:8080', { length: 3000 })).toBe('delivered: p2 saw 192.168.9.2 ttl 63')
    expect(sent(lab, 'ext eth0').filter((line) => line.includes('proto 17'))).toEqual([
      '192.168.9.2 > 10.0.0.12: proto 17 offset 1480',
      '192.168.9.2 > 10.0.0.12: proto 17 offset 2960',
    ])
  })
})
