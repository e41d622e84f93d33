/** An address with the bits of it that count. Userspace: libxtables/xtoptions.c, xtopt_parse_hostmask(). */
import { type Address, formatAddress } from '../../net/address.ts'
import { maskLength } from '../../net/cidr.ts'
import { type Ipv4, ipv4, ipv4Mask } from '../../net/ipv4.ts'
import { parseInetAton } from './host-address.ts'
import { parseUnsigned } from './option.ts'

export interface MaskedAddress {
  /** With its host bits, which only matter to the text. */
  readonly address: Address
  readonly mask: Ipv4
}

/** Reads "10.0.0.7/8"; a mask that is no prefix is taken for all ones, as the tool does. Null when it cannot be read. */
export function parseMaskedAddress(text: string): MaskedAddress | null {
  const [host = '', maskText] = text.split('/')
  const address = parseInetAton(host)
  if (address === null) return null
  const dotted = maskText?.includes('.') ? parseInetAton(maskText) : null
  const length = dotted === null ? parseUnsigned(maskText ?? '32', 32) : (maskLength(dotted) ?? 32)
  return length === null ? null : { address, mask: ipv4Mask(length) }
}

/** "10.0.0.7/8", without "/32". */
export function formatMaskedAddress({ address, mask }: MaskedAddress): string {
  return mask === ipv4(0xffffffff) ? formatAddress(address) : `${formatAddress(address)}/${maskLength(mask)}`
}

/** Is an address the same in the bits that count? */
export function maskedAddressMatches(masked: MaskedAddress, address: Address): boolean {
  return ((address ^ masked.address) & masked.mask) === 0
}
