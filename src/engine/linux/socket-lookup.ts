/** Kernel: net/ipv4/inet_hashtables.c, inet_connection_sock.c. Which socket is a packet for, and which port is free? */
import type { Address } from '../net/address.ts'
import { PROTOCOL_ICMP, PROTOCOL_SCTP, PROTOCOL_TCP, PROTOCOL_UDP } from '../net/protocol-number.ts'
import type { NetNs } from './netns.ts'
import type { Socket, SocketProtocol } from './socket-table.ts'
import { sysctlText } from './sysctl.ts'

const PROTOCOL_NUMBERS: Readonly<Record<SocketProtocol, number>> = {
  tcp: PROTOCOL_TCP,
  udp: PROTOCOL_UDP,
  sctp: PROTOCOL_SCTP,
  icmp: PROTOCOL_ICMP,
}

function portKey(protocol: SocketProtocol, port: number): number {
  return PROTOCOL_NUMBERS[protocol] * 65536 + port
}

/** The sockets of a protocol on a local port. */
export function socketsOn(ns: NetNs, protocol: SocketProtocol, port: number): Socket[] {
  const found: Socket[] = []
  for (const id of ns.sockets.byPort.get(portKey(protocol, port)) ?? []) {
    const socket = ns.sockets.sockets.get(id)
    if (socket) found.push(socket)
  }
  return found
}

/** Enters a socket under its local port. */
export function hashSocket(ns: NetNs, socket: Socket): void {
  ns.sockets.sockets.set(socket.id, socket)
  const key = portKey(socket.protocol, socket.localPort)
  ns.sockets.byPort.set(key, [...(ns.sockets.byPort.get(key) ?? []), socket.id])
}

/** Removes a socket for good. */
export function unhashSocket(ns: NetNs, socket: Socket): void {
  ns.sockets.sockets.delete(socket.id)
  const key = portKey(socket.protocol, socket.localPort)
  const left = (ns.sockets.byPort.get(key) ?? []).filter((id) => id !== socket.id)
  if (left.length > 0) ns.sockets.byPort.set(key, left)
  else ns.sockets.byPort.delete(key)
}

/** The two ends of a packet, seen from here. */
export interface Tuple {
  readonly protocol: SocketProtocol
  readonly localAddress: Address
  readonly localPort: number
  readonly remoteAddress: Address
  readonly remotePort: number
}

/** `__inet_lookup_established()`: the connected socket of exactly these ends. */
export function lookupConnected(ns: NetNs, tuple: Tuple): Socket | null {
  for (const socket of socketsOn(ns, tuple.protocol, tuple.localPort)) {
    const same =
      socket.localAddress === tuple.localAddress && socket.remoteAddress === tuple.remoteAddress && socket.remotePort === tuple.remotePort
    if (same) return socket
  }
  return null
}

/** `__inet_lookup_listener()`: bound to the address, else to any. */
export function lookupListener(ns: NetNs, protocol: SocketProtocol, address: Address, port: number): Socket | null {
  let anywhere: Socket | null = null
  for (const socket of socketsOn(ns, protocol, port)) {
    if (socket.remotePort !== null) continue
    if (socket.localAddress === address) return socket
    if (socket.localAddress === null) anywhere ??= socket
  }
  return anywhere
}

/**
 * net.ipv4.ip_local_port_range. Read by `parseInt`, for ports are in every header: what `Number` makes of text may be kept as floating point, and
 * one such port gives the headers of all packets another shape, for which everything is compiled again.
 */
export function localPortRange(ns: NetNs): { low: number; high: number } {
  const [low = '32768', high = '60999'] = (sysctlText(ns, 'net.ipv4.ip_local_port_range') ?? '').split('\t')
  return { low: Number.parseInt(low, 10), high: Number.parseInt(high, 10) }
}

/**
 * An ephemeral port. TCP's connect(2) takes ports of the range's first parity first, and only refuses one whose full
 * tuple is in use (`__inet_hash_connect`); UDP takes any free one. Null: none left.
 */
export function ephemeralPort(ns: NetNs, protocol: 'tcp' | 'udp' | 'sctp', isFree: (port: number) => boolean): number | null {
  const { low, high } = localPortRange(ns)
  const count = high - low + 1
  const step = protocol === 'tcp' ? 2 : 1
  const slots = Math.floor(count / step)
  const start = ns.kernel.chooser.pick('port', slots)
  for (let pass = 0; pass < step; pass++) {
    for (let i = 0; i < slots; i++) {
      const port = low + ((start + i) % slots) * step + pass
      if (isFree(port)) return port
    }
  }
  return null
}
