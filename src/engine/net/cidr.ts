/** Prefixes (RFC 4632), compiled once to an address and a mask. */
import { type Address, formatAddress, parseAddress } from './address.ts'
import { type Ipv4, ipv4, ipv4Mask } from './ipv4.ts'

/** A network: `address` has its host bits cleared, `mask` is host order, `prefixLength` 0 … 32. */
export interface Cidr {
  readonly address: Address
  readonly mask: Ipv4
  readonly prefixLength: number
}

/** Reads "10.0.0.0/24" or a bare address (a /32). Host bits are cleared, as iptables and the FIB do. Null when unreadable. */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (address === null) return null
  const lengthText = slash < 0 ? '32' : text.slice(slash + 1)
  if (!/^\d{1,2}$/.test(lengthText)) return null
  const prefixLength = Number(lengthText)
  return prefixLength > 32 ? null : cidr(address, prefixLength)
}

/** The network of an address and a prefix length. */
export function cidr(address: Address, prefixLength: number): Cidr {
  const mask = ipv4Mask(prefixLength)
  return { address: ipv4(address & mask), mask, prefixLength }
}

/** Is the address inside the network? */
export function cidrContains(network: Cidr, address: Address): boolean {
  return ((address ^ network.address) & network.mask) === 0
}

/** "10.0.0.0/24"; always with the prefix length. */
export function formatCidr(network: Cidr): string {
  return `${formatAddress(network.address)}/${network.prefixLength}`
}

/** The last address of the network: the broadcast address for IPv4. */
export function cidrLast(network: Cidr): Address {
  return ipv4(network.address | ~network.mask)
}

/** The prefix length of a contiguous mask; null for others. */
export function maskLength(mask: Ipv4): number | null {
  const length = 32 - Math.log2(ipv4(~mask) + 1)
  return Number.isInteger(length) && ipv4Mask(length) === mask ? length : null
}
