/** Netfilter in the datapath, against what was measured on Linux 6.18 in the same network: br_netfilter, hairpin, REJECT, local output. */
import { describe, expect, test } from 'vitest'
import { type Lab, nodeLab, sent } from '../shell/test-lab.ts'

const DNAT = 'iptables -t nat -A PREROUTING -d 10.96.0.10 -p tcp --dport 80 -j DNAT --to-destination'
const DNAT_OUT = 'iptables -t nat -A OUTPUT -d 10.96.0.10 -p tcp --dport 80 -j DNAT --to-destination'

function withRules(...lines: string[]): Lab {
  const lab = nodeLab()
  lab.sh(lines.join('\n'))
  return lab
}

const bridgeNf = (on: number): string => `sysctl -w net.bridge.bridge-nf-call-iptables=${on}`

/** The hooks a packet met in the node, with their devices. */
function hooks(lab: Lab): string[] {
  return lab.events.flatMap(({ where, event }) =>
    where === 'node' && event.at === 'nf_hook' ? [`${event.table} ${event.hook} ${event.in ?? '-'} ${event.out ?? '-'}`] : [],
  )
}

describe('bridged frames', () => {
  test.each([
    [0, 'delivered: p2 saw 10.0.0.11'],
    [1, 'silence'],
  ])('bridge-nf-call-iptables=%i: a FORWARD DROP between two pods of the bridge: %s', (on, experience) => {
    const lab = withRules(bridgeNf(on), 'iptables -P FORWARD DROP')
    expect(lab.exchange('p1', 'tcp', '10.0.0.12:8080', { forMs: 500 })).toBe(experience)
    if (on) expect(lab.drops()[0]).toBe('node NETFILTER_DROP: -P FORWARD DROP')
  })

  test('the hooks and devices a bridged frame meets', () => {
    const counts = ['PREROUTING', 'FORWARD', 'POSTROUTING'].map((chain) => `iptables -t mangle -A ${chain}`)
    const lab = withRules(bridgeNf(1), ...counts)
    lab.exchange('p1', 'udp', '10.0.0.12:8080')
    expect(hooks(lab).slice(0, 3)).toEqual(['mangle PREROUTING cni0 -', 'mangle FORWARD cni0 cni0', 'mangle POSTROUTING - cni0'])
  })

  test('DNAT works on a bridged frame', () => {
    const lab = withRules(bridgeNf(1), 'iptables -t nat -A PREROUTING -d 10.0.0.12 -p tcp --dport 8080 -j DNAT --to-destination 10.0.0.13')
    expect(lab.exchange('p1', 'tcp', '10.0.0.12:8080')).toBe('delivered: p3 saw 10.0.0.11')
  })

  test('Service address, pod on the same bridge, bridge-nf off: routed, no redirect out, reply not translated, RST, timeout', () => {
    const lab = withRules(bridgeNf(0), `${DNAT} 10.0.0.12:8080`)
    expect(lab.exchange('p1', 'tcp', '10.96.0.10:80', { forMs: 900 })).toBe('silence')
    expect(sent(lab, 'node v2').filter((line) => line.includes(': S'))).toContain('10.0.0.11 > 10.0.0.12.8080: S ttl 63')
    expect(sent(lab, 'node v1').filter((line) => line.includes('icmp 5/1'))).toEqual([])
    expect(lab.drops()[0]).toContain('NAT lets no redirect out')
    expect(sent(lab, 'p1 eth0')).toContain('10.0.0.11 > 10.0.0.12.8080: R ttl 64')
  })

  test.each([
    ['no conntrack', [], 2],
    ['conntrack without nat', ['iptables -A FORWARD -m conntrack --ctstate NEW'], 2],
    ['nat that maps others: from the second packet on', ['iptables -t nat -A POSTROUTING -s 192.0.2.1 -j MASQUERADE'], 1],
    ['nat that maps this one', ['iptables -t nat -A POSTROUTING -d 10.99.0.1 -j MASQUERADE'], 0],
  ])('redirects to a nearer gateway: %s', (_what, rules, redirects) => {
    const lab = withRules(bridgeNf(0), 'sysctl -w net.ipv4.ip_forward=1', 'ip route add 10.99.0.1/32 via 10.0.0.12', ...rules)
    lab.exchange('p1', 'tcp', '10.99.0.1:80', { forMs: 1500 })
    expect(sent(lab, 'node v1').filter((line) => line.includes('icmp 5/1'))).toHaveLength(redirects)
  })

  test('the same with bridge-nf on: bridged, ttl 64, no redirect, works', () => {
    const lab = withRules(bridgeNf(1), `${DNAT} 10.0.0.12:8080`)
    expect(lab.exchange('p1', 'tcp', '10.96.0.10:80')).toBe('delivered: p2 saw 10.0.0.11')
    expect(sent(lab, 'node v2')).toContain('10.0.0.11 > 10.0.0.12.8080: S ttl 64')
    expect(lab.wire.filter((line) => line.includes('icmp'))).toEqual([])
  })

  test.each([0, 1])('bridge-nf=%i: a frame of another pod to the node is local', (on) => {
    const lab = withRules(bridgeNf(on))
    expect(lab.exchange('p1', 'tcp', '10.0.0.1:8080')).toBe('delivered: node saw 10.0.0.11')
  })

  test('bridge-nf on and masquerade: the server sees the node', () => {
    const lab = withRules(bridgeNf(1), `${DNAT} 10.0.0.12:8080`, 'iptables -t nat -A POSTROUTING -d 10.0.0.12 -j MASQUERADE')
    expect(lab.exchange('p1', 'tcp', '10.96.0.10:80')).toBe('delivered: p2 saw 10.0.0.1')
  })
})

describe('a pod to itself through its Service', () => {
  test.each([
    [0, 'off', false, 'silence'],
    [0, 'on', false, 'silence'],
    [1, 'off', false, 'silence'],
    [1, 'on', false, 'silence'],
    [0, 'off', true, 'delivered: p1 saw 10.0.0.1'],
    [0, 'on', true, 'delivered: p1 saw 10.0.0.1'],
    [1, 'off', true, 'silence'],
    [1, 'on', true, 'delivered: p1 saw 10.0.0.1'],
  ])('bridge-nf=%i hairpin %s masquerade %s: %s', (on, hairpin, masquerade, experience) => {
    const lab = withRules(bridgeNf(on), `${DNAT} 10.0.0.11:8080`, `bridge link set dev v1 hairpin ${hairpin}`)
    if (masquerade) lab.sh('iptables -t nat -A POSTROUTING -s 10.0.0.11 -d 10.0.0.11 -j MASQUERADE')
    expect(lab.exchange('p1', 'tcp', '10.96.0.10:80', { forMs: 900 })).toBe(experience)
  })
})

describe('the node itself', () => {
  test('to a Service address: routed by the first route, and its source is kept after DNAT', () => {
    const lab = withRules(
      'ip route add default via 192.168.9.2',
      `${DNAT_OUT} 10.0.0.12:8080`,
      'iptables -t filter -A OUTPUT',
      'iptables -t mangle -A POSTROUTING',
    )
    expect(lab.exchange('node', 'tcp', '10.96.0.10:80')).toBe('delivered: p2 saw 192.168.9.1')
    expect(
      hooks(lab)
        .filter((hook) => hook.includes('OUTPUT') || hook.includes('POSTROUTING'))
        .slice(0, 3),
    ).toEqual(['nat OUTPUT - eth1', 'filter OUTPUT - eth1', 'mangle POSTROUTING - cni0'])
  })

  test('no route to the Service address: ENETUNREACH, no chain runs', () => {
    const lab = withRules(`${DNAT_OUT} 10.0.0.12:8080`)
    expect(lab.exchange('node', 'tcp', '10.96.0.10:80')).toBe('ENETUNREACH')
    expect(hooks(lab)).toEqual([])
  })

  test('DNAT to its own address', () => {
    const lab = withRules('ip route add default via 192.168.9.2', `${DNAT_OUT} 192.168.9.1:8080`)
    expect(lab.exchange('node', 'tcp', '10.96.0.10:80')).toBe('delivered: node saw 192.168.9.1')
  })

  test('another machine to a Service address that is the node itself', () => {
    const lab = withRules(`${DNAT} 192.168.9.1:8080`)
    expect(lab.exchange('ext', 'tcp', '10.96.0.10:80')).toBe('delivered: node saw 192.168.9.2')
  })

  test.each([
    [0, false, 'silence'],
    [0, true, 'silence'],
    [1, false, 'silence'],
    [1, true, 'delivered: p1 saw 10.0.0.1'],
  ])('127.0.0.1:30080 to a pod: route_localnet=%i masquerade %s: %s', (localnet, masquerade, experience) => {
    const lab = withRules(
      `sysctl -w net.ipv4.conf.all.route_localnet=${localnet}`,
      'iptables -t nat -A OUTPUT -d 127.0.0.1 -p tcp --dport 30080 -j DNAT --to-destination 10.0.0.11:8080',
    )
    if (masquerade) lab.sh('iptables -t nat -A POSTROUTING -s 127.0.0.0/8 -o cni0 -j MASQUERADE')
    expect(lab.exchange('node', 'tcp', '127.0.0.1:30080', { forMs: 900 })).toBe(experience)
  })
})

describe('REJECT', () => {
  test.each([
    ['FORWARD', 'p1', '192.168.9.2:8080', '', 'ECONNREFUSED from 10.0.0.1'],
    ['FORWARD', 'p1', '192.168.9.2:8080', '--reject-with icmp-host-prohibited', 'EHOSTUNREACH from 10.0.0.1'],
    ['FORWARD', 'p1', '192.168.9.2:8080', '-p tcp --reject-with tcp-reset', 'ECONNREFUSED'],
    ['INPUT', 'p1', '192.168.9.1:8080', '', 'ECONNREFUSED from 192.168.9.1'],
    ['INPUT', 'p1', '192.168.9.1:8080', '-p tcp --reject-with tcp-reset', 'ECONNREFUSED'],
    ['OUTPUT', 'node', '10.0.0.12:8080', '-p tcp', 'ECONNREFUSED from 10.0.0.1'],
    ['OUTPUT', 'node', '10.0.0.12:8080', '-p tcp --reject-with tcp-reset', 'ECONNREFUSED'],
  ])('in %s, %s → %s %s: %s', (chain, from, to, options, experience) => {
    const match = options.startsWith('-p tcp') ? '-p tcp' : ''
    const rule = `iptables -A ${chain} ${match} -d ${to.split(':')[0]} -j REJECT ${options.replace('-p tcp', '')}`
    const lab = withRules(rule.replace(/ +/g, ' ').trim())
    expect(lab.exchange(from, 'tcp', to)).toBe(experience)
  })

  test('tcp-reset in FORWARD is forged from the destination', () => {
    const lab = withRules('iptables -A FORWARD -p tcp -j REJECT --reject-with tcp-reset')
    lab.exchange('p1', 'tcp', '192.168.9.2:8080')
    expect(sent(lab, 'node v1')).toContain('192.168.9.2.8080 > 10.0.0.11: R. ttl 64')
  })

  test.each(['DROP', 'REJECT'])('UDP send() gets EPERM for %s in OUTPUT', (target) => {
    const lab = withRules(`ip netns exec p1 iptables -A OUTPUT -p udp -j ${target}`)
    expect(lab.exchange('p1', 'udp', '10.0.0.12:8080')).toBe('EPERM')
  })

  test('TCP and DROP in OUTPUT: nothing is said, it tries again', () => {
    const lab = withRules('ip netns exec p1 iptables -A OUTPUT -p tcp -j DROP')
    expect(lab.exchange('p1', 'tcp', '10.0.0.12:8080', { forMs: 2500 })).toBe('silence')
    expect(lab.drops()).toHaveLength(3)
  })

  test('a DNATed connection: the ICMP comes from the Service address, about it', () => {
    const lab = withRules(`${DNAT} 192.168.9.2:8080`, 'iptables -A FORWARD -d 192.168.9.2 -j REJECT')
    expect(lab.exchange('p1', 'tcp', '10.96.0.10:80')).toBe('ECONNREFUSED from 10.96.0.10')
  })

  test('a bridged frame: the RST comes with the destination MAC, on the bridge', () => {
    const lab = withRules(bridgeNf(1), 'iptables -A FORWARD -p tcp -j REJECT --reject-with tcp-reset')
    expect(lab.exchange('p1', 'tcp', '10.0.0.12:8080')).toBe('ECONNREFUSED')
  })
})

describe('dead endpoints behind DNAT', () => {
  test.each([
    ['10.0.0.12:81', 'ECONNREFUSED'],
    ['10.0.0.99:80', 'EHOSTUNREACH from 10.96.0.10'],
    ['10.77.0.9:80', 'ENETUNREACH from 10.96.0.10'],
  ])('to %s: %s', (endpoint, experience) => {
    const lab = withRules(`${DNAT} ${endpoint}`)
    expect(lab.exchange('ext', 'tcp', '10.96.0.10:80')).toBe(experience)
  })

  test.each([
    [0, 'EHOSTUNREACH from 10.96.0.10'],
    [1, 'delivered: p2 saw 10.0.0.11'],
  ])('ttl 1 to a Service, pod on the same bridge, bridge-nf=%i: %s', (on, experience) => {
    const lab = withRules(bridgeNf(on), `${DNAT} 10.0.0.12:8080`)
    expect(lab.exchange('p1', 'tcp', '10.96.0.10:80', { ttl: 1, forMs: 500 })).toBe(experience)
  })
})
