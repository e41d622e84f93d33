/** Building packets: what every packet that is made somewhere starts from. */
import type { Address } from './address.ts'
import type { IpHeader, Packet, Payload, TcpFlags, TransportHeader } from './packet.ts'

export const NO_PAYLOAD: Payload = { length: 0, data: null, inner: null }

export const NO_FLAGS: TcpFlags = { syn: false, ack: false, fin: false, rst: false, psh: false }

/** What must be said of an IP packet; the rest is default: TTL 64, TOS 0, not fragmented, Don't Fragment on. */
export interface NewIpPacket {
  readonly id: number
  readonly parent?: number | null
  readonly source: Address
  readonly destination: Address
  readonly protocol: number
  readonly ttl?: number
  readonly tos?: number
  readonly ipId?: number
  readonly df?: boolean
  readonly transport: TransportHeader | null
  readonly payload?: Payload
  readonly socket?: number | null
  readonly mark?: number
  readonly hash?: number
}

/** An IPv4 packet made on this machine: no Ethernet header yet, no mark, not seen by conntrack. */
export function newIpPacket(from: NewIpPacket): Packet {
  const network: IpHeader = {
    kind: 'ip',
    family: 'ip',
    source: from.source,
    destination: from.destination,
    protocol: from.protocol,
    ttl: from.ttl ?? 64,
    tos: from.tos ?? 0,
    id: from.ipId ?? 0,
    df: from.df ?? true,
    mf: false,
    fragmentOffset: 0,
  }
  return {
    id: from.id,
    parent: from.parent ?? null,
    eth: null,
    network,
    transport: from.transport,
    payload: from.payload ?? NO_PAYLOAD,
    mark: from.mark ?? 0,
    iif: null,
    physIn: null,
    physOut: null,
    ct: null,
    socket: from.socket ?? null,
    ...(from.hash === undefined ? {} : { hash: from.hash }),
  }
}

/** The packet with some fields of its IP header changed; ARP packets have none and are returned as they are. */
export function withIp(packet: Packet, change: Partial<Omit<IpHeader, 'kind'>>): Packet {
  return packet.network.kind === 'ip' ? { ...packet, network: { ...packet.network, ...change } } : packet
}
