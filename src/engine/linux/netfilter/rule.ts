/**
 * iptables rules as data: the flat fields of the kernel's `struct ipt_ip` (include/uapi/linux/netfilter_ipv4/ip_tables.h)
 * compared in order, then the extension matches, then one target. Parsed once from text; nothing here knows why a rule exists.
 */
import type { Ipv4 } from '../../net/ipv4.ts'
import type { Origin } from '../origin.ts'
import type { Match } from './matches/match.ts'
import type { Target } from './targets/target.ts'

export type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING'
export type Table = 'raw' | 'mangle' | 'nat' | 'filter' | 'security'

export interface Rule {
  readonly source: Ipv4
  readonly sourceMask: Ipv4
  readonly sourceNot: boolean
  readonly destination: Ipv4
  readonly destinationMask: Ipv4
  readonly destinationNot: boolean
  /** Interface names; a trailing '+' is a prefix match; null matches any. */
  readonly in: string | null
  readonly inNot: boolean
  readonly out: string | null
  readonly outNot: boolean
  /** IANA protocol number; 0 matches any. */
  readonly protocol: number
  readonly protocolNot: boolean
  /** `-f`: second and further fragments; `! -f`: heads and whole packets; null: no such test. */
  readonly fragment: boolean | null
  readonly matches: readonly Match[]
  /** Protocol × 65536 + the one destination port that the rule's first match asks for; −1: none, or not just one. */
  readonly port: number
  /** Null: the rule only counts (no -j). */
  readonly target: Target | null
  readonly origin: Origin | null
  /** Packet and byte counters: the only mutable fields. */
  packets: number
  bytes: number
}

/** Names one rule for traces and the user: where it stands and its text as iptables-save prints it. */
export interface RuleRef {
  readonly table: Table
  readonly chain: string
  /** 1-based position in the chain, as `iptables -L --line-numbers`. */
  readonly index: number
  readonly text: string
  readonly origin: Origin | null
}
