/** Kernel: net/ipv4/arp.c, arp_filter(). */
import { expect, test } from 'vitest'
import { nodeLab } from '../shell/test-lab.ts'

test.each([
  ['sysctl -w net.ipv4.conf.all.arp_filter=0', 'ip route add 192.168.9.2/32 via 10.0.0.12', true],
  ['sysctl -w net.ipv4.conf.all.arp_filter=1', 'ip route add 192.168.9.3/32 via 10.0.0.12', true],
  ['sysctl -w net.ipv4.conf.all.arp_filter=1', 'ip route add 192.168.9.2/32 via 10.0.0.12', false],
  ['sysctl -w net.ipv4.conf.eth1.arp_filter=1', 'ip rule add iif lo prohibit priority 200', false],
])('arp_filter answers where a packet to who asks would go by the same device: %s, %s', (filter, way, answered) => {
  const lab = nodeLab()
  lab.sh(`${filter}\n${way}`)
  lab.exchange('ext', 'icmp', '192.168.9.1', { forMs: 50 })
  expect(lab.wire.some((line) => line.startsWith('node eth1') && line.includes('192.168.9.1 is-at'))).toBe(answered)
})
