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

test('a machine without an address sends from 0.0.0.0', () => {
  const lab = nodeLab()
  lab.sh('ip -n p1 addr flush dev eth0\nip -n p1 addr flush dev lo\nip -n p1 route add 10.99.0.1 dev eth0')
  expect(lab.sh('ip -n p1 route get 10.99.0.1')).toBe('10.99.0.1 dev eth0 src 0.0.0.0 uid 0 \n    cache \n')
})
