/** Which addresses bind(2) and connect(2) take, as Linux 6.18 took them: the error, or the addresses that the socket has then. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Address, formatAddress, parseAddress } from '../net/address.ts'
import { createLab, type Lab } from '../shell/test-lab.ts'
import { type ConnectOptions, type ListenOptions, socketConnect, socketListen, socketSend } from './socket.ts'

function addressOf(text: string): Address {
  const address = parseAddress(text)
  if (address === null) throw new Error(text)
  return address
}

function machine(nonlocal = '0'): Lab {
  const lab = createLab()
  lab.sh(`
    ip link set lo up
    ip link add e0 type veth peer name p0
    ip link set e0 up
    ip link set p0 up
    ip addr add 10.9.0.1/24 dev e0
    ip addr add 10.9.0.3/24 dev e0
    ip route add local 10.8.0.0/16 dev lo
    ip route add 10.7.0.0/24 via 10.9.0.2
    ip route add unreachable 10.6.0.0/24
    ip route add default via 10.9.0.9
    sysctl -qw net.ipv4.ip_nonlocal_bind=${nonlocal}`)
  return lab
}

function listen(lab: Lab, protocol: string, address: string): string {
  const options = { protocol: protocol as ListenOptions['protocol'], address: addressOf(address), port: 5000, owner: 'server' }
  const opened = socketListen(lab.ns('node'), options)
  return 'errno' in opened ? opened.errno : 'ok'
}

function connect(lab: Lab, words: string, source: string, to: string): string {
  const protocol = words as ConnectOptions['protocol']
  const ends = { address: addressOf(to), port: 7, sourceAddress: source === 'any' ? null : addressOf(source), sourcePort: null }
  const ns = lab.ns('node')
  const opened = socketConnect(ns, { protocol, ...ends, owner: 'client' })
  if ('errno' in opened) return opened.errno
  const socket = ns.sockets.sockets.get(opened.socket)
  const shown = protocol === 'tcp' ? [socket?.localAddress] : [socket?.localAddress, socket?.remoteAddress]
  return shown.map((address) => (address ? formatAddress(address) : 'none')).join(' ')
}

const lines = readFileSync(new URL('testdata/socket-addresses-6.18.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')

test.each([
  ['listen', / listen \S+ \|/],
  ['listen beside another', / then /],
  ['connect', / connect /],
])('%s', (_what, kind) => {
  const measured = lines.filter((line) => kind.test(line))
  expect(measured.length).toBeGreaterThan(10)
  const taken = measured.map((line) => {
    const [asked = ''] = line.split(' | ')
    const [, nonlocal, protocol = '', call, first = '', second = ''] =
      /^(?:nonlocal=(\d) )?(\w+) (\w+) (\S+)(?: (?:then|to) (\S+))?$/.exec(asked) ?? []
    const lab = machine(nonlocal)
    const result = call === 'connect' ? connect(lab, protocol, first, second) : listen(lab, protocol, first)
    return `${asked} | ${call === 'listen' && second !== '' ? listen(lab, protocol, second) : result}`
  })
  expect(taken).toEqual(measured)
})

test.each(['tcp', 'sctp'] as const)('%s: no port is left: EADDRNOTAVAIL; the one asked for is taken: EADDRINUSE', (protocol) => {
  const lab = machine()
  lab.sh("sysctl -qw net.ipv4.ip_local_port_range='5000 5001'")
  const ns = lab.ns('node')
  const open = (sourcePort: number | null): string => {
    const ends = { address: addressOf('10.9.0.2'), port: 7, sourceAddress: addressOf('10.9.0.1'), sourcePort }
    const opened = socketConnect(ns, { protocol, ...ends, owner: 'client' })
    return 'errno' in opened ? opened.errno : 'ok'
  }
  expect([open(null), open(null), open(null), open(5000), open(5002), open(5002)]).toEqual([
    'ok',
    'ok',
    'EADDRNOTAVAIL',
    'EADDRINUSE',
    'ok',
    'EADDRINUSE',
  ])
})

test('a UDP socket that is connected to nobody sends to nobody', () => {
  const lab = machine()
  const ns = lab.ns('node')
  const opened = socketListen(ns, { protocol: 'udp', address: null, port: 53, owner: 'server' })
  if ('errno' in opened) throw new Error(opened.errno)
  expect(socketSend(ns, opened.socket, { data: 'x', length: 1, to: null })).toEqual({ effects: [], errno: 'EINVAL' })
  const to = { address: addressOf('10.9.0.2'), port: 7 }
  expect(socketSend(ns, opened.socket, { data: 'x', length: 1, to }).errno).toBe(null)
})
