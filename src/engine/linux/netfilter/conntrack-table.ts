/** Kernel: include/net/netfilter/nf_conntrack.h, struct nf_conn. Connection tracking entries as plain data. */
import type { ConntrackTuple } from './conntrack-tuple.ts'
import type { TcpConntrack } from './conntrack-tcp.ts'
import type { RuleRef } from './rule.ts'

/** Which half of the nat has been decided (`IPS_*_NAT_DONE`) and whether it changes anything (`IPS_*_NAT`). */
export interface NatStatus {
  sourceDone: boolean
  destinationDone: boolean
  source: boolean
  destination: boolean
  /** The rules that decided, for traces; null for null bindings. */
  sourceRule: RuleRef | null
  destinationRule: RuleRef | null
}

export interface ConntrackEntry {
  readonly id: number
  original: ConntrackTuple
  reply: ConntrackTuple
  /** In the hash: its first packet got through. */
  confirmed: boolean
  /** Out of the hash, kept only while packets still refer to it. */
  dying: boolean
  seenReply: boolean
  assured: boolean
  mark: number
  readonly createdMs: number
  /** Virtual time when it expires, ms. */
  expiresMs: number
  tcp: TcpConntrack | null
  /** SCTP state as conntrack prints it. */
  sctp: string | null
  readonly nat: NatStatus
}

export interface Conntrack {
  readonly entries: Map<number, ConntrackEntry>
  /** Tuple key → entry id and the direction that tuple is of. Confirmed entries only. */
  readonly hash: Map<string, { readonly entry: number; readonly direction: 'original' | 'reply' }>
  nextId: number
}

/** An empty table. */
export function createConntrack(): Conntrack {
  return { entries: new Map(), hash: new Map(), nextId: 1 }
}
