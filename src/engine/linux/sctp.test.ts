/** Associations as Linux has them: chunks, their sizes and times as measured on 6.1 (one-to-one sockets, one address at each end). */
import { expect, test } from 'vitest'
import { formatAddress } from '../net/address.ts'
import { ipv4 } from '../net/ipv4.ts'
import { ipLength } from '../net/packet-length.ts'
import { type Lab, nodeLab } from '../shell/test-lab.ts'
import { socketConnect, socketSend } from './socket.ts'

function sctpLab(script = ''): Lab {
  const lab = nodeLab()
  lab.serve('p2', 'sctp', 2905)
  lab.sh(script)
  return lab
}

/** Chunks as they were sent, with the bytes of their IP packets: "p1 INIT 68"; "again": not for the first time. */
function chunks(lab: Lab): string[] {
  return lab.events.flatMap(({ where, event }) => {
    const sent = event.at === 'socket' && (event.action === 'send' || event.action === 'retransmit')
    if (!sent || event.packet.transport?.kind !== 'sctp') return []
    const again = event.action === 'retransmit' ? ' again' : ''
    return [`${where} ${event.packet.transport.chunk} ${ipLength(event.packet)}${again}`]
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
  expect(chunks(lab).at(-1)).toBe('p1 COOKIE_ECHO 264 again')
})

test('a lost COOKIE ACK: the cookie again is answered again', () => {
  const lab = sctpLab(
    `ip netns exec p1 iptables -A INPUT -p sctp --chunk-types any COOKIE_ACK -m limit --limit 1/hour --limit-burst 1 -j DROP`,
  )
  expect(lab.exchange('p1', 'sctp', '10.0.0.12:2905', { forMs: 12_000 })).toBe('delivered: p2 saw 10.0.0.11')
  expect(chunks(lab).filter((line) => line.includes('COOKIE'))).toEqual([
    'p1 COOKIE_ECHO 264',
    'p2 COOKIE_ACK 36',
    'p1 COOKIE_ECHO 264 again',
    'p2 COOKIE_ACK 36 again',
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
    'p1 DATA 104 again',
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
  expect(chunks(lab).slice(-2)).toEqual(['p1 DATA 104 again', 'p2 ABORT 36'])
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

test.each([
  ['DATA', 'p1', ['p1 DATA 104', 'p1 DATA 104 again', 'p1 DATA 104 again', 'p1 ABORT 84']],
  ['SHUTDOWN', 'p1', ['p1 SHUTDOWN 40', 'p1 SHUTDOWN 40 again', 'p1 SHUTDOWN 40 again', 'p1 ABORT 84']],
  ['SHUTDOWN_ACK', 'p2', ['p2 SHUTDOWN_ACK 36', 'p2 SHUTDOWN_ACK 36 again', 'p2 SHUTDOWN_ACK 36 again', 'p2 ABORT 84']],
  ['COOKIE_ECHO', 'p1', ['p1 COOKIE_ECHO 264', 'p1 COOKIE_ECHO 264 again']],
])(
  '%s that is never answered: association_max_retrans or max_init_retransmits, and who had begun says that it gives up',
  (chunk, netns, sent) => {
    const lab = sctpLab(`ip netns exec ${netns} sysctl -w net.sctp.association_max_retrans=2 net.sctp.max_init_retransmits=1
    ip netns exec ${netns} iptables -A OUTPUT -p sctp --chunk-types any ${chunk} -j DROP`)
    lab.exchange('p1', 'sctp', '10.0.0.12:2905', { forMs: 40_000 })
    lab.wait(60_000)
    const own = chunks(lab).filter((line) => line.startsWith(netns) && !line.endsWith('ABORT 36'))
    expect(own.slice(-sent.length)).toEqual(sent)
  },
)

test('what has been answered does not count: each is sent again as often', () => {
  const lab = sctpLab(`ip netns exec p1 sysctl -w net.sctp.rto_initial=1000 net.sctp.rto_max=1000 net.sctp.association_max_retrans=3
    ip netns exec p1 iptables -A OUTPUT -p sctp --chunk-types any INIT -m limit --limit 1/hour --limit-burst 1 -j DROP
    ip netns exec p1 iptables -A OUTPUT -p sctp --chunk-types any COOKIE_ECHO -m limit --limit 1/hour --limit-burst 1 -j DROP
    ip netns exec p1 iptables -A OUTPUT -p sctp --chunk-types any DATA -j DROP`)
  expect(times(lab, 'p1', 'DATA', () => lab.exchange('p1', 'sctp', '10.0.0.12:2905', { forMs: 20_000 }))).toEqual([0, 1, 2, 3])
})

test('what was sent again tells no round trip: the next timeout is still that of the one before, doubled', () => {
  const lab = sctpLab(`ip netns exec p2 iptables -A INPUT -p sctp --chunk-types any DATA -m limit --limit 1/hour --limit-burst 1 -j DROP
    ip netns exec p2 iptables -A INPUT -p sctp --chunk-types any SHUTDOWN -j DROP`)
  const sent = times(lab, 'p1', 'SHUTDOWN', () => {
    lab.exchange('p1', 'sctp', '10.0.0.12:2905', { forMs: 4_000 })
    lab.wait(30_000)
  })
  expect(sent.slice(0, 3)).toEqual([0, 6, 18])
})

test('a route that comes later gives the address: until then it is 0.0.0.0', () => {
  const lab = sctpLab('ip netns exec p1 ip route del default')
  const to = { protocol: 'sctp', address: ipv4(0xc0a80902), port: 2905, sourceAddress: null, sourcePort: null, owner: 'client' } as const
  lab.apply('p1', socketConnect(lab.ns('p1'), to).effects)
  lab.sh('ip -n p1 route add default via 10.0.0.1')
  lab.wait(4_000)
  const sources = lab.events.flatMap(({ where, event }) =>
    where === 'p1' && event.at === 'socket' && event.packet.transport?.kind === 'sctp' && event.packet.network.kind === 'ip'
      ? [formatAddress(event.packet.network.source)]
      : [],
  )
  expect(sources.slice(0, 2)).toEqual(['0.0.0.0', '10.0.0.11'])
})

test('messages that are written at once go one after the other, each when the one before is acknowledged', () => {
  const lab = sctpLab()
  const ns = lab.ns('p1')
  const to = { protocol: 'sctp', address: ipv4(0x0a00000c), port: 2905, sourceAddress: null, sourcePort: null, owner: 'client' } as const
  const opened = socketConnect(ns, to)
  if ('errno' in opened) throw new Error(opened.errno)
  lab.apply('p1', opened.effects)
  lab.wait(100)
  for (const length of [6, 8, 12]) lab.apply('p1', socketSend(ns, opened.socket, { data: 'x', length, to: null }).effects)
  lab.wait(100)
  expect(chunks(lab).filter((line) => /^p1 DATA|^p2 SACK/.test(line))).toEqual([
    'p1 DATA 56',
    'p2 SACK 48',
    'p1 DATA 56',
    'p2 SACK 48',
    'p1 DATA 60',
    'p2 SACK 48',
  ])
})

test.each([
  [1452, null],
  [1453, 'unsupported: an SCTP message of more than 1452 bytes'],
])('a message of %i bytes, with a route and without', (length, refusal) => {
  for (const route of ['link set lo up', 'route flush table main']) {
    const lab = sctpLab()
    const ns = lab.ns('p1')
    const to = { protocol: 'sctp', address: ipv4(0x0a00000c), port: 2905, sourceAddress: null, sourcePort: null, owner: 'client' } as const
    const opened = socketConnect(ns, to)
    if ('errno' in opened) throw new Error(opened.errno)
    lab.apply('p1', opened.effects)
    lab.wait(100)
    lab.sh(`ip -n p1 ${route}`)
    const { effects } = socketSend(ns, opened.socket, { data: 'x', length, to: null })
    const refused = effects.flatMap((effect) => (effect.kind === 'unsupported' ? [`unsupported: ${effect.what}`] : []))
    expect(refused).toEqual(refusal === null ? [] : [refusal])
  }
})

test('who has no way back to the client does not answer', () => {
  const lab = sctpLab('ip -n p2 route flush table main')
  expect(lab.exchange('p1', 'sctp', '10.0.0.12:99', { forMs: 1000 })).toBe('silence')
  expect(chunks(lab)).toEqual(['p1 INIT 68'])
})

test('what is told of a chunk: its name, and how much it carries', () => {
  const lab = sctpLab()
  lab.exchange('p1', 'sctp', '10.0.0.12:2905', { length: 6 })
  const told = lab.events.flatMap(({ where, event }) =>
    where === 'p2' && event.at === 'socket' ? [`${event.action} ${event.detail}`] : [],
  )
  expect(told.slice(0, 7)).toEqual([
    'receive INIT',
    'send INIT ACK',
    'receive COOKIE ECHO',
    expect.stringMatching(/^accept 10\.0\.0\.11:\d+$/),
    'send COOKIE ACK',
    'receive DATA 6 bytes',
    'send SACK',
  ])
})
