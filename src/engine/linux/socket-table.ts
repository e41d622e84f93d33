/** Sockets of one namespace as plain data. Kernel: include/net/inet_sock.h, include/linux/tcp.h. */
import type { Address } from '../net/address.ts'
import type { IpPacket, SackBlock } from '../net/packet.ts'
import type { Errno } from './errno.ts'
import type { PmtuDiscovery } from './pmtu-discovery.ts'
import type { RawSocket } from './raw.ts'
import type { SctpAssociation } from './sctp-association.ts'

export type SocketProtocol = 'tcp' | 'udp' | 'sctp' | 'icmp'

/** States as `ss` prints them; UDP and ping sockets are UNCONN or ESTAB. The last six are those of SCTP's associations alone (RFC 9260 4). */
export type SocketState =
  | 'LISTEN'
  | 'SYN-SENT'
  | 'SYN-RECV'
  | 'ESTAB'
  | 'FIN-WAIT-1'
  | 'FIN-WAIT-2'
  | 'CLOSE-WAIT'
  | 'CLOSING'
  | 'LAST-ACK'
  | 'TIME-WAIT'
  | 'UNCONN'
  | 'COOKIE-WAIT'
  | 'COOKIE-ECHOED'
  | 'SHUTDOWN-PENDING'
  | 'SHUTDOWN-SENT'
  | 'SHUTDOWN-RECEIVED'
  | 'SHUTDOWN-ACK-SENT'

/** One segment that waits to be sent or acknowledged. `seq` is where its data begins; SYN and FIN take one number each. */
export interface TcpSegment {
  readonly seq: number
  readonly length: number
  readonly data: unknown
  readonly syn: boolean
  readonly fin: boolean
  psh: boolean
  /** Virtual time it was last sent, ms; null before. */
  sentMs: number | null
  /** Sent more than once: no RTT sample (Karn's rule). */
  retransmitted: boolean
}

/** Kernel: struct tcp_sock, the part that is modelled. */
export interface TcpControl {
  /** First sequence number; `sndUna` oldest unacknowledged, `sndNxt` next to send, `writeSeq` end of what the program wrote. */
  readonly iss: number
  sndUna: number
  sndNxt: number
  writeSeq: number
  /** Next sequence number expected from the peer. */
  rcvNxt: number
  /** Bytes of data a segment may carry. */
  mss: number
  /** Congestion window in segments. */
  cwnd: number
  /** Sent and unacknowledged, oldest first (`tcp_rtx_queue`). */
  rtxQueue: TcpSegment[]
  /** Written but not yet sent. */
  writeQueue: TcpSegment[]
  /** Segments that arrived before their turn. */
  outOfOrder: { readonly seq: number; readonly length: number; readonly data: unknown; readonly psh: boolean; readonly fin: boolean }[]
  /** What the next segment says has arrived ahead of its turn, newest first (`selective_acks`), and what arrived twice (`duplicate_sack`). */
  sacks: SackBlock[]
  duplicateSack: SackBlock | null
  /** A message whose last (PSH) segment has not arrived. */
  pending: { readonly data: unknown; readonly length: number } | null
  /** Smoothed RTT and its variation, ms; null before the first sample. */
  srttMs: number | null
  rttVarMs: number
  /** Doubling steps of the retransmission timer, and of that of probes. */
  backoff: number
  /** What the one timer of sending runs for (`icsk_pending`). */
  timer: 'retransmit' | 'loss-probe' | 'probe' | null
  /** Attempts to send what does not leave, since the peer was heard (`icsk_probes_out`). */
  probes: number
  /** A loss probe that is not answered: `sndNxt` at its time (`tlp_high_seq`), and was it a segment that had been sent before (`tlp_retrans`)? */
  lossProbe: { readonly end: number; readonly again: boolean } | null
  /** The peer's sequence number when it last told its window (`snd_wl1`). */
  sndWl1: number
  /** `sndNxt` at the first timeout, until all before it has arrived (`high_seq` in TCP_CA_Loss). */
  lossEnd: number | null
  /** When the first of the retransmissions under way was sent, ms (`retrans_stamp`). */
  retransStampMs: number | null
  /** The peer's timestamp that is echoed (`ts_recent`), ms. */
  tsRecent: number
  /** Timeouts in all: each gives its packets another hash (`sk_rethink_txhash`). */
  timeouts: number
  /** Retransmissions since the last progress. */
  retransmits: number
  /** What was acknowledged last (`rcv_wup`). */
  rcvWup: number
  /** The packet sent last: what a timeout is about. */
  lastSent: IpPacket | null
  /** Generations of the running timers; a timer of another generation is stale. */
  retransmitGeneration: number
  delayedAckGeneration: number
  lifetimeGeneration: number
  /** An acknowledgement is owed (`inet_csk_ack_scheduled`), and its timer runs. */
  ackPending: boolean
  /** One is to be sent, or its timer started, when what waited to be sent has had its chance to take it along. */
  ackDue: 'now' | 'delayed' | null
  /** Interactive: acknowledgements wait for data to ride on. */
  pingpong: boolean
  /** Virtual time data last arrived, ms; null: never. */
  lastReceivedMs: number | null
  /** Acknowledgements still to be sent at once. */
  quickAcks: number
  /** What an ICMP error said of it since the peer was heard last (`sk_err_soft`): SO_ERROR tells it once, a timeout ends with it. */
  softError: Errno | null
  /** When something out of the window was answered last, ms (`last_oow_ack_time`); null: never. */
  lastOowAckMs: number | null
  /** Only `struct inet_timewait_sock` is left of it: in TIME-WAIT, or in FIN-WAIT-2 when its program has closed it. */
  timeWait: boolean
  /** The program closed it: nobody is told any more. */
  orphan: boolean
  /** A program has it: it connected, or was accepted. */
  grafted: boolean
  /** MSS announced by the first SYN; null: none was sent. */
  advertisedMss: number | null
  /** FIN is queued or sent. */
  finQueued: boolean
  /** The listening socket a passive connection came from. */
  readonly listener: number | null
}

export interface Socket {
  readonly id: number
  readonly protocol: SocketProtocol
  /** Free text of the simulation: which process has it. */
  readonly owner: string
  state: SocketState
  /** Null: any (0.0.0.0). */
  localAddress: Address | null
  /** For ping sockets the echo identifier. */
  localPort: number
  remoteAddress: Address | null
  remotePort: number | null
  /** IP_TTL; null: what the machine's default is when it sends. */
  readonly ttl: number | null
  /** IP_MTU_DISCOVER. */
  readonly pmtuDiscovery: PmtuDiscovery
  /** IP identification of the next packet. */
  ipId: number
  /** Ping: sequence number of the next echo request. */
  echoSeq: number
  /** UDP, unconnected: the address each peer (`address:port`) talked to, so that answers leave from it (IP_PKTINFO). */
  readonly spokenTo: Map<string, Address>
  /** `encap_rcv`: the kernel's own socket of VXLAN devices; null for those of programs. */
  readonly encapsulation: 'vxlan' | null
  /** UDP: what an ICMP error said and the program has not heard yet (`sk_err`). */
  error: Errno | null
  /** Null for other protocols and for listeners. */
  tcp: TcpControl | null
  sctp: SctpAssociation | null
}

/**
 * `Packet.socket` of what the kernel itself sends through a control socket (ICMP, RSTs where there is no socket): there is a socket,
 * but nobody's file.
 */
export const CONTROL_SOCKET = 0

export interface SocketTable {
  nextId: number
  readonly sockets: Map<number, Socket>
  /** Index: IANA protocol × 65536 + local port → socket ids. */
  readonly byPort: Map<number, number[]>
  /** By id, from the same numbers. */
  readonly raw: Map<number, RawSocket>
}

/** An empty table. */
export function createSocketTable(): SocketTable {
  return { nextId: 1, sockets: new Map(), byPort: new Map(), raw: new Map() }
}
