/** IPv4 addresses as host-order unsigned 32-bit numbers. The only file where `>>> 0` is needed. RFC 791. */
declare const ipv4Brand: unique symbol
/** A host-order IPv4 address, 0 … 2³²−1. */
export type Ipv4 = number & { readonly [ipv4Brand]: 'Ipv4' }

/** Reads dotted decimal ("10.0.0.1"); null when the text is not exactly that (no leading zeros, no short forms). */
export function parseIpv4(text: string): Ipv4 | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (!match) return null
  let value = 0
  for (let i = 1; i <= 4; i++) {
    const part = match[i] as string
    if (part.length > 1 && part.startsWith('0')) return null
    const octet = Number(part)
    if (octet > 255) return null
    value = value * 256 + octet
  }
  return value as Ipv4
}

/** Takes any number modulo 2³² as an address. */
export function ipv4(value: number): Ipv4 {
  return (value >>> 0) as Ipv4
}

/** "10.0.0.1". */
export function formatIpv4(address: Ipv4): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`
}

/** The netmask of a prefix length (0 … 32), host order. */
export function ipv4Mask(prefixLength: number): Ipv4 {
  return (prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0) as Ipv4
}
