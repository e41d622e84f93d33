/** Kernel: net/sctp/input.c, sctp_v4_err(). ICMP errors about associations. */
import type { IcmpHeader, Packet } from '../net/packet.ts'
import { ICMP_DEST_UNREACH, ICMP_PROT_UNREACH } from '../net/protocol-number.ts'
import { consume, NOBODYS_ERROR } from './drop.ts'
import { icmpErrno, isFragNeeded } from './icmp-errno.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { isAssociation, sctpFailed } from './sctp-association.ts'
import { traceSocket } from './socket-event.ts'
import { lookupConnected } from './socket-lookup.ts'

/**
 * Only that the protocol itself is unknown there ends what begins. Anything else, "port unreachable" of REJECT too, is only noted (`sk_err_soft`): INIT is sent
 * again until the program or the association gives up, which is a timeout then (measured on 6.1).
 */
export function sctpError(ns: NetNs, packet: Packet, icmp: IcmpHeader, quoted: Packet): KernelEffect[] {
  const { network: ip, transport: sctp } = quoted
  if (sctp?.kind !== 'sctp' || ip.kind !== 'ip') return []
  const socket = lookupConnected(ns, {
    protocol: 'sctp',
    localAddress: ip.source,
    localPort: sctp.sourcePort,
    remoteAddress: ip.destination,
    remotePort: sctp.destinationPort,
  })
  if (!socket || !isAssociation(socket)) return consume(ns, packet, NOBODYS_ERROR)
  if (isFragNeeded(icmp.type, icmp.code)) return consume(ns, packet, `packets of ${icmp.mtu ?? 'fewer'} bytes at most get there`)
  const errno = icmpErrno(icmp.type, icmp.code)
  const begins = socket.state === 'COOKIE-WAIT' || socket.state === 'COOKIE-ECHOED'
  if (begins && icmp.type === ICMP_DEST_UNREACH && icmp.code === ICMP_PROT_UNREACH)
    return sctpFailed(ns, socket, errno, { packet, action: 'error' })
  traceSocket(ns, socket, 'error', { packet, detail: errno })
  return []
}
