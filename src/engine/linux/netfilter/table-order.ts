/** The order in which iptables 1.8.9 (nf_tables) shows tables and chains. Userspace: iptables/nft.c, nft-chain.c. */
import { BUILTIN_CHAINS, type Chain, type IptTable, type Netfilter } from './netfilter.ts'
import type { Table } from './rule.ts'

const TABLES: readonly Table[] = ['mangle', 'security', 'raw', 'filter', 'nat']

/** The tables that exist, as iptables-save orders them. */
export function tablesInOrder(netfilter: Netfilter): readonly IptTable[] {
  return TABLES.flatMap((name) => netfilter.tables.get(name) ?? [])
}

/** The chains of a table: built-in ones in hook order, then the others by name. */
export function chainsInOrder(table: IptTable): readonly Chain[] {
  const builtin = BUILTIN_CHAINS[table.name].flatMap((name) => table.chains.get(name) ?? [])
  const user = [...table.chains.values()].filter((chain) => chain.policy === null)
  return [...builtin, ...user.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))]
}
