/** Kernel: net/netfilter/ipvs/ip_vs_core.c, ip_vs_in_hook() and ip_vs_in_icmp(). Packets of clients, at LOCAL_IN and LOCAL_OUT; errors also at FORWARD. */
import { formatAddress } from '../../net/address.ts'
import type { IpPacket } from '../../net/packet.ts'
import { decidedBy } from '../drop.ts'
import { sysctl } from '../sysctl.ts'
import { ipVsSetState } from './connection-state.ts'
import { type IpvsConnection, ipVsConnDel, ipVsConnExpireNow, ipVsConnInGet, ipVsConnPut } from './connection-table.ts'
import { usesOldConntrack } from './conntrack.ts'
import { isTranslatedError } from './icmp-error.ts'
import type { IpvsService } from './ipvs.ts'
import { type PacketTuple, packetTuple, reversed } from './packet-tuple.ts'
import { clientTuple, FTP_PORT, ipVsTrySchedule } from './schedule.ts'
import { serviceName } from './service-table.ts'
import { countPacket, serviceOf } from './statistics.ts'
import { ipVsInTunnelError, isTunnelled } from './tunnel-error.ts'
import { accept, type IpvsContext, type IpvsVerdict } from './verdict.ts'
import { ipVsXmit } from './xmit.ts'

/** Does the packet open a connection: a SYN, an INIT (`is_new_conn()`)? */
function isNewConnection({ transport }: IpPacket): boolean {
  return transport?.kind === 'tcp' ? transport.flags.syn : transport?.kind === 'sctp' && transport.chunk === 'INIT'
}

/** `is_new_conn_expected()`: the connection has ended, so its port may be used again. */
function isReusable({ ns }: IpvsContext, connection: IpvsConnection): boolean {
  const mode = sysctl(ns, 'net.ipv4.vs.conn_reuse_mode')
  if (mode === 0 || connection.control !== null) return false
  if (['TIME_WAIT', 'CLOSE', 'CLOSED'].includes(connection.state)) return true
  return (mode & 2) !== 0 && connection.state === 'FIN_WAIT' && connection.noOutput
}

function dropped(packet: IpPacket, text: string): IpvsVerdict {
  return { kind: 'DROP', packet, by: decidedBy('ipvs', text), reject: null }
}

/** What is left of a connection that the packet was found to belong to; or the packet is dropped with it. */
function stillValid(context: IpvsContext, packet: IpPacket, connection: IpvsConnection): IpvsConnection | IpvsVerdict | null {
  const { ns } = context
  const server = `${formatAddress(connection.destAddress)}:${connection.destPort}`
  const expireNodest = sysctl(ns, 'net.ipv4.vs.expire_nodest_conn') !== 0
  const quiescent = expireNodest && connection.dest.weight === 0
  if (isNewConnection(packet) && (quiescent || isReusable(context, connection))) {
    const old = usesOldConntrack(ns, packet, connection)
    if (!old) connection.nfct = false
    ipVsConnExpireNow(ns, connection)
    return old ? dropped(packet, `IPVS: the connection to ${server} that had this port ends here; the next SYN is scheduled`) : null
  }
  if (connection.dest.available) return connection
  if (!expireNodest) return dropped(packet, `IPVS: real server ${server} is no longer part of the service`)
  const old = usesOldConntrack(ns, packet, connection)
  if (!old) connection.nfct = false
  ipVsConnDel(ns, connection)
  return old ? dropped(packet, `IPVS: real server ${server} is no longer part of the service`) : null
}

/** `ip_vs_leave()`: nobody can take the connection. To another port than FTP's a service of FTP need not be meant. */
function leave({ ns }: IpvsContext, packet: IpPacket, service: IpvsService, { destinationPort }: PacketTuple): IpvsVerdict {
  if (service.key.port === FTP_PORT && destinationPort !== FTP_PORT) return accept(packet)
  const name = serviceName(service.key)
  ns.explain?.({
    at: 'ip_vs_schedule',
    packet,
    before: packet,
    service: name,
    scheduler: service.options.scheduler,
    server: null,
    how: 'none',
  })
  const by = decidedBy('ipvs', `ipvsadm: ${name} has no real server that takes connections`)
  return { kind: 'DROP', packet, by, reject: 'icmp-port-unreachable' }
}

/** Sends a packet of a connection to its server, counts it and restarts the timer. */
function toServer(
  context: IpvsContext,
  packet: IpPacket,
  connection: IpvsConnection,
  told: { readonly service: IpvsService | null; readonly how: 'scheduled' | 'persistent' | 'known' },
): IpvsVerdict {
  const { ns } = context
  countPacket(ns, connection, packet, 'in')
  ipVsSetState(ns, connection, packet, 'client')
  const verdict = ipVsXmit(context, packet, {
    connection,
    icmp: false,
    told: (sent, local) => {
      if (!ns.explain) return
      const service = told.service ?? serviceOf(ns, connection, packet.mark)
      ns.explain({
        at: 'ip_vs_schedule',
        packet: sent,
        before: packet,
        service: service ? serviceName(service.key) : '',
        scheduler: service?.options.scheduler ?? '',
        server: { address: connection.destAddress, port: connection.destPort, method: local ? 'local' : connection.method },
        how: told.how,
      })
    },
  })
  if (connection.onePacket) ipVsConnDel(ns, connection)
  else ipVsConnPut(ns, connection)
  return verdict
}

/** `ip_vs_in_hook()`. */
export function ipVsIn(context: IpvsContext, packet: IpPacket): IpvsVerdict {
  const { ns } = context
  if (packet.ipvs) return accept(packet)
  if (packet.transport?.kind === 'icmp') return ipVsInIcmp(context, packet)
  const tuple = packetTuple(packet)
  if (tuple === null) return accept(packet)
  const found = ipVsConnInGet(ns, clientTuple(tuple))
  const known = found === null ? null : stillValid(context, packet, found)
  if (known !== null && 'kind' in known) return known
  if (known !== null) return toServer(context, packet, known, { service: null, how: 'known' })
  const scheduled = ipVsTrySchedule(context, packet, tuple)
  if (scheduled === null) return accept(packet)
  if (scheduled.kind === 'none') return leave(context, packet, scheduled.service, tuple)
  return toServer(context, packet, scheduled.connection, scheduled)
}

/** `ip_vs_in_icmp()`: an error about an answer that came from a virtual address goes to the server that wrote it. */
export function ipVsInIcmp(context: IpvsContext, packet: IpPacket): IpvsVerdict {
  const { ns } = context
  const header = packet.transport
  if (packet.ipvs || header?.kind !== 'icmp' || !isTranslatedError(header) || header.quoted === null) return accept(packet)
  if (isTunnelled(header.quoted)) return ipVsInTunnelError(context, packet, header, header.quoted)
  const inner: PacketTuple | null = packetTuple(header.quoted)
  const connection = inner === null ? null : ipVsConnInGet(ns, clientTuple(reversed(inner)))
  if (connection === null) return accept(packet)
  countPacket(ns, connection, packet, 'in')
  return ipVsXmit(context, packet, { connection, icmp: true, told: () => undefined })
}
