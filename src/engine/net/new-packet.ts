/** Building packets: what every packet that is made somewhere starts from. */
import type { Address } from './address.ts'
import type { EthHeader, FlowHash, IpHeader, IpPacket, Packet, Payload, TcpFlags, TransportHeader } from './packet.ts'

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
  readonly hash?: FlowHash
}

/** An IPv4 packet made on this machine: no Ethernet header yet, no mark, not seen by conntrack. */
export function newIpPacket(from: NewIpPacket): IpPacket {
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
    ipvs: false,
    hash: from.hash ?? null,
    fragMaxSize: null,
    socket: from.socket ?? null,
  }
}

/** A packet that nobody has seen yet: its fields may still be set. */
export type PacketDraft<P extends Packet> = { -readonly [Field in keyof Packet]: P[Field] }

/**
 * `skb_copy()`: a copy to be changed before it is passed on. Each field by name: packets are copied at every step, and an engine
 * keeps all that one literal makes in one shape, where each spread makes a shape of its own.
 */
export function copyPacket<P extends Packet>(packet: P): PacketDraft<P> {
  return {
    id: packet.id,
    parent: packet.parent,
    eth: packet.eth,
    network: packet.network,
    transport: packet.transport,
    payload: packet.payload,
    mark: packet.mark,
    iif: packet.iif,
    physIn: packet.physIn,
    physOut: packet.physOut,
    ct: packet.ct,
    ipvs: packet.ipvs,
    hash: packet.hash,
    fragMaxSize: packet.fragMaxSize,
    socket: packet.socket,
  }
}

/** The packet with another Ethernet header. */
export function withEth<P extends Packet>(packet: P, eth: EthHeader | null): PacketDraft<P> {
  const copy = copyPacket(packet)
  copy.eth = eth
  return copy
}

/** The packet with some fields of its IP header changed. */
export function withIp(packet: IpPacket, change: Partial<Omit<IpHeader, 'kind'>>): IpPacket {
  const { network } = packet
  const copy = copyPacket(packet)
  copy.network = {
    kind: 'ip',
    family: change.family ?? network.family,
    source: change.source ?? network.source,
    destination: change.destination ?? network.destination,
    protocol: change.protocol ?? network.protocol,
    ttl: change.ttl ?? network.ttl,
    tos: change.tos ?? network.tos,
    id: change.id ?? network.id,
    df: change.df ?? network.df,
    mf: change.mf ?? network.mf,
    fragmentOffset: change.fragmentOffset ?? network.fragmentOffset,
  }
  return copy
}
