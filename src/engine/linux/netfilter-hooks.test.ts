/** Which tables a packet meets in which hook, with which devices and addresses, against traces of Linux 6.18 in the same network. */
import { describe, expect, test } from 'vitest'
import { connections, met, metByIcmp, packets, route, WATCH } from '../shell/hooks.fixture.ts'
import { type Lab, nodeLab, sent } from '../shell/test-lab.ts'

const DNAT = 'iptables -t nat -A PREROUTING -d 10.96.0.10 -p tcp --dport 80 -j DNAT --to-destination'
const DNAT_OUT = 'iptables -t nat -A OUTPUT -d 10.96.0.10 -p tcp --dport 80 -j DNAT --to-destination'
const DEFAULT_ROUTE = 'ip route add default via 192.168.9.2'

function watched(...lines: string[]): Lab {
  const lab = nodeLab()
  lab.sh([...WATCH, ...lines].join('\n'))
  return lab
}

const bridgeNf = (on: number): string => `sysctl -w net.bridge.bridge-nf-call-iptables=${on}`

describe('when nat runs', () => {
  test('without a rule that needs conntrack the nat chains stay silent and nothing is tracked', () => {
    const lab = nodeLab()
    lab.sh('iptables -t nat -A POSTROUTING\niptables -A FORWARD')
    expect(lab.exchange('p1', 'tcp', '192.168.9.2:8080')).toContain('delivered')
    expect(route(met(lab, 0))).toEqual(['filter FORWARD cni0 eth1'])
    expect(connections(lab)).toEqual([])
  })

  test.each([
    'iptables -t mangle -A UNUSED -m conntrack --ctstate NEW',
    'iptables -t nat -A UNUSED -j MASQUERADE',
    'iptables -t nat -A UNUSED -p tcp -j DNAT --to-destination 10.0.0.13',
    'iptables -t mangle -A UNUSED -m state --state NEW',
    'iptables -t mangle -A UNUSED -j CONNMARK --save-mark',
  ])('one rule that needs it, in a chain nobody calls, turns on both: %s', (rule) => {
    const lab = nodeLab()
    lab.sh(`iptables -t nat -A POSTROUTING\n${rule.replace(/-A .*/, '-N UNUSED')}\n${rule}`)
    lab.exchange('p1', 'tcp', '192.168.9.2:8080')
    expect(route(met(lab, 0))).toEqual(['nat POSTROUTING cni0 eth1'])
    expect(connections(lab)).toHaveLength(1)
    expect(packets(lab, 'nat', '-A POSTROUTING')).toBe(1)
  })

  test('nat sees the first packet of a connection only, no reply and none that follows', () => {
    const lab = watched()
    lab.exchange('p1', 'tcp', '192.168.9.2:8080')
    for (const chain of ['PREROUTING', 'POSTROUTING']) {
      expect(packets(lab, 'nat', `-A ${chain}`)).toBe(1)
      expect(packets(lab, 'mangle', `-A ${chain}`)).toBe(10)
    }
    expect(packets(lab, 'nat', '-A INPUT')).toBe(0)
    lab.exchange('p1', 'tcp', '192.168.9.2:8080')
    expect(packets(lab, 'nat', '-A PREROUTING')).toBe(2)
  })
})

describe('frames that are bridged', () => {
  test('bridge-nf-call-iptables belongs to its network namespace, and is 1 from the start', () => {
    const lab = nodeLab()
    const read = (netns: string): string =>
      lab.sh(`ip netns exec ${netns} sysctl -n net.bridge.bridge-nf-call-iptables`.replace('ip netns exec node ', '')).trim()
    expect([read('node'), read('p1')]).toEqual(['1', '1'])
    lab.sh(bridgeNf(0))
    expect([read('node'), read('p1')]).toEqual(['0', '1'])
  })

  test('off: no chain sees them', () => {
    const lab = watched(bridgeNf(0))
    expect(lab.exchange('p1', 'tcp', '10.0.0.12:8080')).toBe('delivered: p2 saw 10.0.0.11')
    expect(met(lab, 0)).toEqual([])
    expect(packets(lab, 'raw', '-A PREROUTING')).toBe(0)
  })

  test('on: every chain with the bridge as device, POSTROUTING without an input device, ttl 64; the reply without nat', () => {
    const lab = watched(bridgeNf(1))
    expect(lab.exchange('p1', 'tcp', '10.0.0.12:8080')).toBe('delivered: p2 saw 10.0.0.11')
    expect(met(lab, 0)).toEqual([
      'raw PREROUTING cni0 - 10.0.0.11>10.0.0.12:8080 ttl 64',
      'mangle PREROUTING cni0 - 10.0.0.11>10.0.0.12:8080 ttl 64',
      'nat PREROUTING cni0 - 10.0.0.11>10.0.0.12:8080 ttl 64',
      'mangle FORWARD cni0 cni0 10.0.0.11>10.0.0.12:8080 ttl 64',
      'filter FORWARD cni0 cni0 10.0.0.11>10.0.0.12:8080 ttl 64',
      'mangle POSTROUTING - cni0 10.0.0.11>10.0.0.12:8080 ttl 64',
      'nat POSTROUTING - cni0 10.0.0.11>10.0.0.12:8080 ttl 64',
    ])
    expect(met(lab, 1)).toEqual([
      'raw PREROUTING cni0 - 10.0.0.12:8080>10.0.0.11 ttl 64',
      'mangle PREROUTING cni0 - 10.0.0.12:8080>10.0.0.11 ttl 64',
      'mangle FORWARD cni0 cni0 10.0.0.12:8080>10.0.0.11 ttl 64',
      'filter FORWARD cni0 cni0 10.0.0.12:8080>10.0.0.11 ttl 64',
      'mangle POSTROUTING - cni0 10.0.0.12:8080>10.0.0.11 ttl 64',
    ])
  })

  test('physdev names the ports of the bridge, -i and -o the bridge itself', () => {
    const lab = nodeLab()
    lab.sh(
      [
        bridgeNf(1),
        'iptables -A FORWARD -i cni0 -o cni0 -m physdev --physdev-is-bridged --physdev-in v1 --physdev-out v2',
        'iptables -A FORWARD -i v1',
        'iptables -A FORWARD -m physdev --physdev-in v2 --physdev-out v1',
        'iptables -A FORWARD -m physdev --physdev-in v3',
      ].join('\n'),
    )
    lab.exchange('p1', 'udp', '10.0.0.12:8080')
    expect(packets(lab, 'filter', '--physdev-in v1 --physdev-out v2')).toBe(1)
    expect(packets(lab, 'filter', '-i v1')).toBe(0)
    expect(packets(lab, 'filter', '--physdev-in v2 --physdev-out v1')).toBe(1)
    expect(packets(lab, 'filter', '--physdev-in v3')).toBe(0)
  })

  test('DNAT of a bridged frame: the entry has the new server in its reply', () => {
    const lab = watched(bridgeNf(1), 'iptables -t nat -A PREROUTING -d 10.0.0.12 -p tcp --dport 8080 -j DNAT --to-destination 10.0.0.13')
    expect(lab.exchange('p1', 'tcp', '10.0.0.12:8080')).toBe('delivered: p3 saw 10.0.0.11')
    expect(connections(lab)).toEqual([
      'tcp 6 TIME_WAIT src=10.0.0.11 dst=10.0.0.12 sport=PORT dport=8080 src=10.0.0.13 dst=10.0.0.11 sport=8080 dport=PORT [ASSURED]',
    ])
  })

  test('Service address, pod of the same bridge, off: routed, POSTROUTING knows both devices, ttl 63', () => {
    const lab = watched(bridgeNf(0), `${DNAT} 10.0.0.12:8080`)
    lab.exchange('p1', 'tcp', '10.96.0.10:80', { forMs: 100 })
    expect(met(lab, 0).slice(3)).toEqual([
      'mangle FORWARD cni0 cni0 10.0.0.11>10.0.0.12:8080 ttl 63',
      'filter FORWARD cni0 cni0 10.0.0.11>10.0.0.12:8080 ttl 63',
      'mangle POSTROUTING cni0 cni0 10.0.0.11>10.0.0.12:8080 ttl 63',
      'nat POSTROUTING cni0 cni0 10.0.0.11>10.0.0.12:8080 ttl 63',
    ])
  })

  test('the same, on: bridged, POSTROUTING without an input device, ttl 64; the reply is translated back on the bridge', () => {
    const lab = watched(bridgeNf(1), `${DNAT} 10.0.0.12:8080`)
    expect(lab.exchange('p1', 'tcp', '10.96.0.10:80')).toBe('delivered: p2 saw 10.0.0.11')
    expect(met(lab, 0).slice(3)).toEqual([
      'mangle FORWARD cni0 cni0 10.0.0.11>10.0.0.12:8080 ttl 64',
      'filter FORWARD cni0 cni0 10.0.0.11>10.0.0.12:8080 ttl 64',
      'mangle POSTROUTING - cni0 10.0.0.11>10.0.0.12:8080 ttl 64',
      'nat POSTROUTING - cni0 10.0.0.11>10.0.0.12:8080 ttl 64',
    ])
    expect(sent(lab, 'node v1')).toContain('10.96.0.10.80 > 10.0.0.11: S. ttl 64')
    expect(sent(lab, 'node v1').filter((line) => line.includes('icmp'))).toEqual([])
  })

  test('with MASQUERADE on top: works, ttl 64', () => {
    const lab = watched(bridgeNf(1), `${DNAT} 10.0.0.12:8080`, 'iptables -t nat -A POSTROUTING -d 10.0.0.12 -j MASQUERADE')
    expect(lab.exchange('p1', 'tcp', '10.96.0.10:80')).toBe('delivered: p2 saw 10.0.0.1')
    expect(sent(lab, 'node v2')).toContain('10.0.0.1 > 10.0.0.12.8080: S ttl 64')
  })
})

describe('routed packets', () => {
  test('a pod to a machine outside: PREROUTING ttl 64, FORWARD and POSTROUTING ttl 63', () => {
    const lab = watched()
    lab.exchange('p1', 'tcp', '192.168.9.2:8080')
    expect(met(lab, 0)).toEqual([
      'raw PREROUTING cni0 - 10.0.0.11>192.168.9.2:8080 ttl 64',
      'mangle PREROUTING cni0 - 10.0.0.11>192.168.9.2:8080 ttl 64',
      'nat PREROUTING cni0 - 10.0.0.11>192.168.9.2:8080 ttl 64',
      'mangle FORWARD cni0 eth1 10.0.0.11>192.168.9.2:8080 ttl 63',
      'filter FORWARD cni0 eth1 10.0.0.11>192.168.9.2:8080 ttl 63',
      'mangle POSTROUTING cni0 eth1 10.0.0.11>192.168.9.2:8080 ttl 63',
      'nat POSTROUTING cni0 eth1 10.0.0.11>192.168.9.2:8080 ttl 63',
    ])
    expect(route(met(lab, 1))).toEqual(['raw,mangle PREROUTING eth1 -', 'mangle,filter FORWARD eth1 cni0', 'mangle POSTROUTING eth1 cni0'])
  })

  test('the node to a pod: all four OUTPUT tables, POSTROUTING; the reply comes in by INPUT', () => {
    const lab = watched()
    lab.exchange('node', 'tcp', '10.0.0.12:8080')
    expect(route(met(lab, 0))).toEqual(['raw,mangle,nat,filter OUTPUT - cni0', 'mangle,nat POSTROUTING - cni0'])
    expect(route(met(lab, 1))).toEqual(['raw,mangle PREROUTING cni0 -', 'mangle,filter INPUT cni0 -'])
  })

  test.each([
    ['ext', 'eth1'],
    ['p1', 'cni0'],
  ])('%s to an address of the node: nat INPUT comes last', (from, device) => {
    const lab = watched()
    expect(lab.exchange(from, 'tcp', '10.0.0.1:8080')).toContain('delivered: node saw')
    expect(route(met(lab, 0))).toEqual([`raw,mangle,nat PREROUTING ${device} -`, `mangle,filter,nat INPUT ${device} -`])
  })

  test('the node to its own address: out by lo and in again, nat only on the way out', () => {
    const lab = watched()
    expect(lab.exchange('node', 'tcp', '192.168.9.1:8080')).toBe('delivered: node saw 192.168.9.1')
    expect(route(met(lab, 0))).toEqual([
      'raw,mangle,nat,filter OUTPUT - lo',
      'mangle,nat POSTROUTING - lo',
      'raw,mangle PREROUTING lo -',
      'mangle,filter INPUT lo -',
    ])
  })

  test('the node to a Service: OUTPUT with the device of the first route, POSTROUTING with that of the second', () => {
    const lab = watched(DEFAULT_ROUTE, `${DNAT_OUT} 10.0.0.12:8080`)
    expect(lab.exchange('node', 'tcp', '10.96.0.10:80')).toBe('delivered: p2 saw 192.168.9.1')
    expect(met(lab, 0)).toEqual([
      'raw OUTPUT - eth1 192.168.9.1>10.96.0.10:80 ttl 64',
      'mangle OUTPUT - eth1 192.168.9.1>10.96.0.10:80 ttl 64',
      'nat OUTPUT - eth1 192.168.9.1>10.96.0.10:80 ttl 64',
      'filter OUTPUT - eth1 192.168.9.1>10.0.0.12:8080 ttl 64',
      'mangle POSTROUTING - cni0 192.168.9.1>10.0.0.12:8080 ttl 64',
      'nat POSTROUTING - cni0 192.168.9.1>10.0.0.12:8080 ttl 64',
    ])
  })
})

describe('DNAT to the machine itself', () => {
  test('the node to a Service that is the node: OUTPUT by the first device, then lo; the reply is translated back before PREROUTING', () => {
    const lab = watched(DEFAULT_ROUTE, `${DNAT_OUT} 192.168.9.1:8080`)
    expect(lab.exchange('node', 'tcp', '10.96.0.10:80')).toBe('delivered: node saw 192.168.9.1')
    expect(route(met(lab, 0))).toEqual([
      'raw,mangle,nat,filter OUTPUT - eth1',
      'mangle,nat POSTROUTING - lo',
      'raw,mangle PREROUTING lo -',
      'mangle,filter INPUT lo -',
    ])
    expect(met(lab, 0)).toContain('filter OUTPUT - eth1 192.168.9.1>192.168.9.1:8080 ttl 64')
    expect(met(lab, 1)).toContain('raw PREROUTING lo - 10.96.0.10:80>192.168.9.1 ttl 64')
    expect(connections(lab)).toEqual([
      'tcp 6 TIME_WAIT src=192.168.9.1 dst=10.96.0.10 sport=PORT dport=80 src=192.168.9.1 dst=192.168.9.1 sport=8080 dport=PORT [ASSURED]',
    ])
  })

  test('a machine outside to a Service that is the node: INPUT with the new address, never FORWARD', () => {
    const lab = watched(`${DNAT} 192.168.9.1:8080`)
    expect(lab.exchange('ext', 'tcp', '10.96.0.10:80')).toBe('delivered: node saw 192.168.9.2')
    expect(met(lab, 0)).toEqual([
      'raw PREROUTING eth1 - 192.168.9.2>10.96.0.10:80 ttl 64',
      'mangle PREROUTING eth1 - 192.168.9.2>10.96.0.10:80 ttl 64',
      'nat PREROUTING eth1 - 192.168.9.2>10.96.0.10:80 ttl 64',
      'mangle INPUT eth1 - 192.168.9.2>192.168.9.1:8080 ttl 64',
      'filter INPUT eth1 - 192.168.9.2>192.168.9.1:8080 ttl 64',
      'nat INPUT eth1 - 192.168.9.2>192.168.9.1:8080 ttl 64',
    ])
    expect(packets(lab, 'filter', '-A FORWARD')).toBe(0)
  })
})

describe('REJECT answers', () => {
  const quoted = '(10.0.0.11.PORT > 192.168.9.2.8080: S ttl 63)'
  const wire = (lab: Lab, from: string): string[] =>
    lab.wire.filter((line) => line.startsWith(from)).map((line) => line.slice(from.length + 1).replace(/\.(3[2-9]|4|5|6)\d{3}\b/g, '.PORT'))

  test.each([
    ['', '3/3'],
    ['--reject-with icmp-net-unreachable', '3/0'],
    ['--reject-with icmp-host-unreachable', '3/1'],
    ['--reject-with icmp-proto-unreachable', '3/2'],
    ['--reject-with icmp-net-prohibited', '3/9'],
    ['--reject-with icmp-host-prohibited', '3/10'],
    ['--reject-with icmp-admin-prohibited', '3/13'],
  ])('FORWARD %s: an ICMP error %s from the address on the side of the client, quoting the packet', (how, type) => {
    const lab = nodeLab()
    lab.sh(`iptables -A FORWARD -j REJECT ${how}`)
    lab.exchange('p1', 'tcp', '192.168.9.2:8080')
    expect(wire(lab, 'node v1')).toContain(`10.0.0.1 > 10.0.0.11: icmp ${type} ttl 64 ${quoted}`)
  })

  test.each([
    ['', 'ECONNREFUSED from 192.168.9.1', '192.168.9.1 > 10.0.0.11: icmp 3/3 ttl 64 (10.0.0.11.PORT > 192.168.9.1.8080: S ttl 64)'],
    [
      '--reject-with icmp-host-prohibited',
      'EHOSTUNREACH from 192.168.9.1',
      '192.168.9.1 > 10.0.0.11: icmp 3/10 ttl 64 (10.0.0.11.PORT > 192.168.9.1.8080: S ttl 64)',
    ],
    ['--reject-with tcp-reset', 'ECONNREFUSED', '192.168.9.1.8080 > 10.0.0.11.PORT: R. ttl 64'],
  ])('INPUT %s: %s, from the address that was dialled', (how, experience, line) => {
    const lab = nodeLab()
    lab.sh(`iptables -A INPUT -p tcp -j REJECT ${how}`)
    expect(lab.exchange('p1', 'tcp', '192.168.9.1:8080')).toBe(experience)
    expect(wire(lab, 'node v1')).toContain(line)
  })

  test.each([
    ['', 'ECONNREFUSED'],
    ['--reject-with icmp-host-prohibited', 'EHOSTUNREACH'],
    ['--reject-with tcp-reset', 'ECONNREFUSED'],
  ])('OUTPUT %s: %s, and nothing leaves the machine', (how, errno) => {
    const lab = nodeLab()
    lab.sh(`iptables -A OUTPUT -p tcp -d 10.0.0.12 -j REJECT ${how}`)
    expect(lab.exchange('node', 'tcp', '10.0.0.12:8080').split(' ')[0]).toBe(errno)
    expect(wire(lab, 'node v2').filter((line) => line.includes('10.0.0.12.'))).toEqual([])
  })

  test('a Service without endpoints, not translated: from the node, about the Service address', () => {
    const lab = watched('iptables -A FORWARD -d 10.96.0.99 -j REJECT', DEFAULT_ROUTE)
    expect(lab.exchange('p1', 'tcp', '10.96.0.99:80')).toBe('ECONNREFUSED from 10.0.0.1')
    expect(wire(lab, 'node v1')).toContain('10.0.0.1 > 10.0.0.11: icmp 3/3 ttl 64 (10.0.0.11.PORT > 10.96.0.99.80: S ttl 63)')
  })

  test('a translated connection: outer source and quoted packet are those the client knows', () => {
    const lab = watched(`${DNAT} 192.168.9.2:8080`, 'iptables -A FORWARD -d 192.168.9.2 -j REJECT')
    expect(lab.exchange('p1', 'tcp', '10.96.0.10:80')).toBe('ECONNREFUSED from 10.96.0.10')
    expect(wire(lab, 'node v1')).toContain('10.96.0.10 > 10.0.0.11: icmp 3/3 ttl 64 (10.0.0.11.PORT > 10.96.0.10.80: S ttl 63)')
  })

  test('the ICMP error itself passes OUTPUT and mangle POSTROUTING as RELATED, without nat', () => {
    const lab = watched('iptables -A FORWARD -j REJECT', 'iptables -A OUTPUT -m conntrack --ctstate RELATED')
    lab.exchange('p1', 'tcp', '192.168.9.2:8080')
    expect(metByIcmp(lab)).toEqual([
      'raw OUTPUT - cni0 10.0.0.1>10.0.0.11 ttl 64 icmp 3/3',
      'mangle OUTPUT - cni0 10.0.0.1>10.0.0.11 ttl 64 icmp 3/3',
      'filter OUTPUT - cni0 10.0.0.1>10.0.0.11 ttl 64 icmp 3/3',
      'mangle POSTROUTING - cni0 10.0.0.1>10.0.0.11 ttl 64 icmp 3/3',
    ])
    expect(packets(lab, 'filter', '--ctstate RELATED')).toBe(1)
  })

  test('DROP in table nat is refused by the tool', () => {
    expect(() => nodeLab().sh('iptables -t nat -A PREROUTING -j DROP')).toThrow(/The "nat" table is not intended for filtering/)
  })
})

describe('rp_filter', () => {
  test('acts after PREROUTING: raw, mangle and nat see the packet, no other chain does', () => {
    const lab = watched(
      'sysctl -w net.ipv4.conf.all.rp_filter=0',
      'sysctl -w net.ipv4.conf.eth1.rp_filter=1',
      'ip netns exec ext sysctl -w net.ipv4.conf.all.arp_announce=2',
      'ip -n ext addr add 10.99.0.1/32 dev lo',
      'ip -n ext route replace default via 192.168.9.1 src 10.99.0.1',
      'ip route add 10.99.0.0/24 dev cni0',
    )
    expect(lab.exchange('ext', 'udp', '10.0.0.12:8080', { forMs: 100 })).toBe('silence')
    expect(met(lab, 0)).toEqual([
      'raw PREROUTING eth1 - 10.99.0.1>10.0.0.12:8080 ttl 64',
      'mangle PREROUTING eth1 - 10.99.0.1>10.0.0.12:8080 ttl 64',
      'nat PREROUTING eth1 - 10.99.0.1>10.0.0.12:8080 ttl 64',
    ])
    expect(lab.drops()[0]).toContain('IP_RPFILTER')
    expect(lab.wire.filter((line) => line.startsWith('node eth1') && line.includes('icmp'))).toEqual([])
  })
})
