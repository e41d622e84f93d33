/** What conntrack knows of an ICMP error before its hook in OUTPUT has seen it (measured on Linux 6.18). Kernel: nf_conntrack_attach(). */
import { expect, test } from 'vitest'
import { packets } from '../shell/hooks.fixture.ts'
import { nodeLab } from '../shell/test-lab.ts'

test.each([
  // What nobody listens to, and what a rule refuses.
  ['closed port', '192.168.9.1:88', 'INVALID'],
  ['REJECT', '192.168.9.1:99', 'RELATED'],
])('in raw OUTPUT an error about a %s (%s) is %s', (_what, to, state) => {
  const lab = nodeLab()
  const states = ['INVALID', 'RELATED']
  lab.sh(
    [
      'iptables -A INPUT -p udp --dport 99 -j REJECT',
      ...states.map((one) => `iptables -t raw -A OUTPUT -p icmp -m conntrack --ctstate ${one}`),
      'iptables -t mangle -A OUTPUT -p icmp -m conntrack --ctstate RELATED',
    ].join('\n'),
  )
  expect(lab.exchange('ext', 'udp', to, { forMs: 50 })).toBe('ECONNREFUSED from 192.168.9.1')
  expect(states.filter((one) => packets(lab, 'raw', `--ctstate ${one}`) === 1)).toEqual([state])
  expect(packets(lab, 'mangle', '--ctstate RELATED')).toBe(1)
})

test('an echo reply whose next hop does not answer is reported to the machine itself; one that is refused at once is not', () => {
  const lab = nodeLab()
  lab.sh('iptables -A INPUT -i lo -p icmp\nip route add 10.0.0.11 via 192.168.9.77')
  expect(lab.exchange('p1', 'icmp', '192.168.9.1', { forMs: 4000 })).toBe('silence')
  expect(packets(lab, 'filter', '-i lo -p icmp')).toBe(1)
  lab.sh('ip route del 10.0.0.11\niptables -A OUTPUT -p icmp --icmp-type 0 -j REJECT')
  expect(lab.exchange('p1', 'icmp', '192.168.9.1', { forMs: 4000 })).toBe('silence')
  expect(packets(lab, 'filter', '-i lo -p icmp')).toBe(1)
})

test('icmp_errors_use_inbound_ifaddr does not count for what a bridge forwards, whose route is a fake one (measured on Linux 6.18)', () => {
  const lab = nodeLab()
  lab.sh(`
    ip link add br1 type bridge
    ip addr add 10.5.0.1/24 dev br1
    ip link set br1 up
    ip link set v1 master br1
    ip link set v2 master br1
    ip -n p1 addr add 10.5.0.11/24 dev eth0
    ip -n p2 addr add 10.5.0.12/24 dev eth0
    sysctl -w net.bridge.bridge-nf-call-iptables=1 net.ipv4.icmp_errors_use_inbound_ifaddr=1
    iptables -A FORWARD -j REJECT`)
  expect(lab.exchange('p1', 'udp', '10.5.0.12:8080', { forMs: 50 })).toBe('ECONNREFUSED from 10.5.0.1')
})

test('REJECT in OUTPUT answers by the route that the packet has since nat gave it another destination (measured on Linux 6.18)', () => {
  const lab = nodeLab()
  lab.sh('iptables -t nat -A OUTPUT -p tcp --dport 99 -j DNAT --to-destination 192.168.9.2\niptables -A OUTPUT -p tcp -j REJECT')
  expect(lab.exchange('node', 'tcp', '192.168.9.1:99', { forMs: 50 })).toBe('ECONNREFUSED from 192.168.9.1')
})

test('an error quotes the packet as it was on the wire: without its mark, its connection and its Ethernet header', () => {
  const lab = nodeLab()
  lab.sh(
    'iptables -t mangle -A PREROUTING -j MARK --set-mark 5\niptables -A INPUT -p udp --dport 99 -m conntrack --ctstate NEW -m mark --mark 5 -j REJECT',
  )
  expect(lab.exchange('ext', 'udp', '192.168.9.1:99', { forMs: 50 })).toBe('ECONNREFUSED from 192.168.9.1')
  const [error] = lab.events.flatMap(({ where, event }) =>
    where === 'node' && event.at === 'dev_queue_xmit' && event.packet.transport?.kind === 'icmp' ? [event.packet] : [],
  )
  expect(error?.mark).toBe(0)
  expect(error?.transport).toMatchObject({
    type: 3,
    code: 3,
    id: 0,
    seq: 0,
    quoted: { mark: 0, ct: null, eth: null, physIn: null, physOut: null },
  })
})

test('NOTRACK leaves an error alone that is about an untracked packet: conntrack looks at it, and finds it INVALID (measured on Linux 6.18)', () => {
  const lab = nodeLab()
  lab.sh(`
    iptables -t raw -A OUTPUT -j NOTRACK
    iptables -A OUTPUT -m state --state UNTRACKED ! -p icmp -j REJECT
    iptables -A OUTPUT -p icmp -m state --state INVALID`)
  lab.exchange('node', 'tcp', '192.168.9.2:8080', { forMs: 50 })
  expect(packets(lab, 'filter', '--state INVALID')).toBe(1)
})

test.each([
  [0, '10.0.0.1'],
  [1, '192.168.9.1'],
])('icmp_errors_use_inbound_ifaddr=%i: a router that answers by another device speaks from %s', (value, source) => {
  const lab = nodeLab()
  lab.sh(`
    sysctl -w net.ipv4.icmp_errors_use_inbound_ifaddr=${value} net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth1.rp_filter=0
    ip route add 192.168.9.2/32 via 10.0.0.11 dev cni0
    ip netns exec ext sysctl -w net.ipv4.ip_default_ttl=1`)
  lab.exchange('ext', 'udp', '10.0.0.12:8080', { forMs: 50 })
  expect(lab.wire.filter((line) => line.startsWith('node') && line.includes('icmp 11/0'))).not.toEqual([])
  expect(lab.wire.find((line) => line.startsWith('node') && line.includes('icmp 11/0'))).toContain(` ${source} > 192.168.9.2`)
})

test.each([
  [0, 0],
  [1, 5],
])('fwmark_reflect=%i: what the kernel answers has the mark %i', (value, mark) => {
  const lab = nodeLab()
  lab.sh(`
    sysctl -w net.ipv4.fwmark_reflect=${value}
    iptables -t mangle -A PREROUTING -j MARK --set-mark 5
    iptables -t mangle -A OUTPUT -p icmp -m mark --mark ${mark}`)
  expect(lab.exchange('ext', 'icmp', '192.168.9.1')).toContain('delivered')
  expect(lab.exchange('ext', 'udp', '192.168.9.1:88', { forMs: 50 })).toBe('ECONNREFUSED from 192.168.9.1')
  expect(packets(lab, 'mangle', `--mark ${mark === 0 ? '0x0' : '0x5'}`)).toBe(2)
})
