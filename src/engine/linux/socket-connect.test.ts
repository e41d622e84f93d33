/** What connect(2) asks of routing. Kernel: include/net/route.h, ip_route_connect(). */
import { expect, test } from 'vitest'
import { parseAddress } from '../net/address.ts'
import { nodeLab } from '../shell/test-lab.ts'
import { socketConnect, socketListen } from './socket.ts'

test.each(['tcp', 'udp'] as const)(
  '%s: the route that gives the source is looked up once more with it: policy rules may ask for it',
  (protocol) => {
    const lab = nodeLab()
    lab.sh('ip rule add from 192.168.9.1 unreachable priority 100')
    expect(lab.exchange('node', protocol, '192.168.9.2:8080')).toBe('ENETUNREACH')
    expect(lab.wire.filter((line) => line.includes('192.168.9.2'))).toEqual([])
  },
)

/** Sockets that are there before, by protocol, local port and (null: listening) the remote end. */
test.each<[string, 'tcp' | 'udp' | 'icmp', readonly (readonly ['tcp' | 'udp' | 'icmp', string | null])[], boolean]>([
  ['a free port', 'udp', [], true],
  ['a free port', 'tcp', [], true],
  ['a free identifier', 'icmp', [], true],
  ['a port of another connection to the same end', 'tcp', [['tcp', '192.168.9.2:8080']], false],
  ['a port of a connection to another port', 'tcp', [['tcp', '192.168.9.2:8081']], true],
  ['a port of a listener', 'tcp', [['tcp', null]], false],
  ['a port of UDP', 'tcp', [['udp', '192.168.9.2:8080']], true],
  ['a port that UDP has to another end', 'udp', [['udp', '192.168.9.2:8081']], false],
  ['a port that UDP listens to', 'udp', [['udp', null]], false],
  ['a port of TCP', 'udp', [['tcp', '192.168.9.2:8080']], true],
  ['an identifier that is used', 'icmp', [['icmp', '192.168.9.3']], false],
  ['a port of UDP as an identifier', 'icmp', [['udp', '192.168.9.2:8080']], true],
])('bound to %s (%s)', (_what, protocol, before, isFree) => {
  const lab = nodeLab()
  const ns = lab.ns('node')
  const to = (text: string) => {
    const [host = '', port = '0'] = text.split(':')
    const address = parseAddress(host)
    if (address === null) throw new Error(text)
    return { address, port: Number(port) }
  }
  const connect = (kind: 'tcp' | 'udp' | 'icmp', end: string) =>
    socketConnect(ns, { protocol: kind, ...to(end), sourceAddress: null, sourcePort: 5000, owner: 'client' })
  for (const [kind, end] of before) {
    const made =
      end !== null
        ? connect(kind, end)
        : kind === 'icmp'
          ? null
          : socketListen(ns, { protocol: kind, address: null, port: 5000, owner: 'server' })
    expect(made && 'errno' in made).toBe(false)
  }
  const made = connect(protocol, protocol === 'icmp' ? '192.168.9.2' : '192.168.9.2:8080')
  expect('errno' in made ? made.errno : 'free').toBe(isFree ? 'free' : 'EADDRINUSE')
})
