/** The system calls programs make on sockets. Kernel: net/socket.c, net/ipv4/af_inet.c, tcp.c, tcp_ipv4.c, datagram.c. */

import { type Address, formatAddress } from '../net/address.ts'
import { ipv4 } from '../net/ipv4.ts'
import { NO_FLAGS, newIpPacket } from '../net/new-packet.ts'
import { PROTOCOL_ICMP, PROTOCOL_SCTP, PROTOCOL_TCP, PROTOCOL_UDP } from '../net/protocol-number.ts'
import { drop } from './drop.ts'
import type { Effect } from './effect.ts'
import type { Errno } from './errno.ts'
import { type FibError, inetAddrType } from './fib.ts'
import type { NetNs } from './netns.ts'
import { newPacketId } from './packet-id.ts'
import { pingSend } from './ping.ts'
import { defaultPmtuDiscovery, type PmtuDiscovery } from './pmtu-discovery.ts'
import { refusedBy } from './refused-by.ts'
import type { RouteResult } from './route.ts'
import { dstMtu, ipRouteOutput } from './route-output.ts'
import { isAssociation } from './sctp-association.ts'
import { sctpClose, sctpConnect, sctpSendmsg, sctpShutdown } from './sctp-socket.ts'
import { settle } from './settle.ts'
import { newSocket } from './socket-event.ts'
import { ephemeralPort, hashSocket, lookupConnected, socketsOn, unhashSocket } from './socket-lookup.ts'
import type { Socket, SocketProtocol } from './socket-table.ts'
import { sysctl } from './sysctl.ts'
import { finTimeout, IP_AND_TCP_LENGTH, isConnection, newTcpControl, type TcpSocket, TIMESTAMP_OPTION_LENGTH } from './tcp-control.ts'
import { pushPending, queueData, queueFin, queueSyn } from './tcp-output.ts'
import { udpSend } from './udp.ts'

/** bind(2) + listen(2); `address` null is any. UDP sockets are ready to receive. */
export interface ListenOptions {
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly address: Address | null
  readonly port: number
  readonly owner: string
}

/** connect(2), with an optional bind(2) before it. `ttl`: IP_TTL; `pmtuDiscovery`: IP_MTU_DISCOVER. */
export interface ConnectOptions {
  readonly protocol: SocketProtocol
  readonly address: Address
  readonly port: number
  readonly sourceAddress: Address | null
  readonly sourcePort: number | null
  readonly owner: string
  readonly ttl?: number
  readonly pmtuDiscovery?: PmtuDiscovery
}

export interface SendOptions {
  readonly data: unknown
  readonly length: number
  /** For an unconnected UDP socket. */
  readonly to: { readonly address: Address; readonly port: number } | null
  /** IP_TTL for this one echo request. */
  readonly ttl?: number | undefined
}

/** Numbers of the protocols of sockets. */
const PROTOCOL_NUMBERS = { tcp: PROTOCOL_TCP, udp: PROTOCOL_UDP, icmp: PROTOCOL_ICMP, sctp: PROTOCOL_SCTP } as const

export type Connected = { readonly socket: number; readonly effects: Effect[] } | { readonly errno: Errno; readonly effects: Effect[] }

/** `inet_bind()`: may this address be a socket's own? */
function isBindable(ns: NetNs, address: Address): boolean {
  if (address === 0 || sysctl(ns, 'net.ipv4.ip_nonlocal_bind') !== 0) return true
  if (inetAddrType(ns, address) === 'LOCAL') return true
  const route = ipRouteOutput(ns, { source: null, destination: address })
  return !('error' in route) && route.route.type === 'local'
}

/** Opens a listening socket: EADDRINUSE when another listens there, EADDRNOTAVAIL when the address is not ours. */
export function socketListen(ns: NetNs, options: ListenOptions): { socket: number } | { errno: Errno } {
  const { protocol, port, owner } = options
  const address = options.address === 0 ? null : options.address
  if (address !== null && !isBindable(ns, address)) return { errno: 'EADDRNOTAVAIL' }
  const others = socketsOn(ns, protocol, port).filter((other) => other.remotePort === null)
  const clash = others.some((other) => other.localAddress === address || other.localAddress === null || address === null)
  if (clash) return { errno: 'EADDRINUSE' }
  const socket = newSocket(ns, {
    protocol,
    owner,
    state: protocol === 'udp' ? 'UNCONN' : 'LISTEN',
    localAddress: address,
    localPort: port,
    remoteAddress: null,
    remotePort: null,
    ttl: null,
  })
  hashSocket(ns, socket)
  return { socket: socket.id }
}

/** Connects: TCP sends a SYN, SCTP an INIT, UDP fixes its peer, ICMP is a ping socket. The source address is the one the route selects. */
export function socketConnect(ns: NetNs, options: ConnectOptions): Connected {
  const { protocol, address, sourceAddress } = options
  if (sourceAddress !== null && !isBindable(ns, sourceAddress)) return { errno: 'EADDRNOTAVAIL', effects: [] }
  // ip_route_output_key_hash_rcu(): nowhere is the machine itself, by its own address if the program has chosen one.
  const destination = address === 0 ? (sourceAddress ?? ipv4(0x7f000001)) : address
  const route = ipRouteConnect(ns, options, destination)
  if (protocol === 'sctp')
    return connectSctp(ns, options, { source: 'error' in route ? (sourceAddress ?? ipv4(0)) : route.source, destination })
  if ('error' in route) return noRoute(ns, options, route)
  // __mkroute_output() goes by the address first: a default route makes neither of these unicast.
  const broadcast = route.route.type === 'broadcast' || destination === 0xffffffff
  if (protocol === 'tcp' && (broadcast || destination >>> 28 === 14)) return noRoute(ns, options, { error: 'ENETUNREACH', by: null })
  if (broadcast) return { errno: 'EACCES', effects: [] }
  const port = choosePort(ns, options, { source: route.source, destination })
  if (port === null) return portTaken(options)
  const socket = newSocket(ns, {
    protocol,
    owner: options.owner,
    state: protocol === 'tcp' ? 'SYN-SENT' : 'ESTAB',
    localAddress: route.source,
    localPort: port,
    remoteAddress: destination,
    remotePort: protocol === 'icmp' ? 0 : options.port,
    ttl: options.ttl ?? null,
    pmtuDiscovery: options.pmtuDiscovery ?? defaultPmtuDiscovery(ns),
  })
  hashSocket(ns, socket)
  if (protocol === 'tcp') {
    const mss = dstMtu(ns, route, destination) - IP_AND_TCP_LENGTH - TIMESTAMP_OPTION_LENGTH
    socket.tcp = newTcpControl(ns.kernel.chooser.pick('isn', 0x100000000), mss, null)
  }
  if (!isConnection(socket)) return { socket: socket.id, effects: [] }
  queueSyn(socket)
  return { socket: socket.id, effects: settle(ns, pushPending(ns, socket)) }
}

/** `ip_route_connect()`: the route that gives the source is looked up once more with it, for policy rules may ask for it. */
function ipRouteConnect(ns: NetNs, options: ConnectOptions, destination: Address): RouteResult | FibError {
  const { protocol, sourceAddress: source, sourcePort, port } = options
  const ports = { protocol: PROTOCOL_NUMBERS[protocol], sourcePort: sourcePort ?? 0, destinationPort: port }
  const first = ipRouteOutput(ns, { source, destination, ports })
  return source !== null || 'error' in first ? first : ipRouteOutput(ns, { source: first.source, destination, ports })
}

function connectSctp(ns: NetNs, options: ConnectOptions, { source, destination }: Ends): Connected {
  const localPort = choosePort(ns, options, { source, destination })
  if (localPort === null) return portTaken(options)
  const ends = { owner: options.owner, localAddress: source, localPort, remoteAddress: destination, remotePort: options.port }
  const { socket, effects } = sctpConnect(ns, ends, options.sourceAddress !== null)
  return { socket, effects: settle(ns, effects) }
}

const portTaken = ({ sourcePort }: ConnectOptions): Connected => ({
  errno: sourcePort === null ? 'EADDRNOTAVAIL' : 'EADDRINUSE',
  effects: [],
})

interface Ends {
  readonly source: Address
  readonly destination: Address
}

/** The local port: the one asked for unless taken, or an ephemeral one; for ping sockets the echo id. Null: none. */
function choosePort(ns: NetNs, options: ConnectOptions, { source, destination }: Ends): number | null {
  const { protocol, sourcePort } = options
  if (protocol === 'icmp') {
    const wanted = sourcePort ?? ns.kernel.chooser.pick('port', 65535) + 1
    return socketsOn(ns, 'icmp', wanted).length === 0 ? wanted : null
  }
  const isFree = (port: number): boolean => {
    if (protocol === 'udp') return socketsOn(ns, 'udp', port).length === 0
    const tuple = { protocol, localAddress: source, localPort: port, remoteAddress: destination, remotePort: options.port }
    return lookupConnected(ns, tuple) === null && !socketsOn(ns, protocol, port).some((socket) => socket.remotePort === null)
  }
  if (sourcePort === null) return ephemeralPort(ns, protocol, isFree)
  return isFree(sourcePort) ? sourcePort : null
}

/** No route: connect(2) fails and nothing is sent. The packet that would have been is shown, and dies here. */
function noRoute(ns: NetNs, options: ConnectOptions, error: FibError): Connected {
  if (ns.trace) {
    const { protocol, address, sourceAddress, port } = options
    const ports = { sourcePort: options.sourcePort ?? 0, destinationPort: port }
    const syn = { kind: 'tcp', ...ports, seq: 0, ack: 0, flags: { ...NO_FLAGS, syn: true }, mss: null, window: 0 } as const
    const echo = { kind: 'icmp', type: 8, code: 0, id: 0, seq: 1, mtu: null, quoted: null, gateway: null } as const
    const packet = newIpPacket({
      id: newPacketId(ns),
      source: sourceAddress ?? ipv4(0),
      destination: address,
      protocol: PROTOCOL_NUMBERS[protocol],
      transport: protocol === 'icmp' ? echo : protocol === 'tcp' ? syn : { kind: 'udp', ...ports },
    })
    ns.explain?.({ at: 'fib_lookup', packet, result: null, error: error.error })
    drop(ns, packet, 'IP_OUTNOROUTES', { by: refusedBy(error), detail: `connect to ${formatAddress(address)}` })
  }
  return { errno: error.error, effects: [] }
}

/** send(2) or sendto(2). TCP queues and returns; UDP and ping learn at once of a refusal on the way out (EPERM …). */
export function socketSend(ns: NetNs, id: number, options: SendOptions): { effects: Effect[]; errno: Errno | null; mtu?: number } {
  const socket = ns.sockets.sockets.get(id)
  if (!socket) return { effects: [], errno: 'ECONNRESET' }
  const { data, length } = options
  if (socket.protocol === 'tcp') return tcpSendmsg(ns, socket, data, length)
  if (socket.protocol === 'sctp') {
    const sent = sctpSendmsg(ns, socket, data, length)
    return { ...sent, effects: settle(ns, sent.effects) }
  }
  const address = options.to?.address ?? socket.remoteAddress
  const port = options.to?.port ?? socket.remotePort
  if (address === null || port === null) return { effects: [], errno: 'EINVAL' }
  const sent = socket.protocol === 'icmp' ? pingSend(ns, socket, options) : udpSend(ns, socket, { data, length, address, port })
  return { ...sent, effects: settle(ns, sent.effects) }
}

/** `tcp_sendmsg()`. */
function tcpSendmsg(ns: NetNs, socket: Socket, data: unknown, length: number): { effects: Effect[]; errno: Errno | null } {
  const open = socket.state === 'ESTAB' || socket.state === 'CLOSE-WAIT'
  if (!isConnection(socket) || !open || socket.tcp.finQueued) return { effects: [], errno: 'ECONNRESET' }
  queueData(socket, data, length)
  return { effects: settle(ns, pushPending(ns, socket)), errno: null }
}

/** shutdown(2) with SHUT_WR: FIN or SHUTDOWN after what was sent. */
export function socketShutdown(ns: NetNs, id: number): Effect[] {
  const socket = ns.sockets.sockets.get(id)
  if (socket && isAssociation(socket)) return settle(ns, sctpShutdown(ns, socket))
  return socket && isConnection(socket) ? settle(ns, sendFin(ns, socket)) : []
}

function sendFin(ns: NetNs, socket: TcpSocket): ReturnType<typeof pushPending> {
  if (socket.tcp.finQueued || (socket.state !== 'ESTAB' && socket.state !== 'CLOSE-WAIT')) return []
  socket.state = socket.state === 'ESTAB' ? 'FIN-WAIT-1' : 'LAST-ACK'
  queueFin(socket)
  return pushPending(ns, socket)
}

/** accept(2). Kernel: sock_graft(): from now on the connection has a struct socket, and with it an owner. */
export function socketAccept(ns: NetNs, id: number): void {
  const tcp = ns.sockets.sockets.get(id)?.tcp
  if (tcp) tcp.grafted = true
}

/** close(2): TCP says goodbye with FIN, SCTP with SHUTDOWN, and their owner hears only of the end; other sockets are gone at once. */
export function socketClose(ns: NetNs, id: number): Effect[] {
  ns.sockets.raw.delete(id)
  const socket = ns.sockets.sockets.get(id)
  if (!socket) return []
  if (isAssociation(socket)) return settle(ns, sctpClose(ns, socket))
  if (!isConnection(socket) || socket.state === 'SYN-SENT') {
    unhashSocket(ns, socket)
    return []
  }
  // __tcp_close() sends the FIN before sock_orphan(): its owner is still known.
  const fin = settle(ns, sendFin(ns, socket))
  socket.tcp.orphan = true
  return [...fin, ...finTimeout(ns, socket, false)]
}
