/** Addresses as iptables reads them where a person writes them short: "10", "10.1", "0x0a000001". */
import type { Address } from '../../net/address.ts'
import { ipv4 } from '../../net/ipv4.ts'
import { parseUnsigned } from './option.ts'

/** libxtables/xtables.c, xtables_numeric_to_ipaddr(): bytes from the left, the missing ones 0: "10.1" is 10.1.0.0. */
export function parseDottedAddress(text: string): Address | null {
  const bytes = text.split('.').map((part) => parseUnsigned(part.trimStart(), 255))
  if (bytes.length > 4 || bytes.includes(null)) return null
  return ipv4([0, 1, 2, 3].reduce((address, i) => address * 256 + (bytes[i] ?? 0), 0))
}

/** inet_aton(), which getaddrinfo() asks first: the last part fills what is left: "10.1" is 10.0.0.1. */
export function parseInetAton(text: string): Address | null {
  const parts = text.split('.')
  if (parts.length > 4 || parts.some((part) => part.startsWith('+'))) return null
  const last = parseUnsigned(parts.at(-1) ?? '', 2 ** (8 * (5 - parts.length)) - 1)
  const bytes = parts.slice(0, -1).map((part) => parseUnsigned(part, 255))
  if (last === null || bytes.includes(null)) return null
  return ipv4(bytes.reduce<number>((address, byte, i) => address + (byte ?? 0) * 2 ** (24 - 8 * i), 0) + last)
}

/** libxtables/xtables.c, ipparse_hostnetwork(): of `-s` and `-d`. */
export function parseHostAddress(text: string): Address | null {
  return parseDottedAddress(text) ?? parseInetAton(text)
}
