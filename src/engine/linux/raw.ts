/**
 * Kernel: net/ipv4/raw.c. Raw sockets, as far as probes of TCP need them: one sends SYNs with a TTL of its own and sees the answers and errors
 * that come back. The kernel does not know the connection: it answers a SYN ACK with RST.
 */
import type { Address } from '../net/address.ts'
import { NO_FLAGS, newIpPacket } from '../net/new-packet.ts'
import type { IcmpHeader, IpPacket } from '../net/packet.ts'
import { PROTOCOL_TCP } from '../net/protocol-number.ts'
import type { Effect } from './effect.ts'
import type { Errno } from './errno.ts'
import { icmpErrno } from './icmp-errno.ts'
import { ipLocalOut } from './ip-output.ts'
import type { NetNs } from './netns.ts'
import { newPacketId } from './packet-id.ts'
import { ipRouteOutput } from './route-output.ts'
import { settle } from './settle.ts'

/** A raw socket that has sent a SYN: what an answer to it looks like. */
export interface RawSocket {
  readonly id: number
  readonly localAddress: Address
  readonly localPort: number
  readonly remoteAddress: Address
  readonly remotePort: number
}

export interface SynProbe {
  readonly address: Address
  readonly port: number
  readonly ttl: number
  readonly sourceAddress: Address | null
}

/** As traceroute fills them in (mod-tcp.c). */
const WINDOW = 5840
const MSS = 1460

/** Opens a raw socket and sends one SYN through it. */
export function rawSendSyn(
  ns: NetNs,
  probe: SynProbe,
): { readonly socket: number; readonly effects: Effect[] } | { readonly errno: Errno } {
  const { address, port, ttl } = probe
  const route = ipRouteOutput(ns, { source: probe.sourceAddress, destination: address })
  if ('error' in route) return { errno: route.error }
  const { chooser } = ns.kernel
  const socket: RawSocket = {
    id: ns.sockets.nextId++,
    localAddress: route.source,
    localPort: 32768 + chooser.pick('port', 28232),
    remoteAddress: address,
    remotePort: port,
  }
  ns.sockets.raw.set(socket.id, socket)
  const packet = newIpPacket({
    id: newPacketId(ns),
    df: false,
    source: route.source,
    destination: address,
    protocol: PROTOCOL_TCP,
    ttl,
    ipId: chooser.pick('ip-id', 65536),
    transport: {
      ...{ kind: 'tcp', sourcePort: socket.localPort, destinationPort: port, ack: 0, mss: MSS, window: WINDOW },
      seq: chooser.pick('isn', 0x100000000),
      flags: { ...NO_FLAGS, syn: true },
    },
    socket: socket.id,
  })
  ns.trace?.({ at: 'socket', packet, action: 'send', socket: socket.id, detail: `SYN with ttl ${ttl}` })
  const sent = ipLocalOut(ns, packet, route)
  return { socket: socket.id, effects: settle(ns, sent.effects) }
}

/** `raw_local_deliver()`: who waits for this segment gets a copy, before the protocol itself looks at it. */
export function rawLocalDeliver(ns: NetNs, packet: IpPacket): Effect[] {
  const { network: ip, transport: tcp } = packet
  if (ns.sockets.raw.size === 0 || tcp?.kind !== 'tcp') return []
  const waiting = [...ns.sockets.raw.values()].filter(
    (one) => one.remoteAddress === ip.source && one.remotePort === tcp.sourcePort && one.localPort === tcp.destinationPort,
  )
  return waiting.map((one) => ({
    kind: 'deliver',
    socket: one.id,
    event: { kind: 'data', data: tcp.flags, length: 0, from: { address: ip.source, port: tcp.sourcePort }, ttl: ip.ttl },
  }))
}

/** `raw_icmp_error()`: an error about what the socket sent. */
export function rawError(ns: NetNs, packet: IpPacket, icmp: IcmpHeader, quoted: IpPacket): Effect[] {
  const { network: ip, transport: tcp } = quoted
  const errno = icmpErrno(icmp.type, icmp.code)
  if (tcp?.kind !== 'tcp') return []
  const from = packet.network.source
  const about = [...ns.sockets.raw.values()].filter(
    (one) => one.remoteAddress === ip.destination && one.remotePort === tcp.destinationPort && one.localPort === tcp.sourcePort,
  )
  return about.map((one) => ({
    kind: 'deliver',
    socket: one.id,
    event: { kind: 'error', errno, icmp: { from, type: icmp.type, code: icmp.code, seq: 0 } },
  }))
}
