/** Which tables route a packet of the machine again, and with what (measured on Linux 6.18). Kernel: nf_route_table_hook4(), nf_nat_ipv4_local_fn(). */
import { expect, test } from 'vitest'
import { packets } from '../shell/hooks.fixture.ts'
import { nodeLab } from '../shell/test-lab.ts'

const MARK = '-p udp -j MARK --set-mark 0x10'

test.each([
  // Where the mark is set that a policy rule refuses; what the sender gets; packets that filter OUTPUT and POSTROUTING see.
  ['raw', [`iptables -t raw -A OUTPUT ${MARK}`], 'delivered', 1, 1],
  ['mangle', [`iptables -t mangle -A OUTPUT ${MARK}`], 'EINVAL', 0, 0],
  ['nat', [`iptables -t nat -A OUTPUT ${MARK}`], 'delivered', 1, 1],
  ['filter', [`iptables -A OUTPUT ${MARK}`], 'delivered', 1, 1],
  [
    'raw, and DNAT',
    [`iptables -t raw -A OUTPUT ${MARK}`, 'iptables -t nat -A OUTPUT -p udp -j DNAT --to-destination 10.0.0.11'],
    'EINVAL',
    0,
    0,
  ],
])('a mark set in %s', (_where, rules, told, filtered, sent) => {
  const lab = nodeLab()
  lab.sh(
    ['ip rule add fwmark 0x10 blackhole', ...rules, 'iptables -A OUTPUT -p udp', 'iptables -t mangle -A POSTROUTING -p udp'].join('\n'),
  )
  expect(lab.exchange('node', 'udp', '10.0.0.12:8080', { forMs: 100 }).replace(/:.*/, '')).toBe(told)
  expect([packets(lab, 'filter', '-A OUTPUT -p udp'), packets(lab, 'mangle', '-A POSTROUTING -p udp')]).toEqual([filtered, sent])
})
