/** State of IP Virtual Server in one namespace: services, their real servers, connections. Plain data. Kernel: include/net/ip_vs.h. */
import type { Address } from '../../net/address.ts'
import type { Origin } from '../origin.ts'
import type { IpvsConnection } from './connection-table.ts'
import type { SchedulerData, SchedulerName } from './scheduler.ts'

/** How a packet reaches its real server: translated (-m), as it is (-g), or in a tunnel (-i). */
export type ForwardingMethod = 'masquerade' | 'route' | 'tunnel'

/** `struct ip_vs_stats`: since the object was made or zeroed. */
export interface IpvsStats {
  connections: number
  inPackets: number
  outPackets: number
  inBytes: number
  outBytes: number
}

/** `struct ip_vs_dest`: a real server of one service. */
export interface IpvsDest {
  readonly address: Address
  readonly port: number
  method: ForwardingMethod
  /** 0: takes no new connections. */
  weight: number
  /** The last weight that was not 0, which Maglev hashing builds its table from. */
  lastWeight: number
  /** `-x`: connections from which on it is overloaded; 0: never. */
  upperThreshold: number
  /** `-y`: connections below which it is no longer overloaded; 0: three quarters of the upper one. */
  lowerThreshold: number
  overloaded: boolean
  /** False once it has been deleted; connections may still refer to it. */
  available: boolean
  /** Connections that count as active, as inactive, and persistence templates. */
  active: number
  inactive: number
  persistent: number
  readonly stats: IpvsStats
  readonly origin: Origin | null
}

/** What `-A` and `-E` say about a service. */
export interface ServiceOptions {
  readonly scheduler: SchedulerName
  /** `-p`: seconds a client stays with its server; null: not persistent. */
  readonly persistentSeconds: number | null
  /** `-M`: clients that agree in these bits share a server. */
  readonly netmask: Address
  /** `-o`: each UDP packet is scheduled on its own. */
  readonly onePacket: boolean
  /** `-b`: the first and second scheduler flag (sh-fallback, sh-port, mh-fallback, mh-port, flag-1, flag-2, flag-3). */
  readonly flag1: boolean
  readonly flag2: boolean
  readonly flag3: boolean
}

/** Which service: protocol, address and port, or a firewall mark (then protocol, address and port are 0). */
export interface ServiceKey {
  readonly protocol: number
  readonly address: Address
  readonly port: number
  readonly fwmark: number
}

/** `struct ip_vs_service`. */
export interface IpvsService {
  readonly key: ServiceKey
  options: ServiceOptions
  /** In the kernel's list order: the last one added stands first. */
  readonly dests: IpvsDest[]
  /** What the scheduler remembers. */
  data: SchedulerData
  readonly stats: IpvsStats
  readonly origin: Origin | null
}

/** A deleted real server that connections refer to; found again when the same one is added to the same service. */
export interface TrashedDest {
  readonly service: string
  readonly dest: IpvsDest
}

/** `struct netns_ipvs`. */
export interface Ipvs {
  /** By `serviceKeyText`. */
  readonly services: Map<string, IpvsService>
  /** By `connectionKey`: those that packets are looked up in, and, by `templateKey`, persistence templates. */
  readonly connections: Map<string, IpvsConnection>
  /** By `replyKey`: the connections whose server answers from there, the newest first. */
  readonly replies: Map<string, IpvsConnection[]>
  readonly trash: TrashedDest[]
  /** `ipvsadm --set`: seconds in ESTABLISHED, in FIN_WAIT, and of UDP. */
  timeouts: { readonly tcp: number; readonly tcpFin: number; readonly udp: number }
  /** No connection expires before this moment of virtual time, ms. */
  nextExpiryMs: number
}

/** A namespace without services. */
export function createIpvs(): Ipvs {
  return {
    services: new Map(),
    connections: new Map(),
    replies: new Map(),
    trash: [],
    timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
    nextExpiryMs: Number.POSITIVE_INFINITY,
  }
}

/** Counters at zero. */
export function zeroStats(): IpvsStats {
  return { connections: 0, inPackets: 0, outPackets: 0, inBytes: 0, outBytes: 0 }
}
