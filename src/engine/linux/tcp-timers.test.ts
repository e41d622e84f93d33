/** When TCP sends again, and when it gives up (measured on Linux 6.18 with the timers of the kernel comparison). */
import { expect, test } from 'vitest'
import { type Lab, nodeLab } from '../shell/test-lab.ts'

const SERVER = '10.0.0.12:8080'

/** p1 talks to p2 on one bridge; `rules` are iptables commands, by the namespace they are for. */
function lab(...rules: string[]): Lab {
  const made = nodeLab()
  for (const netns of ['p1', 'p2']) {
    made.sh(`
      ip netns exec ${netns} sysctl -w net.ipv4.tcp_syn_linear_timeouts=0 net.ipv4.tcp_syn_retries=2 net.ipv4.tcp_synack_retries=2
      ip netns exec ${netns} sysctl -w net.ipv4.tcp_retries2=3 net.ipv4.tcp_orphan_retries=2`)
  }
  made.exchange('p1', 'icmp', '10.0.0.12')
  made.sh(rules.map((rule) => `ip netns exec ${rule}`).join('\n'))
  return made
}

/** Times since the first, in tenths of a second, at which sockets of `netns` sent (or tried to send) segments with these words. */
function attempts(made: Lab, netns: string, words: RegExp, forMs = 20_000): number[] {
  const times: number[] = []
  made.ns(netns).trace = (event) => {
    const sent = event.at === 'socket' && (event.action === 'send' || event.action === 'retransmit')
    if (sent && words.test(event.detail ?? '')) times.push(made.kernel.nowMs)
  }
  made.exchange('p1', 'tcp', SERVER, { forMs })
  made.wait(20_000)
  return times.map((time) => Math.round((time - (times[0] ?? 0)) / 100) / 10)
}

const DROP_ONE = '-m limit --limit 1/hour --limit-burst 1 -j DROP'

test.each([
  ['data', 'p1', /^PSH/, ['p2 iptables -A INPUT -p tcp --tcp-flags PSH PSH -j DROP'], [0, 0.2, 0.4, 0.8, 1.6, 3.3]],
  ['an answer', 'p2', /^PSH/, ['p1 iptables -A INPUT -p tcp --tcp-flags PSH PSH -j DROP'], [0, 0.2, 0.4, 0.8, 1.6, 3.3]],
  ['the FIN of a closed socket', 'p1', /^FIN/, ['p2 iptables -A INPUT -p tcp --tcp-flags FIN FIN -j DROP'], [0, 0.2, 0.4, 0.8, 1.6]],
  [
    'data after a SYN that was sent twice: its timestamp tells the round trip',
    'p1',
    /^PSH/,
    [`p2 iptables -A INPUT -p tcp --tcp-flags SYN SYN ${DROP_ONE}`, 'p2 iptables -A INPUT -p tcp --tcp-flags PSH PSH -j DROP'],
    [0, 0.2, 0.4, 0.8, 1.6, 3.3],
  ],
  [
    'data after a SYN-ACK that answers the first SYN a second late: 2.2 s until the probe, 3 s of timeout',
    'p1',
    /^PSH/,
    [`p2 iptables -A OUTPUT -p tcp --tcp-flags SYN SYN ${DROP_ONE}`, 'p2 iptables -A INPUT -p tcp --tcp-flags PSH PSH -j DROP'],
    [0, 2.2, 5.2],
  ],
] as const)('lost on the way: %s', (_what, netns, words, rules, times) => {
  expect(attempts(lab(...rules), netns, words)).toEqual(times)
})

const NO_FIN = 'p1 iptables -A INPUT -p tcp --tcp-flags FIN FIN -j DROP'
/** Drops one of the segments without data, after so many; each such rule counts those that others have let go. */
const dropEmpty = (after: number): string =>
  `p2 iptables -A INPUT -p tcp --tcp-flags SYN,PSH NONE -m statistic --mode nth --every 99 --packet ${after} -j DROP`

// tcp_process_tlp_ack(): measured are 216, 412 … 440 and 832 ms, and 208, 208, 412 … 440 and 832 ms.
test.each([
  [
    'is acknowledged by number alone: the next one is not probed for',
    [`p1 iptables -A INPUT -p tcp --tcp-flags PSH PSH ${DROP_ONE}`],
    [0, 0.2, 0.6],
  ],
  ['is told to have come twice: the next one is', [dropEmpty(1), dropEmpty(1)], [0, 0.2, 0.4]],
] as const)('a segment that a loss probe sent again %s', (_what, rules, times) => {
  expect(attempts(lab(...rules, NO_FIN), 'p2', /^FIN/).slice(0, 3)).toEqual(times)
  expect(attempts(lab(...rules, NO_FIN), 'p2', /^PSH/)).toEqual([0, 0.2])
})

test('what answers for a connection in TIME-WAIT must not be fragmented, whatever its socket said', () => {
  const made = lab('p1 sysctl -w net.ipv4.ip_no_pmtu_disc=1', dropEmpty(3))
  const sent: string[] = []
  made.ns('p1').trace = (event) => {
    if (event.at !== 'socket' || event.action !== 'send' || event.packet.network.kind !== 'ip') return
    const { df, id } = event.packet.network
    sent.push(`${event.detail}${df ? ' DF' : ''}${id === 0 ? ' id 0' : ''}`)
  }
  made.exchange('p1', 'tcp', SERVER, { forMs: 20_000 })
  made.wait(20_000)
  expect(sent).toEqual(['SYN', 'ACK', 'PSH ACK 56 bytes', 'ACK', 'FIN ACK', 'ACK', 'ACK DF id 0'])
})

test('what answers for a connection in TIME-WAIT has no owner (since 6.13), as its FIN’s last acknowledgement has none', () => {
  const made = lab('p1 iptables -A OUTPUT -m owner ! --socket-exists', dropEmpty(3))
  made.exchange('p1', 'tcp', SERVER, { forMs: 20_000 })
  made.wait(20_000)
  expect(made.sh('ip netns exec p1 iptables -S OUTPUT -v')).toContain('! --socket-exists -c 2 ')
})

test('the RST for data that a closed socket gets has no owner', () => {
  const made = lab(
    'p1 iptables -A OUTPUT -p tcp --tcp-flags RST RST -m owner ! --socket-exists',
    'p2 iptables -A OUTPUT -p tcp --tcp-flags PSH PSH -j DROP',
  )
  made.exchange('p1', 'tcp', SERVER, { forMs: 100 })
  made.sh('ip netns exec p2 iptables -F')
  made.wait(20_000)
  expect(made.sh('ip netns exec p1 iptables -S OUTPUT -v')).toContain('! --socket-exists -c 1 ')
})

test('an answer that the server’s own OUTPUT drops stays written, and is tried again as a probe is', () => {
  const made = lab('p2 iptables -A OUTPUT -p tcp --tcp-flags PSH PSH -j DROP')
  expect(attempts(made, 'p2', /^PSH/)).toEqual([0, 0.2, 0.6, 1.4])
  // After tcp_retries2 of them the server has no connection any more.
  expect(made.wire.filter((line) => line.includes('10.0.0.12.8080 >') && line.includes(': R'))).not.toEqual([])
})

test('each acknowledgement that arrives lets what is stuck be tried at once, and takes the place of an answer to it', () => {
  const made = lab('p2 iptables -A OUTPUT -p tcp --tcp-flags FIN FIN -j DROP')
  const tried = attempts(made, 'p2', /^FIN/)
  // tcp_write_wakeup(): the timer's attempts ask for an answer.
  expect(attempts(lab('p2 iptables -A OUTPUT -p tcp --tcp-flags FIN FIN -j DROP'), 'p2', /^FIN PSH/)).not.toEqual([])
  const repeated = attempts(lab('p2 iptables -A OUTPUT -p tcp --tcp-flags FIN FIN -j DROP'), 'p1', /^FIN/)
  expect(repeated).toEqual([0, 0.2, 0.4, 0.8, 1.6])
  expect(tried.length).toBeGreaterThan(repeated.length)
  // The FIN was never acknowledged: the attempt to send one took the acknowledgement along.
  const afterFin = made.wire.slice(made.wire.findIndex((line) => line.includes(': F.')))
  expect(afterFin.filter((line) => /10\.0\.0\.12\.8080 > .*: \. /.test(line))).toEqual([])
})

test('close() gives what has not left its FIN', () => {
  const made = lab('p1 iptables -A OUTPUT -p tcp --tcp-flags PSH PSH -j DROP')
  expect(attempts(made, 'p1', /^FIN PSH/, 300)).not.toEqual([])
})

test.each([
  [false, ['p2 SYN ACK', 'p1 SYN', 'p2 SYN ACK']],
  // Linux 6.1.
  [true, ['p1 SYN', 'p2 SYN ACK', 'p2 SYN ACK']],
])('the SYN-ACK is sent again before the SYN of the same second, unless timers have one base (%s)', (oneTimerBase, sent) => {
  const made = lab(`p2 iptables -A OUTPUT -p tcp --tcp-flags SYN SYN ${DROP_ONE}`)
  made.kernel.oneTimerBase = oneTimerBase
  const order: string[] = []
  for (const netns of ['p1', 'p2'])
    made.ns(netns).trace = (event) => {
      if (event.at === 'socket' && event.action === 'retransmit') order.push(`${netns} ${event.detail}`)
    }
  made.exchange('p1', 'tcp', SERVER)
  expect(order).toEqual(sent)
})

test('a SYN-ACK that this machine does not let out again ends the beginning: the next SYN begins anew', () => {
  const drop = 'p2 iptables -A OUTPUT -p tcp --tcp-flags SYN SYN -j DROP'
  const made = lab(drop)
  const accepted: number[] = []
  made.ns('p2').trace = (event) => {
    if (event.at === 'socket' && event.action === 'send' && event.detail === 'SYN ACK') accepted.push(made.kernel.nowMs)
  }
  made.exchange('p1', 'tcp', SERVER, { forMs: 8000 })
  expect(accepted).toHaveLength(3)
})

test.each([
  ['icmp-host-unreachable', 2],
  ['icmp-net-unreachable', 2],
  ['icmp-port-unreachable', 1],
  ['icmp-host-prohibited', 1],
] as const)('%s about a SYN-ACK: %i connections begin', (kind, beginnings) => {
  const made = lab(`p1 iptables -A INPUT -p tcp --tcp-flags SYN SYN -j REJECT --reject-with ${kind}`)
  const ids = new Set<number>()
  made.ns('p2').trace = (event) => {
    if (event.at === 'socket' && event.detail === 'SYN ACK' && event.socket !== null) ids.add(event.socket)
  }
  made.exchange('p1', 'tcp', SERVER, { forMs: 2000 })
  expect(ids.size).toBe(beginnings)
})

test('a SYN that waits for ARP inside of a tunnel is not sent again', () => {
  const made = nodeLab()
  made.sh(`
    ip link add vx0 type vxlan id 7 dev eth1 local 192.168.9.1 dstport 8472 nolearning
    ip link set vx0 up
    ip addr add 10.7.0.1/24 dev vx0
    ip neigh replace 10.7.0.2 lladdr 02:00:00:00:07:02 dev vx0 nud permanent
    bridge fdb append 02:00:00:00:07:02 dev vx0 dst 192.168.9.77`)
  made.exchange('node', 'tcp', '10.7.0.2:80', { forMs: 2500 })
  expect(made.events.filter(({ event }) => event.at === 'encap')).toHaveLength(1)
})
