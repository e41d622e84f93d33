/** DNS record types that the tools can ask for. */
import type { DnsType } from './spawn.ts'

const TYPES: readonly DnsType[] = ['A', 'AAAA', 'PTR', 'SRV', 'CNAME', 'TXT', 'NS', 'SOA', 'MX', 'HINFO', 'CAA', 'NAPTR', 'ANY']

/** The type of that name in any case, or null. */
export function dnsTypeOf(text: string): DnsType | null {
  return TYPES.find((type) => type === text.toUpperCase()) ?? null
}

/** "10.0.0.1" → "1.0.0.10.in-addr.arpa."; null when it is no IPv4 address. */
export function reverseName(address: string): string | null {
  return /^\d+(\.\d+){3}$/.test(address) ? `${address.split('.').reverse().join('.')}.in-addr.arpa.` : null
}
