/** Kernel: net/ipv4/tcp_ipv4.c, tcp_v4_err(), tcp_v4_mtu_reduced(). ICMP errors about connections. */
import type { IcmpHeader, IpPacket } from '../net/packet.ts'
import { ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, ICMP_NET_UNREACH } from '../net/protocol-number.ts'
import { consume } from './drop.ts'
import { icmpErrno, isFragNeeded } from './icmp-errno.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { dstMtu, ipRouteOutput } from './route-output.ts'
import { deliver, traceSocket } from './socket-event.ts'
import { lookupConnected, unhashSocket } from './socket-lookup.ts'
import { flowOf, IP_AND_TCP_LENGTH, isConnection, isMinisock, type TcpSocket, TIMESTAMP_OPTION_LENGTH } from './tcp-control.ts'
import { sendSegment, setMss } from './tcp-output.ts'
import { synRecvError } from './tcp-request.ts'
import { armRetransmit, rtoMs } from './tcp-rto.ts'
import { seqDiff, tcpFragment } from './tcp-segment.ts'
import { tcpRetransmitTimer } from './tcp-timer.ts'

/** While connecting the error is fatal; an established connection only notes it and goes on trying. */
export function tcpError(ns: NetNs, packet: IpPacket, icmp: IcmpHeader, quoted: IpPacket): KernelEffect[] {
  const ip = quoted.network
  const header = quoted.transport
  if (header?.kind !== 'tcp') return []
  const socket = lookupConnected(ns, {
    protocol: 'tcp',
    localAddress: ip.source,
    localPort: header.sourcePort,
    remoteAddress: ip.destination,
    remotePort: header.destinationPort,
  })
  if (!socket || !isConnection(socket)) return consume(ns, packet, 'the connection it is about is not here')
  if (socket.state === 'SYN-RECV' && isMinisock(socket)) return synRecvError(ns, socket, packet, icmp, header.seq)
  if (seqDiff(header.seq, socket.tcp.sndUna) < 0 || seqDiff(header.seq, socket.tcp.sndNxt) > 0) {
    return consume(ns, packet, 'the data it is about is not under way')
  }
  if (isFragNeeded(icmp.type, icmp.code)) {
    consume(ns, packet, `packets of ${icmp.mtu ?? 'fewer'} bytes at most get there`)
    return mtuReduced(ns, socket)
  }
  const errno = icmpErrno(icmp.type, icmp.code)
  const reverted = isUnreachable(icmp) && header.seq === socket.tcp.sndUna ? rtoRevert(ns, socket) : []
  if (!ns.sockets.sockets.has(socket.id)) return reverted
  const connecting = socket.state === 'SYN-SENT' || socket.state === 'SYN-RECV'
  traceSocket(ns, socket, connecting && errno === 'ECONNREFUSED' ? 'refused' : 'error', { packet, detail: errno })
  if (!connecting) {
    socket.tcp.softError = errno
    return reverted
  }
  unhashSocket(ns, socket)
  return [
    ...reverted,
    deliver(socket, { kind: 'error', errno, icmp: { from: packet.network.source, type: icmp.type, code: icmp.code, seq: 0 } }),
  ]
}

const isUnreachable = (icmp: IcmpHeader): boolean =>
  icmp.type === ICMP_DEST_UNREACH && (icmp.code === ICMP_NET_UNREACH || icmp.code === ICMP_HOST_UNREACH)

/**
 * `tcp_ld_RTO_revert()` (RFC 6069): a message that the way is broken takes back one doubling of the timeout. If that is over already, the
 * timer runs now: after the last retransmission a connection so ends with ETIMEDOUT, not with the error of the message (measured on 6.18).
 */
function rtoRevert(ns: NetNs, socket: TcpSocket): KernelEffect[] {
  const { tcp } = socket
  const sentMs = tcp.rtxQueue[0]?.sentMs ?? null
  if (tcp.retransmits === 0 || tcp.backoff === 0 || sentMs === null) return []
  tcp.backoff--
  const remaining = sentMs + rtoMs(socket) - ns.kernel.nowMs
  return remaining > 0 ? [armRetransmit(socket, remaining)] : tcpRetransmitTimer(ns, socket)
}

/** Smaller segments from now on; what did not fit is cut and sent again at once (`tcp_simple_retransmit`). */
function mtuReduced(ns: NetNs, socket: TcpSocket): KernelEffect[] {
  const { tcp } = socket
  const route = ipRouteOutput(ns, flowOf(socket))
  if ('error' in route || socket.pmtuDiscovery === 'dont') return []
  const mss = dstMtu(ns, route, socket.remoteAddress) - IP_AND_TCP_LENGTH - TIMESTAMP_OPTION_LENGTH
  if (mss >= tcp.mss || mss <= 0) return []
  setMss(socket, mss)
  const lost = tcp.rtxQueue.some((segment) => segment.length > mss)
  tcp.rtxQueue = tcp.rtxQueue.flatMap((segment) => tcpFragment(segment, mss))
  if (!lost) return []
  return [...tcp.rtxQueue.flatMap((segment) => sendSegment(ns, socket, segment, true).effects), armRetransmit(socket)]
}
