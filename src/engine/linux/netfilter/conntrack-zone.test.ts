/** Zones for one direction only: which connections are the same (measured on Linux 6.18). Kernel: nf_conntrack_core.c, nf_ct_key_equal(). */
import { expect, test } from 'vitest'
import { connections } from '../../shell/hooks.fixture.ts'
import { nodeLab } from '../../shell/test-lab.ts'

test.each([
  // Whose SYN alone is in zone 0: what follows begins a connection of its own, also where it has the tuple that is the reply of the first.
  ['--zone-reply 2', 'delivered: node saw 192.168.9.1', 2],
  // The tuple of what follows is the first one's own, in the same zone.
  ['--zone 0', 'delivered: node saw 192.168.9.1', 1],
])('a machine talks to itself, all but the SYN with CT %s: %s', (zone, told, entries) => {
  const lab = nodeLab()
  lab.sh(`iptables -t raw -A OUTPUT -p tcp ! --syn -j CT ${zone}`)
  expect(lab.exchange('node', 'tcp', '192.168.9.1:8080')).toBe(told)
  expect(connections(lab)).toHaveLength(entries)
})

test('CT --zone mark: the mark counts as it is when conntrack sees the packet, not when the rule did', () => {
  const lab = nodeLab()
  lab.sh(`iptables -t raw -A OUTPUT -j CT --zone mark
    iptables -t raw -A OUTPUT -j MARK --set-mark 5
    iptables -A OUTPUT -m conntrack --ctstate INVALID`)
  lab.exchange('node', 'udp', '192.168.9.2:8080')
  expect(lab.sh('conntrack -L')).toContain('zone=5')
})

test('what CT --zone hangs on a packet is a connection of nobody: confirmed, without addresses, of protocol 0', () => {
  const lab = nodeLab()
  const asked = [
    '! --ctorigdst 10.9.9.9',
    '--ctorigdst 0.0.0.0',
    '--ctstatus CONFIRMED',
    '--ctdir ORIGINAL',
    '--ctproto 17',
    '--ctdir REPLY',
  ]
  lab.sh(['-j CT --zone 1', ...asked.map((one) => `-m conntrack ${one}`)].map((rule) => `iptables -t raw -A OUTPUT ${rule}`).join('\n'))
  lab.exchange('node', 'udp', '192.168.9.2:8080', { forMs: 50 })
  const counts = [...lab.sh('iptables-save -c -t raw').matchAll(/^\[(\d+):\d+\] -A OUTPUT -m conntrack/gm)].map(([, packets]) =>
    Number(packets),
  )
  expect(counts).toEqual([1, 1, 1, 1, 0, 0])
})

test.each([
  ['', 'EPERM', 1],
  // With nat another port is found: only the same flow of the same zone may have the same answer.
  ['iptables -t nat -A POSTROUTING -p tcp', 'ECONNREFUSED from 192.168.9.2', 2],
])('the same datagram in another original zone, %j: %s', (nat, told, entries) => {
  const lab = nodeLab()
  lab.sh(`iptables -A OUTPUT -m conntrack --ctstate INVALID\n${nat}`)
  lab.exchange('node', 'udp', '192.168.9.2:8080', { sourcePort: 5000, forMs: 50 })
  lab.sh('iptables -t raw -A OUTPUT -p udp -j CT --zone-orig 1')
  expect(lab.exchange('node', 'udp', '192.168.9.2:8080', { sourcePort: 5000, forMs: 50 })).toBe(told)
  expect(connections(lab)).toHaveLength(entries)
})

const NEW_REQUESTS = `iptables -t raw -A PREROUTING -j CT --zone-reply 1
  iptables -A INPUT -m conntrack --ctstate NEW`
const HAS_NAT = 'iptables -t nat -A POSTROUTING -p icmp'
// nf_nat_used_tuple_new(), __nf_conntrack_confirm(): the answer is no reply in its zone, and its own connection would have the request's tuple.
test.each([
  ['udp', '', '', 1],
  ['udp', 'iptables -t nat -N USER', '', 1],
  ['udp', HAS_NAT, '', 1],
  // A SYN-ACK that answers nothing is INVALID, as is a FIN; what comes between them begins a connection in the middle.
  ['tcp', '', '8080 S. 8080 FP.', 1],
  ['tcp', 'iptables -t nat -N USER', '8080 S. 8080 FP.', 1],
  ['tcp', HAS_NAT, '8080 S. 1234 . 1234 P. 1234 F. 1234 F. 1234 .', 2],
] as const)('what answers in another zone than its request, %s, %j: "%s" leaves, %i connections', (protocol, nat, left, entries) => {
  const lab = nodeLab()
  lab.sh(`${NEW_REQUESTS}\n${nat}`)
  if (protocol === 'udp') lab.serve('node', 'udp', 8080)
  lab.exchange('ext', protocol, '192.168.9.1:8080', { sourcePort: 5000, forMs: 50 })
  const answers = lab.wire.flatMap((line) => /^node eth1 192\.168\.9\.1\.(\d+) > \S+ (\S+)/.exec(line)?.slice(1).join(' ') ?? [])
  expect(answers.join(' ')).toBe(left)
  expect(connections(lab)).toHaveLength(entries)
})

test('what conntrack takes for INVALID is INVALID, whatever zone it was given', () => {
  const lab = nodeLab()
  lab.sh(`iptables -t raw -A PREROUTING -j CT --zone 1
    sysctl -w net.netfilter.nf_conntrack_tcp_loose=0
    iptables -t mangle -A PREROUTING -m state --state INVALID
    iptables -t mangle -A PREROUTING -m conntrack --ctstate NEW`)
  // The SYN-ACK of what left in zone 0 begins nothing.
  lab.exchange('node', 'tcp', '192.168.9.2:8080', { forMs: 50 })
  expect(lab.sh('iptables-save -c -t mangle')).toMatch(/\[[1-9]\d*:\d+\] -A PREROUTING -m state --state INVALID/)
  expect(lab.sh('iptables-save -c -t mangle')).toContain('[0:0] -A PREROUTING -m conntrack --ctstate NEW')
})

/** Sends a datagram for each `where zone`, from one port, and tells which of 10.3.0.50 … .56 each left with. */
function mappings(nat: string, sent: readonly string[]): string {
  const lab = nodeLab()
  lab.sh(`${nat}\niptables -t nat -A POSTROUTING -p udp -j SNAT --to-source 10.3.0.50-10.3.0.56`)
  return sent
    .map((one) => {
      const [to = '', ...zone] = one.split(' ')
      lab.sh(`iptables -t raw -F\n${zone.length > 0 ? `iptables -t raw -A OUTPUT -j CT ${zone.join(' ')}` : ''}`)
      lab.exchange('node', 'udp', `192.168.9.${to}:8080`, { sourcePort: 5000, forMs: 50 })
      const [line = ''] = connections(lab).filter((text) => text.includes(`dst=192.168.9.${to} `))
      return /dst=10\.3\.0\.(\d+)/.exec(line)?.[1] ?? line
    })
    .join(' ')
}

test.each([
  ['', '54'],
  ['--zone 1', '52'],
  ['--zone 2', '53'],
  ['--zone 3', '51'],
  ['--zone-orig 2', '53'],
  ['--zone-orig 4', '51'],
  ['--zone-reply 3', '51'],
])('which address of a range SNAT takes depends on the zone, whichever direction it counts for: CT %s, %s', (zone, address) => {
  expect(mappings('', [`2 ${zone}`.trim()])).toBe(address)
})

const TO_53 = 'iptables -t nat -A POSTROUTING -p udp -d 192.168.9.2 -j SNAT --to-source 10.3.0.53'
test.each([
  // Kernel: hash_by_src().
  ['--zone 1', '--zone-orig 1', '53 55'],
  ['--zone-orig 1', '--zone 1', '53 55'],
  ['--zone-orig 1', '--zone-orig 1', '53 53'],
  ['--zone-reply 1', '--zone 0', '53 53'],
  ['--zone-reply 1', '--zone-reply 2', '53 53'],
])('a port that is mapped in zone %s, then towards another machine in zone %s: %s', (first, second, addresses) => {
  expect(mappings(TO_53, [`2 ${first}`, `3 ${second}`])).toBe(addresses)
})

test('of several mappings of one port the newest is kept', () => {
  const rules = [2, 3, 4].map((to) => `iptables -t nat -A POSTROUTING -p udp -d 192.168.9.${to} -j SNAT --to-source 10.3.0.${48 + to}`)
  expect(mappings(rules.join('\n'), ['3', '2', '4', '5'])).toBe('51 50 52 52')
})
