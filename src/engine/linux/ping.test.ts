/** Which ICMP errors a ping hears of. Measured on Linux 6.18. */
import { expect, test } from 'vitest'
import { nodeLab } from '../shell/test-lab.ts'

test.each([
  ['which conntrack translates back', '', 'ENETUNREACH from 10.96.0.11'],
  // The error belongs to no connection of that zone, so it goes on telling of the address that NAT put in.
  ['which still tells of another address', 'iptables -t raw -A PREROUTING -j CT --zone-reply 1', 'silence'],
])('a ping whose destination NAT has changed, and an error %s: %s', (_what, zone, heard) => {
  const lab = nodeLab()
  lab.sh(`
    ip netns exec ext sysctl -w net.ipv4.ip_forward=1
    ip netns exec ext ip route flush default
    ip route add 10.96.0.0/16 via 192.168.9.2
    ip route add 10.244.9.0/24 via 192.168.9.2
    iptables -t nat -A OUTPUT -p icmp -j NETMAP --to 10.244.9.0/24
    ${zone}`)
  expect(lab.exchange('node', 'icmp', '10.96.0.11', { forMs: 50 })).toBe(heard)
})
