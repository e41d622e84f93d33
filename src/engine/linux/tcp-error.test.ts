/** What ICMP errors do to a connection that sends again (RFC 6069, tcp_ld_RTO_revert()). */
import { expect, test } from 'vitest'
import { isIp } from '../net/packet.ts'
import { ICMP_DEST_UNREACH, ICMP_HOST_UNREACH } from '../net/protocol-number.ts'
import { nodeLab, sent } from '../shell/test-lab.ts'
import { tcpError } from './tcp-error.ts'

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

test.each([
  [0, []],
  [1, ['SYN-RECV']],
  [-1, ['SYN-RECV']],
])('tcp_req_err(): a host that is unreachable, told of a SYN-ACK whose number is %i off', (off, left) => {
  const lab = nodeLab()
  lab.sh('iptables -A FORWARD -p tcp --tcp-flags SYN,ACK SYN,ACK -j DROP')
  lab.exchange('ext', 'tcp', '10.0.0.12:8080', { forMs: 500 })
  const p2 = lab.ns('p2')
  const halfOpen = () => [...p2.sockets.sockets.values()].map(({ state }) => state).filter((state) => state === 'SYN-RECV')
  expect(halfOpen()).toEqual(['SYN-RECV'])
  const synAck = lab.events.flatMap(({ where, event }) =>
    where === 'p2' && event.at === 'dev_queue_xmit' && isIp(event.packet) ? [event.packet] : [],
  )[0]
  if (synAck?.transport?.kind !== 'tcp') throw new Error('p2 sent no SYN-ACK')
  const quoted = { ...synAck, transport: { ...synAck.transport, seq: synAck.transport.seq + off } }
  tcpError(
    p2,
    synAck,
    { kind: 'icmp', type: ICMP_DEST_UNREACH, code: ICMP_HOST_UNREACH, id: 0, seq: 0, mtu: null, quoted, gateway: null },
    quoted,
  )
  expect(halfOpen()).toEqual(left)
})

test.each([
  ['DROP', 'ETIMEDOUT'],
  ['REJECT --reject-with icmp-host-prohibited', 'EHOSTUNREACH'],
  ['REJECT --reject-with icmp-port-unreachable', 'ECONNREFUSED'],
])('tcp_write_err(): when the requests of a connection meet %s, it ends with %s', (target, errno) => {
  const lab = nodeLab()
  lab.sh(`
    ip netns exec p1 sysctl -w net.ipv4.tcp_retries2=3
    iptables -A FORWARD -i cni0 -p tcp --tcp-flags PSH PSH -j ${target}`)
  expect(lab.exchange('p1', 'tcp', '192.168.9.2:8080', { forMs: 20_000 })).toBe(errno)
})

test('an error is forgotten when the peer is heard again', () => {
  const lab = nodeLab()
  lab.sh(
    'iptables -A FORWARD -i cni0 -p tcp --tcp-flags PSH PSH -m statistic --mode nth --every 9 --packet 0 -j REJECT --reject-with icmp-host-prohibited',
  )
  expect(lab.exchange('p1', 'tcp', '192.168.9.2:8080', { forMs: 5000 })).toContain('delivered')
  expect(
    [...lab.ns('p1').sockets.sockets.values()].filter(({ remotePort }) => remotePort !== null).map(({ tcp }) => tcp?.softError),
  ).toEqual([null])
})

test.each([
  [1500, ['1400 psh']],
  [1452, ['1400 psh']],
  [1451, ['1400 psh', '1399', '1 psh']],
  [600, ['1400 psh', '548', '548', '304 psh']],
])('tcp_v4_mtu_reduced(): beyond a link of %i bytes what did not fit is cut, and sent again at once', (mtu, sizes) => {
  const lab = nodeLab()
  lab.sh(`ip link set eth1 mtu ${mtu}`)
  expect(lab.exchange('p1', 'tcp', '192.168.9.2:8080', { length: 1400, forMs: 150 })).toContain('delivered')
  const segments = lab.frames.flatMap(({ where, packet: { transport, payload } }) =>
    where === 'p1' && transport?.kind === 'tcp' && payload.length > 0 ? [`${payload.length}${transport.flags.psh ? ' psh' : ''}`] : [],
  )
  expect(segments).toEqual(sizes)
  const retransmitted = lab.events.filter(({ where, event }) => where === 'p1' && event.at === 'socket' && event.action === 'retransmit')
  expect(retransmitted).toHaveLength(sizes.length - 1)
})

test.each([
  ['icmp-port-unreachable', 'refused ECONNREFUSED'],
  ['icmp-host-unreachable', 'error EHOSTUNREACH'],
])('a connection that begins and meets %s: what is told', (kind, told) => {
  const lab = nodeLab()
  lab.sh(`iptables -A FORWARD -i cni0 -p tcp -j REJECT --reject-with ${kind}`)
  lab.exchange('p1', 'tcp', '192.168.9.2:8080', { forMs: 100 })
  expect(
    lab.events.flatMap(({ where, event }) => (where === 'p1' && event.at === 'socket' ? [`${event.action} ${event.detail}`] : [])),
  ).toContain(told)
})
