/** Associations as Linux has them: chunks, their sizes and times as measured on 6.1 (one-to-one sockets, one address at each end). */
import { expect, test } from 'vitest'
import { ipLength } from '../net/packet-length.ts'
import { type Lab, nodeLab } from '../shell/test-lab.ts'

function sctpLab(script = ''): Lab {
  const lab = nodeLab()
  lab.serve('p2', 'sctp', 2905)
  lab.sh(script)
  return lab
}

/** Chunks as they were sent, with the bytes of their IP packets: "p1 INIT 68". */
function chunks(lab: Lab): string[] {
  return lab.events.flatMap(({ where, event }) => {
    const sent = event.at === 'socket' && (event.action === 'send' || event.action === 'retransmit')
    return sent && event.packet.transport?.kind === 'sctp' ? [`${where} ${event.packet.transport.chunk} ${ipLength(event.packet)}`] : []
  })
}

/** When a namespace sent a chunk while something ran, seconds since the first time. */
function times(lab: Lab, netns: string, chunk: string, run: () => void): number[] {
  const at: number[] = []
  const ns = lab.ns(netns)
  const watch = ns.trace
  ns.trace = (event) => {
    watch?.(event)
    const sent = event.at === 'socket' && (event.action === 'send' || event.action === 'retransmit')
    if (sent && event.packet.transport?.kind === 'sctp' && event.packet.transport.chunk === chunk)
      at.push(Math.round(lab.kernel.nowMs / 100) / 10)
  }
  run()
  return at.map((time) => Math.round(10 * (time - (at[0] ?? 0))) / 10)
}

test('an association: four packets, a message each way, three packets of farewell', () => {
  const lab = sctpLab()
  expect(lab.exchange('p1', 'sctp', '10.0.0.12:2905', { length: 6 })).toBe('delivered: p2 saw 10.0.0.11')
  lab.wait(10)
  expect(chunks(lab)).toEqual([
    'p1 INIT 68',
    'p2 INIT_ACK 292',
    'p1 COOKIE_ECHO 264',
    'p2 COOKIE_ACK 36',
    'p1 DATA 56',
    'p2 SACK 48',
    'p2 DATA 64',
    'p1 SACK 48',
    'p1 SHUTDOWN 40',
    'p2 SHUTDOWN_ACK 36',
    'p1 SHUTDOWN_COMPLETE 36',
  ])
  for (const netns of ['p1', 'p2'])
    expect(
      [...lab.ns(netns).sockets.sockets.values()].filter(({ protocol, remotePort }) => protocol === 'sctp' && remotePort !== null),
    ).toEqual([])
})

test('every packet says ECT(0) and Don’t Fragment', () => {
  const lab = sctpLab()
  lab.exchange('p1', 'sctp', '10.0.0.12:2905')
  const headers = lab.events.flatMap(({ event: { packet } }) =>
    packet.transport?.kind === 'sctp' && packet.network.kind === 'ip' ? [packet.network] : [],
  )
  expect(new Set(headers.map(({ tos, df }) => `${tos} ${df}`))).toEqual(new Set(['2 true']))
})

test('where nothing listens the answer is ABORT, and the connection refused', () => {
  const lab = sctpLab()
  expect(lab.exchange('p1', 'sctp', '10.0.0.12:99')).toBe('ECONNREFUSED')
  expect(chunks(lab)).toEqual(['p1 INIT 68', 'p2 ABORT 36'])
})

test.each([
  ['icmp-port-unreachable', 'silence', [0, 3]],
  ['icmp-proto-unreachable', 'ENOPROTOOPT', [0]],
  ['icmp-host-unreachable', 'silence', [0, 3]],
  ['icmp-admin-prohibited', 'silence', [0, 3]],
])('REJECT with %s: %s after eight seconds', (kind, experience, inits) => {
  const lab = sctpLab(`ip netns exec p2 iptables -A INPUT -p sctp -j REJECT --reject-with ${kind}`)
  const sent = times(lab, 'p1', 'INIT', () => {
    expect(lab.exchange('p1', 'sctp', '10.0.0.12:2905', { forMs: 8000 })).toBe(experience)
  })
  expect(sent).toEqual(inits)
})

test('INIT is sent nine times, then the connection has timed out', () => {
  const lab = sctpLab('ip netns exec p2 iptables -A INPUT -p sctp -j DROP')
  const sent = times(lab, 'p1', 'INIT', () => {
    expect(lab.exchange('p1', 'sctp', '10.0.0.12:2905', { forMs: 332_900 })).toBe('silence')
    expect(lab.exchange('p1', 'sctp', '10.0.0.12:2905', { forMs: 333_100 })).toBe('ETIMEDOUT')
  })
  expect(sent.slice(0, 9)).toEqual([0, 3, 9, 21, 45, 93, 153, 213, 273])
  expect(sent).toHaveLength(18)
})

test('net.sctp.rto_initial, rto_max and max_init_retransmits', () => {
  const lab = sctpLab(`ip netns exec p2 iptables -A INPUT -p sctp -j DROP
    ip netns exec p1 sysctl -w net.sctp.rto_initial=1000 net.sctp.rto_max=3000 net.sctp.max_init_retransmits=3`)
  const sent = times(lab, 'p1', 'INIT', () => {
    expect(lab.exchange('p1', 'sctp', '10.0.0.12:2905', { forMs: 20_000 })).toBe('ETIMEDOUT')
  })
  expect(sent).toEqual([0, 1, 3, 6])
})

test('a lost COOKIE ECHO comes again; who closes before it is answered says nothing more', () => {
  const lab = sctpLab('ip netns exec p2 iptables -A INPUT -p sctp --chunk-types any COOKIE_ECHO -j DROP')
  const sent = times(lab, 'p1', 'COOKIE_ECHO', () => {
    expect(lab.exchange('p1', 'sctp', '10.0.0.12:2905', { forMs: 12_000 })).toBe('silence')
    lab.wait(60_000)
  })
  expect(sent).toEqual([0, 3, 9])
  expect(chunks(lab).at(-1)).toBe('p1 COOKIE_ECHO 264')
})

test('a lost COOKIE ACK: the cookie again is answered again', () => {
  const lab = sctpLab(
    `ip netns exec p1 iptables -A INPUT -p sctp --chunk-types any COOKIE_ACK -m limit --limit 1/hour --limit-burst 1 -j DROP`,
  )
  expect(lab.exchange('p1', 'sctp', '10.0.0.12:2905', { forMs: 12_000 })).toBe('delivered: p2 saw 10.0.0.11')
  expect(chunks(lab).filter((line) => line.includes('COOKIE'))).toEqual([
    'p1 COOKIE_ECHO 264',
    'p2 COOKIE_ACK 36',
    'p1 COOKIE_ECHO 264',
    'p2 COOKIE_ACK 36',
  ])
})

test('data that nobody acknowledges comes again, and a close waits for it; what comes twice is named in the SACK', () => {
  const lab = sctpLab('ip netns exec p1 iptables -A INPUT -p sctp --chunk-types any SACK -j DROP')
  const sent = times(lab, 'p1', 'DATA', () => {
    expect(lab.exchange('p1', 'sctp', '10.0.0.12:2905')).toBe('delivered: p2 saw 10.0.0.11')
    lab.wait(5_000)
    expect(chunks(lab)).not.toContain('p1 SHUTDOWN 40')
    lab.sh('ip netns exec p1 iptables -F')
    lab.wait(6_000)
  })
  expect(sent).toEqual([0, 3, 9])
  expect(chunks(lab).slice(-6)).toEqual([
    'p2 SACK 52',
    'p1 DATA 104',
    'p2 SACK 52',
    'p1 SHUTDOWN 40',
    'p2 SHUTDOWN_ACK 36',
    'p1 SHUTDOWN_COMPLETE 36',
  ])
})

test('once a round trip has been seen the timeout is a second: SHUTDOWN again', () => {
  const lab = sctpLab('ip netns exec p2 iptables -A INPUT -p sctp --chunk-types any SHUTDOWN -j DROP')
  const sent = times(lab, 'p1', 'SHUTDOWN', () => {
    lab.exchange('p1', 'sctp', '10.0.0.12:2905')
    lab.wait(8_000)
  })
  expect(sent).toEqual([0, 1, 3, 7])
})

test('without a route connect() waits all the same, and nothing is sent', () => {
  const lab = sctpLab('ip netns exec p1 ip route del default')
  expect(lab.exchange('p1', 'sctp', '192.168.9.2:2905', { forMs: 4_000 })).toBe('silence')
  expect(lab.wire).toEqual([])
  expect(lab.drops()).toHaveLength(2)
})

test('a server that has forgotten the association answers its data with ABORT', () => {
  const lab = sctpLab('ip netns exec p2 iptables -A INPUT -p sctp --chunk-types any DATA -j DROP')
  expect(lab.exchange('p1', 'sctp', '10.0.0.12:2905', { forMs: 1_000 })).toBe('silence')
  const { sockets } = lab.ns('p2').sockets
  for (const [id, { protocol }] of sockets) if (protocol === 'sctp') sockets.delete(id)
  lab.sh('ip netns exec p2 iptables -F')
  lab.wait(10_000)
  expect(chunks(lab).slice(-2)).toEqual(['p1 DATA 104', 'p2 ABORT 36'])
})

test.each([
  ['the client', 'ip -n p1 addr add 10.0.5.1/24 dev eth0', '10.0.5.1, 10.0.0.11|10.0.0.11, 10.0.5.1'],
  ['the server', 'ip -n p2 addr add 10.0.5.2/24 dev eth0', '10.0.5.2, 10.0.0.12|10.0.0.12, 10.0.5.2'],
])('several addresses of %s are not modelled, which is said', (_who, script, addresses) => {
  const lab = sctpLab(script)
  expect(() => lab.exchange('p1', 'sctp', '10.0.0.12:2905')).toThrow(
    new RegExp(`unsupported: SCTP over several addresses \\((${addresses})\\)`),
  )
})

test('loopback: the address of the machine itself', () => {
  const lab = nodeLab()
  lab.serve('p1', 'sctp', 2905)
  expect(lab.exchange('p1', 'sctp', '10.0.0.11:2905')).toBe('delivered: p1 saw 10.0.0.11')
})
