/**
 * The packet: an immutable subset of the kernel's `struct sk_buff`. NAT, TTL and encapsulation make a new one, so
 * keeping a snapshot is keeping a reference and a difference is `before !== after`.
 */
import type { Address, Family } from './address.ts'
import type { Mac } from './mac.ts'

/** Ethernet II header. `etherType` is 0x0800 (IPv4), 0x0806 (ARP) or 0x86dd (IPv6). */
export interface EthHeader {
  readonly source: Mac
  readonly destination: Mac
  readonly etherType: number
  /** IEEE 802.1Q tag, 1 … 4094; absent: untagged. */
  readonly vlanId?: number
}

/** ARP (RFC 826) for IPv4 over Ethernet. */
export interface ArpHeader {
  readonly kind: 'arp'
  readonly operation: 'request' | 'reply'
  readonly senderMac: Mac
  readonly senderAddress: Address
  readonly targetMac: Mac
  readonly targetAddress: Address
}

/** IP header. `ttl` in hops; `protocol` is the IANA number (1 ICMP, 6 TCP, 17 UDP, 132 SCTP, 4 IPIP). */
export interface IpHeader {
  readonly kind: 'ip'
  readonly family: Family
  readonly source: Address
  readonly destination: Address
  readonly protocol: number
  readonly ttl: number
  readonly tos: number
  readonly id: number
  /** Don't Fragment. */
  readonly df: boolean
  /** More Fragments follow. */
  readonly mf: boolean
  /** Offset of this fragment's data in bytes. A later fragment has no transport header. */
  readonly fragmentOffset: number
}

/** TCP flags, each present or not; printed by tools in the order of this type. */
export interface TcpFlags {
  readonly syn: boolean
  readonly ack: boolean
  readonly fin: boolean
  readonly rst: boolean
  readonly psh: boolean
}

/** Sequence numbers that have arrived, from `left` to below `right`. */
export interface SackBlock {
  readonly left: number
  readonly right: number
}

export interface TcpHeader {
  readonly kind: 'tcp'
  readonly sourcePort: number
  readonly destinationPort: number
  /** Absolute sequence number, 0 … 2³²−1. */
  readonly seq: number
  readonly ack: number
  readonly flags: TcpFlags
  /** MSS option in bytes, on SYN segments only. */
  readonly mss: number | null
  readonly window: number
  /** Timestamps option (RFC 7323), ms: when it was sent, and the newest that the sender had from its peer. Absent: not said. */
  readonly timestamps?: { readonly value: number; readonly echo: number }
  /** Selective acknowledgement (RFC 2018), of duplicates first (RFC 2883). Absent: none. */
  readonly sack?: readonly SackBlock[]
  /** Its checksum is worked out (CHECKSUM_NONE). Absent: left to the device, as sockets do (CHECKSUM_PARTIAL). */
  readonly summed?: true
}

export interface UdpHeader {
  readonly kind: 'udp'
  readonly sourcePort: number
  readonly destinationPort: number
  /** As of TCP; and by how much it is wrong, modulo 2¹⁶−1. */
  readonly summed?: true
  readonly sumError?: number
}

/** What a server of SCTP keeps nowhere else, the first TSN of both ends. */
export interface SctpCookie {
  readonly serverTsn: number
  readonly clientTsn: number
}

/** A chunk of SCTP. `tsn`, of INIT and INIT_ACK: the first of its sender; of DATA: its own; of SACK and SHUTDOWN: all up to this one have arrived. */
export type SctpChunk =
  | { readonly chunk: 'INIT' | 'DATA' | 'SHUTDOWN'; readonly tsn: number }
  | { readonly chunk: 'INIT_ACK'; readonly tsn: number; readonly cookie: SctpCookie }
  | { readonly chunk: 'COOKIE_ECHO'; readonly cookie: SctpCookie }
  /** `duplicates`: how many chunks arrived again. */
  | { readonly chunk: 'SACK'; readonly tsn: number; readonly duplicates: number }
  /** `causeLength`: bytes of what it says of the reason. */
  | { readonly chunk: 'ABORT'; readonly causeLength: number }
  | { readonly chunk: 'COOKIE_ACK' | 'SHUTDOWN_ACK' | 'SHUTDOWN_COMPLETE' }

/** SCTP common header and the one chunk behind it (RFC 9260). Verification tags are not modelled. */
export type SctpHeader = SctpChunk & { readonly kind: 'sctp'; readonly sourcePort: number; readonly destinationPort: number }

/** ICMP (RFC 792). Echo uses `id` and `seq`; errors carry the offending packet in `quoted`, frag-needed its `mtu`. */
export interface IcmpHeader {
  readonly kind: 'icmp'
  readonly type: number
  readonly code: number
  readonly id: number
  readonly seq: number
  /** Next-hop MTU in bytes (type 3 code 4 only). */
  readonly mtu: number | null
  /** The packet that an error is about, as it was on the wire. */
  readonly quoted: IpPacket | null
  /** Bytes of it that the error carries; absent: as many as the kernel takes (576 in all). */
  readonly quotedLength?: number
  /** Gateway of a redirect (type 5). */
  readonly gateway: Address | null
}

export type NetworkHeader = ArpHeader | IpHeader
export type TransportHeader = TcpHeader | UdpHeader | SctpHeader | IcmpHeader

/** VXLAN header (RFC 7348), 8 bytes before the inner frame: `Payload.data` of an encapsulated packet. */
export interface VxlanHeader {
  readonly kind: 'vxlan'
  /** VXLAN network identifier, 0 … 2²⁴−1. */
  readonly vni: number
}

/** What the payload means to the program that sent it; the kernel looks only at `length`. */
export interface Payload {
  /** Bytes on the wire; of tunnels with the inner headers. */
  readonly length: number
  /** Readable form: an HTTP request, a DNS message … null for padding. Of VXLAN packets their `VxlanHeader`. */
  readonly data: unknown
  /** The packet inside, for tunnels. */
  readonly inner: Packet | null
  /** Of a fragment: the packet it was cut from, and where its data begins in that packet's, in bytes. */
  readonly fragmentOf?: { readonly packet: Packet; readonly offset: number }
}

/** `ctinfo` and the conntrack entry an skb points to (`skb->_nfct`). */
export interface CtRef {
  /** `id` of the entry in the namespace's conntrack table. */
  readonly entry: number
  readonly state: 'NEW' | 'ESTABLISHED' | 'RELATED'
  readonly direction: 'original' | 'reply'
}

/** A packet's flow as a number. `l4`: a socket's, or with ports; tunnels forget any other (`skb_clear_hash_if_not_l4()`). */
export interface FlowHash {
  readonly value: number
  readonly l4: boolean
}

export interface Packet {
  /** Identity of this skb: constant from creation to `kfree_skb` or delivery, through links, NAT and forwarding. A flooded copy, a fragment or an answer has its own. */
  readonly id: number
  /** The packet this one was cloned or made from (flood, fragment, encapsulation, ICMP error, RST), if any. */
  readonly parent: number | null
  readonly eth: EthHeader | null
  readonly network: NetworkHeader
  readonly transport: TransportHeader | null
  readonly payload: Payload
  /** `skb->mark`, 0 … 2³²−1. Cleared when a packet changes network namespace. */
  readonly mark: number
  /** Name of the device it was received on in this namespace (`skb->dev`/`iif`); null for packets made here. */
  readonly iif: string | null
  /** br_netfilter: the bridge port it came in by, and is to leave by. */
  readonly physIn: string | null
  readonly physOut: string | null
  /**
   * 'untracked' after `CT --notrack`; null before conntrack saw it, or where conntrack is off or the packet INVALID; 'detached': the same, of what
   * was made because of a packet without a connection (a `ctinfo` and no entry), which CT rules leave alone.
   */
  readonly ct: CtRef | 'untracked' | 'detached' | null
  /** `skb->ipvs_property`: IPVS has handled it; its hooks leave it alone from here on. Cleared when it leaves the machine. */
  readonly ipvs: boolean
  /** `skb->hash`, once the sending socket has chosen it or somebody has asked for it; null: computed from the headers when asked for. */
  readonly hash: FlowHash | null
  /** Reassembled here: its largest fragment, bytes of IP (`IPCB(skb)->frag_max_size`). It leaves in pieces no larger. Null: not reassembled. */
  readonly fragMaxSize: number | null
  /** The socket that sent it, for `owner` and for errors that come back; null when forwarded or made by the kernel. */
  readonly socket: number | null
}

/** What the IP layer and its hooks see. */
export interface IpPacket extends Packet {
  readonly network: IpHeader
}

/** Is it IP? */
export function isIp(packet: Packet): packet is IpPacket {
  return packet.network.kind === 'ip'
}
