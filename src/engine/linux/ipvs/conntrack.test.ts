/** IPVS and connection tracking, against what was measured on Linux 6.1 in the same network. */
import { describe, expect, test } from 'vitest'
import { met, packets, WATCH } from '../../shell/hooks.fixture.ts'
import { director, MASQUERADE, service, VIP } from '../../shell/ipvs-lab.fixture.ts'
import { type Lab, sent } from '../../shell/test-lab.ts'
import { framedPacket } from '../netfilter/testdata/packet-text.ts'
import { netifReceiveSkb } from '../receive.ts'

describe('conntrack', () => {
  const entry = (lab: Lab): string =>
    lab
      .sh('conntrack -L')
      .replace(/(sport|dport)=(3[2-9]|4|5|6)\d{3}/g, '$1=PORT')
      .replace(/ mark=.*/g, '')
      .trim()

  test.each([
    ['ext', '192.168.9.2'],
    ['node', VIP],
  ])('vs.conntrack=1 with masquerade, client %s', (from, source) => {
    const lab = director(...MASQUERADE, ...service([11]))
    lab.exchange(from, 'tcp', `${VIP}:80`)
    expect(entry(lab)).toMatch(
      new RegExp(`TIME_WAIT src=${source} dst=${VIP} sport=PORT dport=80 src=10.0.0.11 dst=10.0.0.1 sport=8080 dport=PORT \\[ASSURED\\]`),
    )
  })

  test('without masquerade', () => {
    const lab = director(...service([11]), 'iptables -A FORWARD -m conntrack --ctstate NEW')
    lab.exchange('ext', 'tcp', `${VIP}:80`)
    expect(entry(lab)).toContain(`src=192.168.9.2 dst=${VIP} sport=PORT dport=80 src=10.0.0.11 dst=192.168.9.2 sport=8080 dport=PORT`)
  })

  test('vs.conntrack=0: not masqueraded, and every later packet is NEW again', () => {
    const lab = director(...MASQUERADE, ...service([11]), 'sysctl -w net.ipv4.vs.conntrack=0')
    expect(lab.exchange('ext', 'tcp', `${VIP}:80`)).toBe('delivered: p1 saw 192.168.9.2')
    const counted = /\[(\d+):\d+\] -A PREROUTING -d 10.96.0.10\/32 -j MARK/.exec(lab.sh('iptables-save -c -t nat'))?.[1]
    expect(Number(counted)).toBeGreaterThan(3)
  })

  test.each(['-g', '-i'])('%s: the entry stays [UNREPLIED] SYN_SENT', (how) => {
    const lab = director('iptables -A INPUT -m conntrack --ctstate INVALID', ...service([11], '-s rr', how))
    lab.exchange('ext', 'tcp', `${VIP}:80`, { forMs: 500 })
    expect(entry(lab)).toMatch(/SYN_SENT src=192.168.9.2 dst=10.96.0.10 .*\[UNREPLIED\]/)
  })

  test('-i: an IPIP packet from the node to the server; OUTPUT and POSTROUTING do not see the inner one', () => {
    const lab = director(...WATCH, ...service([11], '-s rr', '-i'))
    lab.exchange('ext', 'tcp', `${VIP}:80`, { forMs: 500 })
    expect(lab.wire).toContain('node v1 10.0.0.1 > 10.0.0.11: proto 4 offset 0')
    const later = lab.events.flatMap(({ event }) =>
      event.at === 'nf_hook' && event.packet.network.kind === 'ip' && (event.hook === 'OUTPUT' || event.hook === 'POSTROUTING')
        ? [event.packet.network.protocol]
        : [],
    )
    expect(later).toContain(4)
    expect(later).not.toContain(6)
  })

  test('-g: OUTPUT and POSTROUTING with the virtual address', () => {
    const lab = director(...WATCH, ...service([11], '-s rr', '-g'))
    lab.exchange('ext', 'tcp', `${VIP}:80`, { forMs: 500 })
    expect(met(lab, 0)).toContain('filter OUTPUT - cni0 192.168.9.2>10.96.0.10:80 ttl 63')
    expect(met(lab, 0)).toContain('mangle POSTROUTING eth1 cni0 192.168.9.2>10.96.0.10:80 ttl 63')
    expect(sent(lab, 'node v1')).toContain('192.168.9.2 > 10.96.0.10.80: S ttl 63')
  })

  test('IPVS alone turns connection tracking on for no one', () => {
    const lab = director(...service([11]))
    expect(lab.exchange('ext', 'tcp', `${VIP}:80`)).toBe('delivered: p1 saw 192.168.9.2')
    expect(lab.sh('conntrack -L')).toBe('')
  })

  /** p1 answers for the virtual address itself, to a client on its own bridge that it reaches without the node. */
  function direct(how: '-g' | '-i', ...lines: string[]): Lab {
    const own = how === '-g' ? [`ip -n p1 addr add ${VIP}/32 dev lo`] : tunnelled
    const states = ['INPUT', 'OUTPUT'].map((chain) => `iptables -A ${chain} -p tcp -m conntrack --ctstate INVALID`)
    const to = [`ipvsadm -A -t ${VIP}:8080 -s rr`, `ipvsadm -a -t ${VIP}:8080 -r 10.0.0.11:8080 ${how}`]
    return director('sysctl -w net.bridge.bridge-nf-call-iptables=0', ...own, ...states, ...to, ...lines)
  }
  const tunnelled = [
    'ip -n p1 link add tun1 type ipip local 10.0.0.11',
    'ip -n p1 link set tun1 up',
    `ip -n p1 addr add ${VIP}/32 dev tun1`,
    'ip netns exec p1 sysctl -w net.ipv4.conf.all.rp_filter=0',
    'ip netns exec p1 sysctl -w net.ipv4.conf.tun1.rp_filter=0',
  ]

  test.each(['-g', '-i'] as const)('%s: the node sees no answer, so what the client sends next is INVALID in INPUT and OUTPUT', (how) => {
    const lab = direct(how)
    expect(lab.exchange('p2', 'tcp', `${VIP}:8080`)).toBe('delivered: p1 saw 10.0.0.12')
    expect(packets(lab, 'filter', '-A INPUT')).toBeGreaterThan(1)
    expect(packets(lab, 'filter', '-A OUTPUT')).toBe(how === '-g' ? packets(lab, 'filter', '-A INPUT') : 0)
    const dropping = direct(how, 'iptables -A INPUT -m conntrack --ctstate INVALID -j DROP')
    expect(dropping.exchange('p2', 'tcp', `${VIP}:8080`, { forMs: 500 })).toBe('silence')
  })
})

test('a packet of the server that begins an entry: its answer is expected for the virtual address', () => {
  const lab = director(...service([11]), 'iptables -A FORWARD -m conntrack --ctstate NEW')
  expect(lab.exchange('ext', 'tcp', `${VIP}:80`, { sourcePort: 50_000 })).toBe('delivered: p1 saw 192.168.9.2')
  lab.sh('conntrack -F')
  const late = { ...framedPacket('tcp 10.0.0.11:8080>192.168.9.2:50000 A', 900), eth: null }
  netifReceiveSkb(lab.ns('node'), 'cni0', late)
  expect(lab.sh('conntrack -L')).toMatch(
    /src=10.0.0.11 dst=192.168.9.2 sport=8080 dport=50000 \[UNREPLIED\] src=192.168.9.2 dst=10.96.0.10 sport=50000 dport=80 /,
  )
})
