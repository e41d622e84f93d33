/** Kernel: include/uapi/linux/netfilter/nf_nat.h, struct nf_nat_range2. Where a connection may be mapped to. */
import { type Address, formatAddress, parseAddress } from '../../net/address.ts'
import { type GivenOption, givenOption, givenValue } from './option.ts'
import { parsePort } from './ports.ts'

export interface NatRange {
  /** Null: the address stays. */
  readonly addresses: { readonly min: Address; readonly max: Address } | null
  /** Null: any port may be taken. `base`: ports are shifted by their distance from it. */
  readonly ports: { readonly min: number; readonly max: number; readonly base: number | null } | null
  readonly random: boolean
  readonly randomFully: boolean
  readonly persistent: boolean
}

/** A range that changes nothing: what a null binding uses for an address. */
export function addressRange(address: Address): NatRange {
  return { addresses: { min: address, max: address }, ports: null, random: false, randomFully: false, persistent: false }
}

/** IANA numbers of the protocols whose ports can be mapped. */
const PORT_PROTOCOLS = [6, 17, 33, 132]
export const NEEDS_PORTS = 'Need TCP, UDP, SCTP or DCCP with port specification'

type Ports = NonNullable<NatRange['ports']>

/** Reads "80", "80-90" or "80-90/70"; the error is iptables'. */
export function parseNatPorts(text: string): Ports | string {
  const [range = '', baseText] = text.split('/')
  const [first = '', second = first] = range.split('-')
  const min = parsePort(first)
  if (typeof min === 'string') return `Port \`${text}' not valid`
  const max = parsePort(second)
  if (typeof max === 'string' || max < min) return `Port range \`${second}' funky`
  const base = baseText === undefined ? null : parsePort(baseText)
  return typeof base === 'string' ? base : { min, max, base }
}

/** Reads "ADDRESS[-ADDRESS][:PORTS]"; the error is iptables'. */
function parseTo(text: string): Pick<NatRange, 'addresses' | 'ports'> | string {
  const colon = text.indexOf(':')
  const addressText = colon < 0 ? text : text.slice(0, colon)
  const ports = colon < 0 ? null : parseNatPorts(text.slice(colon + 1))
  if (typeof ports === 'string') return ports
  if (addressText === '') return { addresses: null, ports }
  const [first = '', second = first] = addressText.split('-')
  const min = parseAddress(first)
  if (min === null) return `Bad IP address "${first}"`
  const max = parseAddress(second)
  if (max === null) return `Bad IP address "${second}"`
  return { addresses: { min, max }, ports }
}

/** The range of `--to-destination`, `--to-source` or `--to-ports` with the flags beside it; the error is iptables'. */
export function parseNatRange(given: readonly GivenOption[], option: string, protocol: number): NatRange | string {
  const text = givenValue(given, option)
  let to: Pick<NatRange, 'addresses' | 'ports'> | string = { addresses: null, ports: null }
  if (text !== undefined) {
    if (option === 'to-ports') {
      const ports = parseNatPorts(text)
      if (typeof ports === 'string') return ports
      to = { addresses: null, ports }
    } else to = parseTo(text)
  }
  if (typeof to === 'string') return to
  if (to.ports && !PORT_PROTOCOLS.includes(protocol)) return NEEDS_PORTS
  return {
    ...to,
    random: givenOption(given, 'random') !== undefined,
    randomFully: givenOption(given, 'random-fully') !== undefined,
    persistent: givenOption(given, 'persistent') !== undefined,
  }
}

/** "10.0.0.1-10.0.0.2:80-90/70", as iptables prints a range. */
export function formatNatRange(range: NatRange): string {
  const { addresses, ports } = range
  let text = ''
  if (addresses) text += formatAddress(addresses.min) + (addresses.max === addresses.min ? '' : `-${formatAddress(addresses.max)}`)
  return ports ? `${text}:${formatNatPorts(ports)}` : text
}

/** "80-90/70". */
export function formatNatPorts(ports: Ports): string {
  return `${ports.min}${ports.max === ports.min ? '' : `-${ports.max}`}${ports.base === null ? '' : `/${ports.base}`}`
}

/** " --random --random-fully --persistent", each as far as set; without dashes for `iptables -L`. */
export function formatNatFlags(range: NatRange, dashes: '--' | ''): string {
  return (
    (range.random ? ` ${dashes}random` : '') +
    (range.randomFully ? ` ${dashes}random-fully` : '') +
    (range.persistent ? ` ${dashes}persistent` : '')
  )
}
