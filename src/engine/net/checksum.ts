/** The Internet checksum (RFC 1071). */

/** The one's complement sum of 16-bit words over `bytes` from `start` to `end`, added to `sum`; not yet folded. */
export function checksumAdd(sum: number, bytes: Uint8Array, start = 0, end = bytes.length): number {
  let total = sum
  for (let i = start; i < end; i += 2) total += ((bytes[i] ?? 0) << 8) | (i + 1 < end ? (bytes[i + 1] ?? 0) : 0)
  return total
}

/** Folds a sum to 16 bits and complements it: the value that goes into the header. */
export function checksumFold(sum: number): number {
  let total = sum
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000)
  return ~total & 0xffff
}

/** The Internet checksum of `bytes`. */
export function checksum(bytes: Uint8Array): number {
  return checksumFold(checksumAdd(0, bytes))
}

/** The pseudo header's part of a TCP or UDP checksum: addresses host order, `length` of header and data. */
export function pseudoHeaderSum(source: number, destination: number, protocol: number, length: number): number {
  return (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff) + protocol + length
}
