/** Kernel: net/ipv4/icmp.c, icmp_rcv(); route.c, __ip_do_redirect(), __ip_rt_update_pmtu(). ICMP messages for this machine. */
import { formatAddress } from '../net/address.ts'
import { newIpPacket } from '../net/new-packet.ts'
import type { IcmpHeader, IpHeader, IpPacket } from '../net/packet.ts'
import {
  ICMP_DEST_UNREACH,
  ICMP_ECHO,
  ICMP_ECHO_REPLY,
  ICMP_PARAMETERPROB,
  ICMP_REDIRECT,
  ICMP_TIME_EXCEEDED,
  PROTOCOL_ICMP,
  PROTOCOL_IPIP,
} from '../net/protocol-number.ts'
import { consume, decidedBy, drop, NOBODYS_ERROR } from './drop.ts'
import { inetAddrType } from './fib.ts'
import { isFragNeeded, isNobodysError } from './icmp-errno.ts'
import { ipLocalOut } from './ip-output.ts'
import { ipipError } from './ipip-error.ts'
import type { KernelEffect, SkbDst } from './kernel-effect.ts'
import { isValidState, neighLookup, neighSolicit } from './neighbour.ts'
import type { NetNs } from './netns.ts'
import { newPacketId } from './packet-id.ts'
import { pingError, pingRcv } from './ping.ts'
import { rawError } from './raw.ts'
import { ipRouteOutput, ipRtUpdatePmtu } from './route-output.ts'
import { sctpError } from './sctp-error.ts'
import { CONTROL_SOCKET } from './socket-table.ts'
import { deviceConf, sysctl } from './sysctl.ts'
import { tcpError } from './tcp-error.ts'
import { udpError } from './udp.ts'

/** Kernel: ip_rt_gc_timeout, how long a redirect is believed, ms. */
const REDIRECT_LIFETIME_MS = 300_000

/** `icmp_rcv()`. */
export function icmpRcv(ns: NetNs, packet: IpPacket, ip: IpHeader, dst: SkbDst): KernelEffect[] {
  const icmp = packet.transport
  if (icmp?.kind !== 'icmp') return drop(ns, packet, 'NOT_SPECIFIED', { detail: 'no ICMP header' })
  switch (icmp.type) {
    case ICMP_ECHO:
      return icmpEcho(ns, packet, ip, dst)
    case ICMP_ECHO_REPLY:
      return pingRcv(ns, packet, ip, icmp)
    case ICMP_REDIRECT:
      return icmpRedirect(ns, packet, ip, icmp)
    case ICMP_DEST_UNREACH:
    case ICMP_TIME_EXCEEDED:
    case ICMP_PARAMETERPROB:
      return icmpUnreach(ns, packet, icmp)
    default:
      return consume(ns, packet, `nothing is done about ICMP type ${icmp.type}`)
  }
}

/** `icmp_echo()`: the same data back, from the address that was asked. */
function icmpEcho(ns: NetNs, packet: IpPacket, ip: IpHeader, dst: SkbDst): KernelEffect[] {
  const ignored = sysctl(ns, 'net.ipv4.icmp_echo_ignore_all') !== 0
  if (ignored || (dst.broadcast && sysctl(ns, 'net.ipv4.icmp_echo_ignore_broadcasts') !== 0)) {
    const key = ignored ? 'icmp_echo_ignore_all' : 'icmp_echo_ignore_broadcasts'
    return drop(ns, packet, 'NOT_SPECIFIED', { by: decidedBy('sysctl', `net.ipv4.${key}=1`) })
  }
  const icmp = packet.transport
  if (icmp?.kind !== 'icmp') return []
  const mark = sysctl(ns, 'net.ipv4.fwmark_reflect') !== 0 ? packet.mark : 0
  const route = ipRouteOutput(ns, { source: dst.broadcast ? null : ip.destination, destination: ip.source, tos: ip.tos, mark })
  if ('error' in route) return drop(ns, packet, 'IP_OUTNOROUTES', { detail: 'no route for the echo reply' })
  const reply = newIpPacket({
    ttl: sysctl(ns, 'net.ipv4.ip_default_ttl'),
    socket: CONTROL_SOCKET,
    id: newPacketId(ns),
    parent: packet.id,
    source: route.source,
    destination: ip.source,
    protocol: PROTOCOL_ICMP,
    tos: ip.tos,
    mark,
    df: false,
    ipId: ns.kernel.chooser.pick('ip-id', 65536),
    transport: { ...icmp, type: ICMP_ECHO_REPLY },
    payload: packet.payload,
  })
  ns.trace?.({ at: 'socket', packet, action: 'receive', socket: null, detail: 'echo request: the kernel answers' })
  return [{ kind: 'icmp-xmit', effects: ipLocalOut(ns, reply, route).effects }]
}

/** `icmp_unreach()`: to the socket whose packet it is about. */
function icmpUnreach(ns: NetNs, packet: IpPacket, icmp: IcmpHeader): KernelEffect[] {
  const { quoted } = icmp
  if (quoted === null) return consume(ns, packet, 'it quotes no packet')
  if (isNobodysError(icmp.type, icmp.code)) return consume(ns, packet, NOBODYS_ERROR)
  if (isFragNeeded(icmp.type, icmp.code) && icmp.mtu !== null) ipRtUpdatePmtu(ns, quoted.network.destination, icmp.mtu)
  switch (quoted.transport?.kind) {
    case 'tcp':
      return [...rawError(ns, packet, icmp, quoted), ...tcpError(ns, packet, icmp, quoted)]
    case 'udp':
      return udpError(ns, packet, icmp, quoted)
    case 'sctp':
      return sctpError(ns, packet, icmp, quoted)
    case 'icmp':
      return pingError(ns, packet, icmp, quoted)
    default:
      return consume(ns, packet, (quoted.network.protocol === PROTOCOL_IPIP && ipipError(ns, icmp, quoted.network)) || NOBODYS_ERROR)
  }
}

/**
 * `__ip_do_redirect()`: believed when it comes from the gateway in use, names a neighbour whose MAC address is known, and accept_redirects allows
 * it. One that is not known is asked for, for the next time.
 */
function icmpRedirect(ns: NetNs, packet: IpPacket, ip: IpHeader, icmp: IcmpHeader): KernelEffect[] {
  const about = icmp.quoted?.network
  const device = packet.iif
  if (!about || device === null || icmp.gateway === null) return consume(ns, packet, 'it names no gateway')
  const forwarding = deviceConf(ns, device, 'forwarding') !== 0
  const both = deviceConf(ns, 'all', 'accept_redirects') !== 0
  const own = deviceConf(ns, device, 'accept_redirects') !== 0
  if (!(forwarding ? both && own : both || own)) {
    return consume(ns, packet, `it is ignored, by net.ipv4.conf.${!own ? device : 'all'}.accept_redirects=0`)
  }
  const route = ipRouteOutput(ns, { source: null, destination: about.destination })
  const from = ns.devices.get(device)
  const credible =
    !('error' in route) && route.nextHop === ip.source && route.device === device && inetAddrType(ns, icmp.gateway) === 'UNICAST'
  if (!credible || !from) return consume(ns, packet, 'it is not believed')
  const neighbour = neighLookup(ns, device, icmp.gateway)
  if (!neighbour || !isValidState(neighbour.state)) {
    return [...neighSolicit(ns, from, icmp.gateway, packet), ...consume(ns, packet, `${formatAddress(icmp.gateway)} is asked for first`)]
  }
  const known = ns.routeExceptions.get(about.destination)
  const learned = { mtu: known?.mtu ?? null, locked: known?.locked ?? false, gateway: icmp.gateway }
  ns.routeExceptions.set(about.destination, { ...learned, expiresMs: ns.kernel.nowMs + REDIRECT_LIFETIME_MS })
  return consume(ns, packet, `${formatAddress(about.destination)} is reached by ${formatAddress(icmp.gateway)} from now on`)
}
