/** The options of `conntrack` that choose connections. Userspace: conntrack-tools 1.4.7, src/conntrack.c and extensions/. */
import type { ConntrackEntry } from '../linux/netfilter/conntrack-table.ts'
import type { ConntrackTuple } from '../linux/netfilter/conntrack-tuple.ts'
import { zoneId } from '../linux/netfilter/conntrack-zone.ts'
import { parseUnsigned } from '../linux/netfilter/option.ts'
import { parseProtocol } from '../linux/netfilter/protocols.ts'
import { type Address, parseAddress } from '../net/address.ts'
import { type Cidr, cidrContains, parseCidr } from '../net/cidr.ts'
import type { Ipv4 } from '../net/ipv4.ts'

/** A test on one entry; all given tests must hold. */
export type Filter = (entry: ConntrackEntry) => boolean

/** What has been read so far, for options that depend on others. */
export interface FilterReading {
  /** IANA number; null before `-p`. */
  protocol: number | null
  sourceMask: Ipv4 | null
  destinationMask: Ipv4 | null
}

/** The filter of an option with its value; an error as the tool words it; undefined when there is no such option. */
export type FilterResult = Filter | { readonly error: string } | undefined

type TupleEnd = (entry: ConntrackEntry) => Address

const ADDRESSES: Readonly<Record<string, TupleEnd>> = {
  '-s': (entry) => entry.original.source,
  '-d': (entry) => entry.original.destination,
  '-r': (entry) => entry.reply.source,
  '-q': (entry) => entry.reply.destination,
}

const PORTS: Readonly<Record<string, (entry: ConntrackEntry) => number>> = {
  '--sport': (entry) => entry.original.sourcePort,
  '--dport': (entry) => entry.original.destinationPort,
  '--reply-port-src': (entry) => entry.reply.sourcePort,
  '--reply-port-dst': (entry) => entry.reply.destinationPort,
}
const PORT_ALIASES: Readonly<Record<string, string>> = { '--orig-port-src': '--sport', '--orig-port-dst': '--dport' }
const PORT_PROTOCOLS = [6, 17, 33, 132, 136]

const icmpType = (tuple: ConntrackTuple) => tuple.destinationPort >> 8
const ICMP: Readonly<Record<string, (tuple: ConntrackTuple) => number>> = {
  '--icmp-type': icmpType,
  '--icmp-code': (tuple) => tuple.destinationPort & 255,
  '--icmp-id': (tuple) => tuple.sourcePort,
}

const TCP_STATES = ['NONE', 'SYN_SENT', 'SYN_RECV', 'ESTABLISHED', 'FIN_WAIT', 'CLOSE_WAIT', 'LAST_ACK', 'TIME_WAIT', 'CLOSE', 'LISTEN']

const STATUSES: Readonly<Record<string, Filter>> = {
  ASSURED: (entry) => entry.assured,
  SEEN_REPLY: (entry) => entry.seenReply,
  UNREPLIED: (entry) => !entry.seenReply,
  UNSET: (entry) => !entry.seenReply,
  FIXED_TIMEOUT: (entry) => entry.clash,
  EXPECTED: () => false,
  OFFLOAD: () => false,
  HW_OFFLOAD: () => false,
}

const PROTOCOLS = [1, 6, 17, 33, 47, 132, 136]

function addressFilter(text: string, end: TupleEnd): FilterResult {
  const network = parseCidr(text)
  return network ? (entry) => cidrContains(network, end(entry)) : { error: `Invalid IP address \`${text}'` }
}

function protocolFilter(reading: FilterReading, text: string): FilterResult {
  const protocol = parseProtocol(text)
  if (typeof protocol === 'string' || (!PROTOCOLS.includes(protocol) && !/^\d+$/.test(text))) {
    return { error: `\`${text}' unsupported protocol` }
  }
  reading.protocol = protocol
  return (entry) => entry.original.protocol === protocol
}

/** "0x10" or "0x10/0xf0". */
function markFilter(text: string): FilterResult {
  const [valueText = '', maskText] = text.split('/')
  const value = parseUnsigned(valueText) ?? 0
  const mask = maskText === undefined ? 0xffffffff : (parseUnsigned(maskText) ?? 0)
  return (entry) => (entry.mark & mask) === (value & mask)
}

function statusFilter(text: string): FilterResult {
  const filters: Filter[] = []
  for (const word of text.split(',')) {
    const filter = STATUSES[word.toUpperCase()]
    if (!filter) return { error: `Bad parameter \`${text}'` }
    filters.push(filter)
  }
  return (entry) => filters.every((filter) => filter(entry))
}

/** `--state`, of TCP: another protocol has no such option. */
function stateFilter({ protocol }: FilterReading, text: string): FilterResult {
  const state = text.toUpperCase()
  if (protocol === 6 && !TCP_STATES.includes(state)) return { error: `unknown TCP state \`${text}'` }
  return protocol === 6 || protocol === 132 ? (entry) => (entry.tcp?.state ?? entry.sctp?.state) === state : undefined
}

/** `--mask-src`, `--mask-dst`: how much of `-s` and `-d` counts. */
function maskOption(reading: FilterReading, option: string, text: string): FilterResult {
  const mask = parseAddress(text)
  if (mask === null) return { error: `Invalid IP address \`${text}'` }
  if (option === '--mask-src') reading.sourceMask = mask
  else reading.destinationMask = mask
  return () => true
}

function zoneFilter(option: string, text: string): FilterResult {
  const zone = parseUnsigned(text, 65535)
  if (zone === null) return { error: `Invalid zone \`${text}'` }
  if (option === '-w') return (entry) => entry.zone.id === zone && entry.zone.direction === 'both'
  const direction = option === '--orig-zone' ? 'original' : 'reply'
  return (entry) => zoneId(entry.zone, direction) === zone
}

/** The filter of an option that takes a value. */
export function valueFilter(reading: FilterReading, option: string, value: string): FilterResult {
  const end = ADDRESSES[option]
  if (end) return addressFilter(value, end)
  const port = PORTS[PORT_ALIASES[option] ?? option]
  if (port) {
    if (reading.protocol === null || !PORT_PROTOCOLS.includes(reading.protocol)) return undefined
    const wanted = (Number.parseInt(value, 10) || 0) & 0xffff
    return (entry) => port(entry) === wanted
  }
  const icmp = ICMP[option]
  if (icmp) return reading.protocol === 1 ? (entry) => icmp(entry.original) === Number(value) : undefined
  switch (option) {
    case '-p':
      return protocolFilter(reading, value)
    case '--state':
      return stateFilter(reading, value)
    case '-m':
      return markFilter(value)
    case '-u':
      return statusFilter(value)
    case '-w':
    case '--orig-zone':
    case '--reply-zone':
      return zoneFilter(option, value)
    case '--mask-src':
    case '--mask-dst':
      return maskOption(reading, option, value)
    case '-f':
      return value === 'ipv4' || value === 'ipv6' ? () => value === 'ipv4' : { error: `\`${value}' unsupported protocol` }
    default:
      return undefined
  }
}

/** `-n`, `-g`, `-j`: connections whose source, destination, either of them is translated, to the network where one is given. */
export function natFilter(option: string, network: Cidr | null): Filter {
  const to = (address: Address): boolean => network === null || cidrContains(network, address)
  return (entry) =>
    (option !== '-g' && entry.nat.source && to(entry.reply.destination)) ||
    (option !== '-n' && entry.nat.destination && to(entry.reply.source))
}

/** What `--mask-src` and `--mask-dst` do to `-s` and `-d`. */
export function maskFilters(reading: FilterReading, given: ReadonlyMap<string, string>): Filter[] {
  const masks = [
    ['-s', reading.sourceMask],
    ['-d', reading.destinationMask],
  ] as const
  return masks.flatMap(([option, mask]) => {
    const address = parseAddress(given.get(option) ?? '')
    const end = ADDRESSES[option]
    return mask === null || address === null || !end ? [] : [(entry: ConntrackEntry) => ((end(entry) ^ address) & mask) === 0]
  })
}
