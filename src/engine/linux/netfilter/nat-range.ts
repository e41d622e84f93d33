/** Kernel: include/uapi/linux/netfilter/nf_nat.h, struct nf_nat_range2. Where a connection may be mapped to. */
import { type Address, formatAddress, parseAddress } from '../../net/address.ts'
import { type GivenOption, givenOption, givenValue, leadingUnsigned } from './option.ts'
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

/** IANA numbers of the protocols whose ports can be mapped; ICMP's are its ids. */
const PORT_PROTOCOLS = [1, 6, 17, 33, 132]
export const NEEDS_PORTS = 'Need TCP, UDP, SCTP or DCCP with port specification'

type Ports = NonNullable<NatRange['ports']>

/** The port that the text begins with and what stands behind it; a name is the whole text. */
function leadingPort(text: string, least = 0): { readonly port: number; readonly end: string } | string {
  const number = leadingUnsigned(text, 65535)
  if (number !== null && number.value >= least) return { port: number.value, end: number.rest }
  const named = parsePort(text)
  return typeof named === 'string' || number !== null ? `Port \`${text}' not valid` : { port: named, end: '' }
}

/** parse_ports(): "80", "80-90" or "80-90/70"; the error is iptables'. */
function parseNatPorts(text: string): Ports | string {
  const first = leadingPort(text)
  if (typeof first === 'string') return first
  if (first.end === '') return { min: first.port, max: first.port, base: null }
  if (first.end.startsWith(':')) return 'Invalid port:port syntax - use dash'
  if (!first.end.startsWith('-')) return `Garbage after port value: \`${first.end}'`
  const lastText = first.end.slice(1)
  const last = leadingPort(lastText)
  if (typeof last === 'string' || !/^\+?\d/.test(lastText)) return `Port \`${lastText}' not valid`
  if (last.port < first.port) return `Port range \`${lastText}' funky`
  if (last.end === '') return { min: first.port, max: last.port, base: null }
  if (!last.end.startsWith('/')) return `Garbage after port range: \`${last.end}'`
  const base = leadingPort(last.end.slice(1), 1)
  return typeof base === 'string' ? base : { min: first.port, max: last.port, base: base.port }
}

/** Reads "ADDRESS[-ADDRESS][:PORTS]"; the error is iptables'. */
function parseTo(text: string): Pick<NatRange, 'addresses' | 'ports'> | string {
  const [before = '', portText, ...more] = text.split(':')
  const alone = portText === undefined || more.length > 0
  const addressText = alone ? text : before
  const ports = alone ? null : parseNatPorts(portText)
  if (typeof ports === 'string') return ports
  if (addressText === '') return { addresses: null, ports }
  const [first = '', second = first] = addressText.split('-')
  const min = parseAddress(first)
  if (min === null) return `Bad IP address "${first}"`
  const max = parseAddress(second)
  if (max === null) return `Bad IP address "${second}"`
  return { addresses: { min, max }, ports }
}

/**
 * The base of shifted ports, by option: only DNAT's range has a place for it (struct nf_nat_range2); of the others REDIRECT refuses it, and for
 * SNAT and MASQUERADE the kernel takes 0.
 */
function withBase(ports: Ports | null, option: string, shifts: boolean): Ports | null | string {
  if (ports === null || ports.base === null || option === 'to-destination') return ports
  return shifts ? { ...ports, base: 0 } : 'Shifted portmap ranges not supported with this kernel'
}

/** The range of `--to-destination`, `--to-source` or `--to-ports` with the flags beside it; the error is iptables'. `shifts`: see withBase(). */
export function parseNatRange(given: readonly GivenOption[], option: string, protocol: number, shifts = true): NatRange | string {
  const text = givenValue(given, option)
  const to = text === undefined ? NOWHERE : option === 'to-ports' ? parsePortsOnly(text) : parseTo(text)
  if (typeof to === 'string') return to
  if (to.ports && !PORT_PROTOCOLS.includes(protocol)) return NEEDS_PORTS
  const ports = withBase(to.ports, option, shifts)
  if (typeof ports === 'string') return ports
  return {
    addresses: to.addresses,
    ports,
    random: givenOption(given, 'random') !== undefined,
    randomFully: givenOption(given, 'random-fully') !== undefined,
    persistent: givenOption(given, 'persistent') !== undefined,
  }
}

const NOWHERE: Pick<NatRange, 'addresses' | 'ports'> = { addresses: null, ports: null }

function parsePortsOnly(text: string): Pick<NatRange, 'addresses' | 'ports'> | string {
  const ports = parseNatPorts(text)
  return typeof ports === 'string' ? ports : { addresses: null, ports }
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
