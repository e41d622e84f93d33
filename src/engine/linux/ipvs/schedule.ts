/** Kernel: net/netfilter/ipvs/ip_vs_core.c, ip_vs_schedule() and ip_vs_sched_persist(). The first packet of a connection gets a server. */
import { ipv4 } from '../../net/ipv4.ts'
import type { IpPacket } from '../../net/packet.ts'
import { sysctl } from '../sysctl.ts'
import {
  type ConnectionTuple,
  type IpvsConnection,
  invalidateTemplate,
  ipVsConnInGet,
  ipVsConnNew,
  ipVsConnPut,
  ipVsCtInGet,
} from './connection-table.ts'
import type { IpvsDest, IpvsService } from './ipvs.ts'
import { type PacketTuple, reversed } from './packet-tuple.ts'
import { SCHEDULERS } from './schedulers/list.ts'
import { ipVsServiceFind } from './service-table.ts'
import type { IpvsContext } from './verdict.ts'

const PROTOCOL_UDP = 17
/** FTP: its data connections come from 20, or go to a port that was agreed on. */
export const FTP_PORT = 21
const FTP_DATA_PORT = 20
/** A connection starts with 3 s to live; its first packet changes that. */
const NEW_TIMEOUT_SECONDS = 3

/** `connection`: what the packet belongs to now. `none`: the service has no server to offer. Null: not for IPVS. */
export type Scheduled =
  | {
      readonly kind: 'connection'
      readonly connection: IpvsConnection
      readonly service: IpvsService
      readonly how: 'scheduled' | 'persistent'
    }
  | { readonly kind: 'none'; readonly service: IpvsService }
  | null

/** What a client's packet is looked up by. */
export function clientTuple({ protocol, source, sourcePort, destination, destinationPort }: PacketTuple): ConnectionTuple {
  return { protocol, clientAddress: source, clientPort: sourcePort, virtualAddress: destination, virtualPort: destinationPort }
}

/** May this packet open a connection? TCP needs a SYN, SCTP an INIT, unless net.ipv4.vs.sloppy_tcp or sloppy_sctp. */
function mayOpen({ ns }: IpvsContext, packet: IpPacket): boolean {
  const header = packet.transport
  if (header?.kind === 'tcp') return !header.flags.rst && (header.flags.syn || sysctl(ns, 'net.ipv4.vs.sloppy_tcp') !== 0)
  if (header?.kind === 'sctp') return header.chunk !== 'ABORT' && (header.chunk === 'INIT' || sysctl(ns, 'net.ipv4.vs.sloppy_sctp') !== 0)
  return header?.kind === 'udp'
}

/** Asks the scheduler of the service. */
function chooseDest({ ns }: IpvsContext, service: IpvsService, tuple: PacketTuple): IpvsDest | null {
  return SCHEDULERS[service.options.scheduler].schedule(service, {
    source: tuple.source,
    sourcePort: tuple.sourcePort,
    destination: tuple.destination,
    nowMs: ns.kernel.nowMs,
    expirationMs: sysctl(ns, 'net.ipv4.vs.lblcr_expiration') * 1000,
  })
}

/** `tcp_conn_schedule()`, `udp_conn_schedule()`, `sctp_conn_schedule()`. */
export function ipVsTrySchedule(context: IpvsContext, packet: IpPacket, tuple: PacketTuple): Scheduled {
  const { ns } = context
  if (!mayOpen(context, packet)) return null
  const key = { protocol: tuple.protocol, address: tuple.destination, port: tuple.destinationPort }
  const service = ipVsServiceFind(ns, packet.mark, key)
  if (service === null || tuple.sourcePort === FTP_DATA_PORT) return null
  // An answer of a server on this machine opens nothing.
  if ((packet.iif === null || packet.iif === 'lo') && ipVsConnInGet(ns, clientTuple(reversed(tuple)))) return null
  const scheduled =
    service.options.persistentSeconds === null ? schedule(context, service, tuple) : schedulePersistent(context, service, tuple)
  if (scheduled?.kind === 'connection') {
    scheduled.connection.dest.stats.connections++
    service.stats.connections++
  }
  return scheduled
}

/** The connection of a flow to the server that was chosen. */
function connect(context: IpvsContext, service: IpvsService, tuple: PacketTuple, dest: IpvsDest, destPort: number): IpvsConnection {
  const { ns } = context
  return ipVsConnNew(ns, {
    ...clientTuple(tuple),
    dest,
    destPort,
    template: false,
    onePacket: service.options.onePacket && tuple.protocol === PROTOCOL_UDP,
    timeout: NEW_TIMEOUT_SECONDS,
    nfct: sysctl(ns, 'net.ipv4.vs.conntrack') !== 0,
  })
}

/** `ip_vs_schedule()` of a service that is not persistent. */
function schedule(context: IpvsContext, service: IpvsService, tuple: PacketTuple): Scheduled {
  if (service.key.fwmark === 0 && tuple.destinationPort !== service.key.port) return { kind: 'none', service }
  const dest = chooseDest(context, service, tuple)
  if (dest === null) return { kind: 'none', service }
  const connection = connect(context, service, tuple, dest, dest.port || tuple.destinationPort)
  return { kind: 'connection', connection, service, how: 'scheduled' }
}

/** What the template of a client is looked up by: its network, and the service as far as the template covers it. */
function templateTuple(service: IpvsService, tuple: PacketTuple): ConnectionTuple {
  const { key, options } = service
  const client = { clientAddress: ipv4(tuple.source & options.netmask), clientPort: 0 }
  const { protocol, destination: virtualAddress } = tuple
  if (key.fwmark !== 0 && tuple.destinationPort !== key.port) {
    return { ...client, protocol: 0, virtualAddress: ipv4(key.fwmark), virtualPort: 0 }
  }
  const own = tuple.destinationPort === key.port && key.port !== FTP_PORT
  return { ...client, protocol, virtualAddress, virtualPort: own ? key.port : 0 }
}

/** `ip_vs_check_template()`: may new connections follow the template to its server? */
function holds({ ns }: IpvsContext, template: IpvsConnection): boolean {
  const quiescent = template.dest.weight === 0 && sysctl(ns, 'net.ipv4.vs.expire_quiescent_template') !== 0
  return template.dest.available && !quiescent
}

/** `ip_vs_sched_persist()`: the client's template decides; a client without one gets one. */
function schedulePersistent(context: IpvsContext, service: IpvsService, tuple: PacketTuple): Scheduled {
  const { ns } = context
  const wanted = templateTuple(service, tuple)
  const known = ipVsCtInGet(ns, wanted)
  const valid = known !== null && holds(context, known) ? known : null
  if (known !== null && valid === null) invalidateTemplate(ns, known)
  const template = valid ?? newTemplate(context, service, wanted, chooseDest(context, service, tuple))
  if (template === null) return { kind: 'none', service }
  const { dest } = template
  const destPort = tuple.destinationPort === service.key.port && dest.port !== 0 ? dest.port : tuple.destinationPort
  const connection = connect(context, service, tuple, dest, destPort)
  connection.control = template
  template.controlled++
  ipVsConnPut(ns, template)
  return { kind: 'connection', connection, service, how: valid === null ? 'scheduled' : 'persistent' }
}

function newTemplate({ ns }: IpvsContext, service: IpvsService, tuple: ConnectionTuple, dest: IpvsDest | null): IpvsConnection | null {
  if (dest === null) return null
  return ipVsConnNew(ns, {
    ...tuple,
    dest,
    destPort: tuple.virtualPort === 0 ? 0 : dest.port,
    template: true,
    onePacket: false,
    timeout: service.options.persistentSeconds ?? 0,
    nfct: false,
  })
}
