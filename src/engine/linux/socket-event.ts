/** What a socket tells its owner, and the watcher. */
import type { Address } from '../net/address.ts'
import type { Packet } from '../net/packet.ts'
import type { Effect, SocketEvent } from './effect.ts'
import type { NetNs } from './netns.ts'
import { defaultPmtuDiscovery } from './pmtu-discovery.ts'
import type { Socket } from './socket-table.ts'
import { sysctl } from './sysctl.ts'
import type { TraceEvent } from './trace-event.ts'

export type SocketAction = Extract<TraceEvent, { at: 'socket' }>['action']

/** Emits a `socket` trace event. */
export function traceSocket(
  ns: NetNs,
  socket: Socket,
  action: SocketAction,
  about: { readonly packet: Packet; readonly detail: string },
): void {
  ns.trace?.({ at: 'socket', packet: about.packet, action, socket: socket.id, detail: about.detail })
}

/** News for the program that owns the socket. */
export function deliver(socket: Socket, event: SocketEvent): Effect {
  return { kind: 'deliver', socket: socket.id, event }
}

/** A fresh socket, not yet entered into the table. */
export function newSocket(
  ns: NetNs,
  from: Pick<Socket, 'protocol' | 'owner' | 'state' | 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort' | 'ttl'> &
    Partial<Pick<Socket, 'pmtuDiscovery'>>,
): Socket {
  return {
    id: ns.sockets.nextId++,
    protocol: from.protocol,
    owner: from.owner,
    state: from.state,
    localAddress: from.localAddress,
    localPort: from.localPort,
    remoteAddress: from.remoteAddress,
    remotePort: from.remotePort,
    ttl: from.ttl,
    pmtuDiscovery: from.pmtuDiscovery ?? defaultPmtuDiscovery(ns),
    ipId: ns.kernel.chooser.pick('ip-id', 65536),
    echoSeq: 1,
    spokenTo: new Map(),
    encapsulation: null,
    error: null,
    tcp: null,
    sctp: null,
  }
}

/** `ip_select_ttl()`: the TTL of the socket's next packet. To a group it is IP_MULTICAST_TTL, 1. */
export function ttlOf(ns: NetNs, socket: Socket, destination: Address): number {
  return socket.ttl ?? (destination >>> 28 === 14 ? 1 : sysctl(ns, 'net.ipv4.ip_default_ttl'))
}

/** The IP identification of the socket's next packet. */
export function nextIpId(socket: Socket): number {
  const id = socket.ipId
  socket.ipId = (id + 1) & 0xffff
  return id
}
