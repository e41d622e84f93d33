/** How soon ICMP errors follow each other: ip_error() and icmp_send() take from the same tokens of their receiver (measured on Linux 6.18). */
import { expect, test } from 'vitest'
import { nodeLab } from '../shell/test-lab.ts'

test.each([
  // icmp_ratelimit, ms after a first error; is a missing route told?
  [1000, 100, 'ENETUNREACH'],
  [0, 100, 'silence'],
  [0, 900, 'silence'],
  [0, 1100, 'ENETUNREACH'],
])('icmp_ratelimit=%i: %i ms after an error, a missing route is %s', (limit, afterMs, told) => {
  const lab = nodeLab()
  lab.sh(`sysctl -w net.ipv4.icmp_ratelimit=${limit}`)
  expect(lab.exchange('ext', 'udp', '192.168.9.1:81', { forMs: 10 })).toBe('ECONNREFUSED from 192.168.9.1')
  lab.wait(afterMs - 10)
  expect(lab.exchange('ext', 'udp', '10.50.0.1:80', { forMs: 50 })).toMatch(told)
})

test('the first receiver of an error has tokens for it, each receiver its own', () => {
  const lab = nodeLab()
  lab.sh('sysctl -w net.ipv4.icmp_ratelimit=0 net.bridge.bridge-nf-call-iptables=0')
  expect(lab.exchange('ext', 'udp', '10.50.0.1:80', { forMs: 50 })).toMatch(/^ENETUNREACH/)
  expect(lab.exchange('p1', 'udp', '10.50.0.1:80', { forMs: 50 })).toMatch(/^ENETUNREACH/)
  expect(lab.exchange('ext', 'icmp', '10.50.0.1', { forMs: 50 })).not.toBe('silence')
})
