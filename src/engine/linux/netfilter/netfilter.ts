/** State of netfilter in one namespace and family: tables, conntrack, recent lists, sets. Plain data. Kernel: struct netns_nf, struct xt_table. */
import { type Conntrack, createConntrack } from './conntrack-table.ts'
import type { IpSets } from './ipset/ip-set.ts'
import type { Credit } from './rate.ts'
import type { Hook, Rule, Table } from './rule.ts'

/** A chain. `policy` is null for user-defined chains; counters are the policy's. */
export interface Chain {
  readonly name: string
  policy: 'ACCEPT' | 'DROP' | null
  rules: Rule[]
  packets: number
  bytes: number
}

/** Chains by name: the built-in ones first, in hook order, then user-defined ones in the order they were made. */
export interface IptTable {
  readonly name: Table
  readonly chains: Map<string, Chain>
  /**
   * Is one of its built-in chains registered? iptables-nft makes one when it is first named (not for a chain of the user's, nor for the table),
   * and `-X` takes empty ones away; the tools show them all the same.
   */
  hooked: boolean
}

/** One address in a `recent` list. Kernel: xt_recent.c, struct recent_entry. */
export interface RecentEntry {
  /** Times it was seen, ms: a ring. */
  readonly stamps: number[]
  /** Where the next stamp goes, unless the ring is full. */
  index: number
  ttl: number
}

/** `/proc/net/xt_recent/NAME`. */
export interface RecentList {
  /** Stamps kept for each address. */
  stamps: number
  /** By address as text, the one seen last at the end. */
  readonly entries: Map<string, RecentEntry>
}

export interface Netfilter {
  /** Tables that exist: a table is made when a rule, chain or policy is first put into it. */
  readonly tables: Map<Table, IptTable>
  readonly conntrack: Conntrack
  /** By name. */
  readonly recent: Map<string, RecentList>
  /** `hashlimit`: name of the table → what packets are counted by → credit. */
  readonly hashlimit: Map<string, Map<string, Credit>>
  /** The sets that `ipset` has made. */
  readonly sets: IpSets
  /** Does some rule need conntrack? Null: not known since the rules last changed. */
  conntrackNeeded: boolean | null
  /** Does some rule say TRACE? Null: not known since the rules last changed. */
  traced: boolean | null
  /** One for all namespaces of the machine. */
  readonly nftTrace: NftTrace
}

/** Kernel: net/netfilter/nf_tables_core.c, nft_trace_enabled. */
export interface NftTrace {
  /** Does a rule anywhere on the machine say TRACE? Null: not known since rules there last changed. */
  enabled: boolean | null
  /** The namespaces of the machine, by `NetNs.name`. */
  readonly namespaces: Set<string>
}

/** The built-in chains of each table. Kernel: the `valid_hooks` of iptable_raw.c … iptable_security.c. */
export const BUILTIN_CHAINS: Readonly<Record<Table, readonly Hook[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}

/** A namespace without any table. */
export function createNetfilter(nftTrace: NftTrace): Netfilter {
  return {
    ...{ tables: new Map(), conntrack: createConntrack(), recent: new Map(), hashlimit: new Map(), sets: new Map() },
    ...{ conntrackNeeded: false, traced: false, nftTrace },
  }
}

/** An empty table: built-in chains, policy ACCEPT, none of them registered. */
export function createIptTable(name: Table): IptTable {
  const chains = new Map<string, Chain>()
  for (const chain of BUILTIN_CHAINS[name]) chains.set(chain, { name: chain, policy: 'ACCEPT', rules: [], packets: 0, bytes: 0 })
  return { name, chains, hooked: false }
}
