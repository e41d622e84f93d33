/** Userspace: extensions/libxt_iprange.c. Kernel: net/netfilter/xt_iprange.c. */
import { type Address, formatAddress } from '../../../net/address.ts'
import { parseDottedAddress } from '../host-address.ts'
import { type GivenOption, givenOption, not } from '../option.ts'
import type { Match, MatchExtension } from './match.ts'

interface AddressRange {
  readonly min: Address
  readonly max: Address
  readonly not: boolean
}

export interface IprangeMatch extends Match {
  readonly name: 'iprange'
  readonly source: AddressRange | null
  readonly destination: AddressRange | null
}

function parseRange(option: GivenOption | undefined): AddressRange | null | string {
  if (!option) return null
  const text = option.values[0] ?? ''
  const [first = '', second = first] = text.split('-')
  const min = parseDottedAddress(first)
  const max = parseDottedAddress(second)
  if (min === null || max === null) return `iprange: Bad value for "--${option.name}" option: "${min === null ? first : second}"`
  return { min, max, not: option.not }
}

function formatRange(range: AddressRange): string {
  return `${formatAddress(range.min)}-${formatAddress(range.max)}`
}

/** `-m iprange --src-range --dst-range`. */
export const extension: MatchExtension<IprangeMatch> = {
  name: 'iprange',
  options: [
    { name: 'src-range', values: 1, invertible: true },
    { name: 'dst-range', values: 1, invertible: true },
  ],
  parse(given) {
    const source = parseRange(givenOption(given, 'src-range'))
    if (typeof source === 'string') return source
    const destination = parseRange(givenOption(given, 'dst-range'))
    if (typeof destination === 'string') return destination
    if (!source && !destination) return "iprange match: You must specify `--src-range' or `--dst-range'"
    return { name: 'iprange', source, destination }
  },
  print(m) {
    const source = m.source ? ` ${not(m.source.not)}--src-range ${formatRange(m.source)}` : ''
    return source + (m.destination ? ` ${not(m.destination.not)}--dst-range ${formatRange(m.destination)}` : '')
  },
  list(m) {
    const source = m.source ? `source IP range ${not(m.source.not)}${formatRange(m.source)}` : ''
    return `${source}${m.source && m.destination ? ' ' : ''}${m.destination ? `destination IP range ${not(m.destination.not)}${formatRange(m.destination)}` : ''}`
  },
  match(m, packet) {
    const header = packet.network
    const { source, destination } = m
    if (source && (header.source >= source.min && header.source <= source.max) === source.not) return false
    return !destination || (header.destination >= destination.min && header.destination <= destination.max) !== destination.not
  },
}
