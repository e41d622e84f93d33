/** The system calls programs make on sockets. Kernel: net/socket.c, net/ipv4/af_inet.c. */
import type { Address } from '../net/address.ts'
import type { Effect } from './effect.ts'
import type { Errno } from './errno.ts'
import type { NetNs } from './netns.ts'
import type { SocketProtocol } from './socket-table.ts'

/** bind(2) + listen(2); `address` null is any. UDP sockets are ready to receive. */
export interface ListenOptions {
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly address: Address | null
  readonly port: number
  readonly owner: string
}

/** connect(2), with an optional bind(2) before it. `ttl`: IP_TTL. */
export interface ConnectOptions {
  readonly protocol: SocketProtocol
  readonly address: Address
  readonly port: number
  readonly sourceAddress: Address | null
  readonly sourcePort: number | null
  readonly owner: string
  readonly ttl?: number
}

export interface SendOptions {
  readonly data: unknown
  readonly length: number
  /** For an unconnected UDP socket. */
  readonly to: { readonly address: Address; readonly port: number } | null
}

/** Opens a listening socket. */
export function socketListen(_ns: NetNs, _options: ListenOptions): { socket: number } | { errno: Errno } {
  throw new Error('socketListen: being built')
}

/** Connects: TCP sends a SYN, UDP fixes its peer, ICMP is a ping socket. */
export function socketConnect(
  _ns: NetNs,
  _options: ConnectOptions,
): { socket: number; effects: Effect[] } | { errno: Errno; effects: Effect[] } {
  throw new Error('socketConnect: being built')
}

/** send(2) or sendto(2). */
export function socketSend(_ns: NetNs, _socket: number, _options: SendOptions): { effects: Effect[]; errno: Errno | null } {
  throw new Error('socketSend: being built')
}

/** shutdown(2) with SHUT_WR: FIN after what was sent. */
export function socketShutdown(_ns: NetNs, _socket: number): Effect[] {
  throw new Error('socketShutdown: being built')
}

/** close(2). */
export function socketClose(_ns: NetNs, _socket: number): Effect[] {
  throw new Error('socketClose: being built')
}
