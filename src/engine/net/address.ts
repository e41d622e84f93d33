/** An IP address of either family. Outside `net/` it is opaque: compare with `===`, print with `formatAddress`. */
import { formatIpv4, type Ipv4, parseIpv4 } from './ipv4.ts'

/** Which IP family a table, route, neighbour or rule belongs to; named as iproute2 and nftables do. */
export type Family = 'ip' | 'ip6'

/** IPv4: a number; IPv6 (later): a bigint. `===` is right for both. */
export type Address = Ipv4

/** Reads an address of either family; null when it is none. */
export function parseAddress(text: string): Address | null {
  return parseIpv4(text)
}

/** Prints an address as the tools do. */
export function formatAddress(address: Address): string {
  return formatIpv4(address)
}
