/** What ICMP errors do to a connection that sends again (RFC 6069, tcp_ld_RTO_revert()). */
import { expect, test } from 'vitest'
import { nodeLab, sent } from '../shell/test-lab.ts'

/** How often p1 sent its request in ten seconds, when the router does this with it. */
function attempts(target: string): number {
  const lab = nodeLab()
  lab.sh(`
    sysctl -w net.ipv4.icmp_ratelimit=0
    iptables -A FORWARD -i cni0 -p tcp --tcp-flags PSH PSH -j ${target}`)
  lab.exchange('p1', 'tcp', '192.168.9.2:8080', { forMs: 10_000 })
  return sent(lab, 'p1').filter((line) => line.includes(': P')).length
}

test('while the way is reported broken, the timeout does not double', () => {
  const silent = attempts('DROP')
  expect(silent).toBeLessThan(9)
  for (const code of ['icmp-host-unreachable', 'icmp-net-unreachable']) {
    expect(attempts(`REJECT --reject-with ${code}`)).toBeGreaterThan(2 * silent)
  }
})

test('other errors say nothing about the way', () => {
  expect(attempts('REJECT --reject-with icmp-port-unreachable')).toBe(attempts('DROP'))
})
