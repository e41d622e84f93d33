/** ICMP redirects: when a host follows them. Kernel: net/ipv4/route.c, __ip_do_redirect(); IN_DEV_RX_REDIRECTS. */
import { expect, test } from 'vitest'
import { nodeLab } from '../shell/test-lab.ts'

const REDIRECTED = '10.99.0.1 via 10.0.0.12 dev eth0 src 10.0.0.11 uid 0 \n    cache <redirected> expires 299sec \n'
const PLAIN = '10.99.0.1 via 10.0.0.1 dev eth0 src 10.0.0.11 uid 0 \n    cache \n'

/** accept_redirects of all and of the device, forwarding; what ip route get says afterwards. */
test.each([
  [1, 1, 0, REDIRECTED],
  [0, 1, 0, REDIRECTED],
  [1, 0, 0, REDIRECTED],
  [0, 0, 0, PLAIN],
  [1, 1, 1, REDIRECTED],
  [0, 1, 1, PLAIN],
  [1, 0, 1, PLAIN],
])('accept_redirects all=%i eth0=%i, forwarding=%i', (all, device, forwarding, shown) => {
  const lab = nodeLab()
  lab.sh(`
    sysctl -w net.bridge.bridge-nf-call-iptables=0
    ip route add 10.99.0.1/32 via 10.0.0.12
    ip netns exec p1 sysctl -w net.ipv4.conf.eth0.forwarding=${forwarding}
    ip netns exec p1 sysctl -w net.ipv4.conf.all.accept_redirects=${all}
    ip netns exec p1 sysctl -w net.ipv4.conf.eth0.accept_redirects=${device}`)
  // It believes only a gateway whose MAC address it knows already.
  lab.exchange('p1', 'udp', '10.0.0.12:8080')
  lab.exchange('p1', 'udp', '10.99.0.1:80', { forMs: 50 })
  expect(lab.sh('ip -n p1 route get 10.99.0.1')).toBe(shown)
  lab.wait(300_000)
  expect(lab.sh('ip -n p1 route get 10.99.0.1')).toBe(PLAIN)
})

/** ip_rt_send_redirect(): each after twice the time of the one before, nine in all, and again when nothing has come for 20.48 s. */
test('a sender that does not listen is told less and less often, and at last no more', () => {
  const lab = nodeLab()
  lab.sh(`
    sysctl -w net.bridge.bridge-nf-call-iptables=0
    ip route add 10.99.0.1/32 via 10.0.0.12
    ip netns exec p1 sysctl -w net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.eth0.accept_redirects=0`)
  lab.exchange('p1', 'udp', '10.0.0.12:8080')
  /** Sends a packet so many ms after the last one was sent: is its sender told? */
  const told = (afterMs: number): boolean => {
    lab.wait(afterMs - 10)
    lab.wire.length = 0
    lab.exchange('p1', 'udp', '10.99.0.1:80', { forMs: 10 })
    return lab.wire.some((line) => line.includes('icmp 5/1'))
  }
  expect(told(30_000)).toBe(true)
  for (let count = 1; count < 9; count++) expect([count, told((20 << count) - 20), told(40)]).toEqual([count, false, true])
  expect([told(10_300), told(20_000), told(20_400), told(20_500), told(20), told(40)]).toEqual([false, false, false, true, false, true])
})

test('a machine without an address sends from 0.0.0.0', () => {
  const lab = nodeLab()
  lab.sh('ip -n p1 addr flush dev eth0\nip -n p1 addr flush dev lo\nip -n p1 route add 10.99.0.1 dev eth0')
  expect(lab.sh('ip -n p1 route get 10.99.0.1')).toBe('10.99.0.1 dev eth0 src 0.0.0.0 uid 0 \n    cache \n')
})

const MASQUERADE = 'iptables -t nat -A POSTROUTING -p tcp -j MASQUERADE'
const restored = (...lines: string[]): string => {
  const noflush = lines.at(-1) === '--noflush' ? lines.splice(-1) : ['']
  return `printf '${['*nat', ...lines, 'COMMIT', ''].join('\\n')}' | iptables-restore ${noflush}`
}

/** Measured on Linux 6.18 with iptables 1.8.9 (nf_tables): nat lets none out about a first packet, and is there as long as one of its chains is. */
test.each([
  ['nothing', [], 1],
  ['a rule', [MASQUERADE], 0],
  ['a chain without rules', [MASQUERADE, 'iptables -t nat -F'], 0],
  ['a policy', ['iptables -t nat -P INPUT ACCEPT'], 0],
  ['a chain of its own that is emptied by name', ['iptables -t nat -F INPUT'], 0],
  ['only a chain of the user', ['iptables -t nat -N U', 'iptables -t nat -A U -p tcp -j MASQUERADE', 'iptables -t nat -F U'], 1],
  ["a chain in iptables-restore's text", [restored(':INPUT ACCEPT [0:0]')], 0],
  ["a rule in iptables-restore's text", [restored('-A INPUT -p tcp')], 0],
  ["only a chain of the user in iptables-restore's text", [MASQUERADE, restored(':U - [0:0]', '-A U -p tcp')], 1],
  ["only a chain of the user in iptables-restore's text, beside what is there", [MASQUERADE, restored(':U - [0:0]', '--noflush')], 0],
  ['nothing in the text of iptables-restore', [MASQUERADE, restored('')], 1],
  ['chains that were taken away', [MASQUERADE, 'iptables -t nat -F', 'iptables -t nat -X'], 1],
  ['chains that were taken away, and a rule', [MASQUERADE, 'iptables -t nat -F', 'iptables -t nat -X', MASQUERADE], 0],
  ['what is only emptied and looked at', ['iptables -t nat -F', 'iptables -t nat -L -n', 'iptables -t nat -X', 'iptables -t nat -Z'], 1],
] as const)('nat has %s', (_what, commands, redirects) => {
  const lab = nodeLab()
  lab.sh(['sysctl -w net.bridge.bridge-nf-call-iptables=0', 'ip route add 10.99.0.1/32 via 10.0.0.12', ...commands].join('\n'))
  lab.sh('iptables -A FORWARD -m conntrack --ctstate NEW')
  lab.exchange('p1', 'udp', '10.0.0.12:8080')
  lab.wire.length = 0
  lab.exchange('p1', 'udp', '10.99.0.1:80', { forMs: 50 })
  expect(lab.wire.filter((line) => line.startsWith('node v1') && line.includes('icmp 5/1'))).toHaveLength(redirects)
})

test('the gateway that a redirect names is asked for when it is not known, and believed the next time', () => {
  const lab = nodeLab()
  lab.sh('sysctl -w net.bridge.bridge-nf-call-iptables=0\nip route add 10.99.0.1/32 via 10.0.0.12')
  lab.exchange('p1', 'udp', '10.99.0.1:80', { forMs: 50 })
  expect(lab.wire).toContain('p1 eth0 who-has 10.0.0.12 tell 10.0.0.11')
  expect(lab.sh('ip -n p1 route get 10.99.0.1')).toBe(PLAIN)
  lab.exchange('p1', 'udp', '10.99.0.1:80', { forMs: 50 })
  expect(lab.sh('ip -n p1 route get 10.99.0.1')).toBe(REDIRECTED)
})

/** accept_redirects of all and of the device, forwarding; which of them is named. */
test.each([
  [0, 0, 0, 'eth0'],
  [0, 0, 1, 'eth0'],
  [1, 0, 1, 'eth0'],
  [0, 1, 1, 'all'],
])('accept_redirects all=%i eth0=%i, forwarding=%i: ignored, and told by which', (all, device, forwarding, named) => {
  const lab = nodeLab()
  lab.sh(`
    sysctl -w net.bridge.bridge-nf-call-iptables=0
    ip route add 10.99.0.1/32 via 10.0.0.12
    ip netns exec p1 sysctl -w net.ipv4.conf.eth0.forwarding=${forwarding}
    ip netns exec p1 sysctl -w net.ipv4.conf.all.accept_redirects=${all}
    ip netns exec p1 sysctl -w net.ipv4.conf.eth0.accept_redirects=${device}`)
  lab.exchange('p1', 'udp', '10.99.0.1:80', { forMs: 50 })
  const told = lab.events.flatMap(({ where, event }) => (where === 'p1' && event.at === 'socket' ? [event.detail] : []))
  expect(told).toContain(`it is ignored, by net.ipv4.conf.${named}.accept_redirects=0`)
})

/** __ip_do_redirect(): `reject_redirect`. */
test.each([
  ['from another router than the one in use', ['ip -n p1 route replace default via 10.0.0.13']],
  ['that names an address of the machine itself', ['ip -n p1 addr add 10.0.0.12/32 dev eth0']],
  ['about what is not routed any more', ['ip -n p1 route del default']],
])('a redirect %s is not believed', (_what, commands) => {
  const lab = nodeLab()
  lab.sh(`
    sysctl -w net.bridge.bridge-nf-call-iptables=0
    ip route add 10.99.0.1/32 via 10.0.0.12`)
  lab.exchange('p1', 'udp', '10.0.0.12:8080')
  lab.exchange('p1', 'udp', '10.0.0.13:8080')
  const redirects = lab.frames.length
  lab.exchange('p1', 'udp', '10.99.0.1:80', { forMs: 50 })
  const redirect = lab.frames.slice(redirects).find(({ packet }) => packet.transport?.kind === 'icmp' && packet.transport.type === 5)
  if (!redirect) throw new Error('no redirect')
  lab.ns('p1').routeExceptions.clear()
  lab.sh(commands.join('\n'))
  lab.put(redirect.where, redirect.device, redirect.packet)
  lab.wait(10)
  expect(lab.events.at(-1)?.event).toMatchObject({ at: 'socket', detail: 'it is not believed' })
  expect(lab.ns('p1').routeExceptions.size).toBe(0)
})
