/** Userspace: extensions/libxt_conntrack.c. Kernel: net/netfilter/xt_conntrack.c, conntrack_mt(). */

import { ipv4 } from '../../../net/ipv4.ts'
import type { IpPacket } from '../../../net/packet.ts'
import { type ConntrackEntry, conntrackEntryOf } from '../conntrack-table.ts'
import { withoutEntry } from '../conntrack-zone.ts'
import { formatMaskedAddress, type MaskedAddress, maskedAddressMatches, parseMaskedAddress } from '../masked-address.ts'
import { type GivenOption, givenOption, NOT_RESOLVED, not, readIntegerRange } from '../option.ts'
import { formatPortRange, type PortRange, resolvePortRange } from '../ports.ts'
import { parseProtocol } from '../protocols.ts'
import { connectionOf } from './actual.ts'
import type { Match, MatchExtension, PacketContext } from './match.ts'

const STATES = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'] as const
const STATUSES = ['EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'] as const
const ADDRESSES = ['ctorigsrc', 'ctorigdst', 'ctreplsrc', 'ctrepldst'] as const
const PORTS = ['ctorigsrcport', 'ctorigdstport', 'ctreplsrcport', 'ctrepldstport'] as const

/** One test of one option, with its negation. */
interface Test<T> {
  readonly value: T
  readonly not: boolean
}

export interface ConntrackMatch extends Match {
  readonly name: 'conntrack'
  readonly state: Test<readonly string[]> | null
  readonly protocol: Test<number> | null
  /** In the order origsrc, origdst, replsrc, repldst. */
  readonly addresses: readonly (Test<MaskedAddress> | null)[]
  readonly ports: readonly (Test<PortRange> | null)[]
  readonly status: Test<readonly string[]> | null
  /** Seconds left. */
  readonly expire: Test<{ readonly min: number; readonly max: number }> | null
  readonly direction: 'ORIGINAL' | 'REPLY' | null
}

/** Words of a list in the order of `known`; otherwise the error about the first that is unknown and what follows it. */
export function parseWords(option: GivenOption, known: readonly string[], what: string): Test<readonly string[]> | string {
  const asked = (option.values[0] ?? '').split(',').map((word) => word.toUpperCase())
  const unknown = asked.findIndex((word) => !known.includes(word))
  if (unknown >= 0) return `Bad ${what} "${option.values[0]?.split(',').slice(unknown).join(',')}"`
  return { value: known.filter((word) => asked.includes(word)), not: option.not }
}

function parseExpire(option: GivenOption): ConntrackMatch['expire'] | string {
  const range = readIntegerRange('conntrack', option, 0xffffffff)
  return typeof range === 'string' ? range : { value: range, not: option.not }
}

function parseAddresses(given: readonly GivenOption[]): (Test<MaskedAddress> | null)[] | string {
  const tests: (Test<MaskedAddress> | null)[] = []
  for (const name of ADDRESSES) {
    const option = givenOption(given, name)
    const network = option ? parseMaskedAddress(option.values[0] ?? '') : null
    if (option && !network) return NOT_RESOLVED
    tests.push(option && network ? { value: network, not: option.not } : null)
  }
  return tests
}

function parsePorts(given: readonly GivenOption[]): (Test<PortRange> | null)[] | string {
  const tests: (Test<PortRange> | null)[] = []
  for (const name of PORTS) {
    const option = givenOption(given, name)
    const range = option ? resolvePortRange('conntrack', option) : null
    if (typeof range === 'string') return range
    tests.push(option && range ? { value: range, not: option.not } : null)
  }
  return tests
}

/** Is this test (if there is one) passed by a value for which `holds`? */
function passes<T>(test: Test<T> | null | undefined, holds: (value: T) => boolean): boolean {
  return !test || holds(test.value) !== test.not
}

/** The states of a packet as `--ctstate` sees them. */
interface Known {
  readonly entry: ConntrackEntry | null
  readonly zone: PacketContext['zone']
}

function hasState(states: readonly string[], packet: IpPacket, { entry, zone }: Known): boolean {
  if (packet.ct === 'untracked') return states.includes('UNTRACKED')
  if (packet.ct === null || packet.ct === 'detached' || entry === null) return states.includes(withoutEntry(zone))
  if (states.includes(packet.ct.state)) return true
  if (entry.nat.source && states.includes('SNAT')) return true
  return entry.nat.destination && states.includes('DNAT')
}

/** What the match asks of a connection. */
type Facts = Pick<ConntrackEntry, 'original' | 'reply' | 'seenReply' | 'assured' | 'confirmed'>

/** Kernel: nf_ct_tmpl_alloc(), xt_ct_tg_check(). What `CT --zone` hangs on a packet: a confirmed connection of nobody. */
const NOBODY = { protocol: 0, source: ipv4(0), destination: ipv4(0), sourcePort: 0, destinationPort: 0 }
const TEMPLATE: Facts = { original: NOBODY, reply: NOBODY, seenReply: false, assured: false, confirmed: true }

function hasStatus(statuses: readonly string[], entry: Facts): boolean {
  const status = (entry.seenReply ? 1 : 0) | (entry.assured ? 2 : 0) | (entry.confirmed ? 4 : 0)
  const bits = { EXPECTED: 0, SEEN_REPLY: 1, ASSURED: 2, CONFIRMED: 4 }
  return statuses.some((word) => (bits[word as keyof typeof bits] & status) !== 0)
}

function tuplesMatch(m: ConntrackMatch, entry: Facts): boolean {
  const { original, reply } = entry
  const addresses = [original.source, original.destination, reply.source, reply.destination]
  const ports = [original.sourcePort, original.destinationPort, reply.sourcePort, reply.destinationPort]
  return (
    addresses.every((address, i) => passes(m.addresses[i], (test) => maskedAddressMatches(test, address))) &&
    ports.every((port, i) => passes(m.ports[i], (range) => port >= range.min && port <= range.max)) &&
    passes(m.protocol, (protocol) => protocol === original.protocol)
  )
}

function printList(option: string, test: Test<readonly string[]> | null): string {
  return test ? ` ${not(test.not)}--${option} ${test.value.length === 0 ? 'NONE' : test.value.join(',')}` : ''
}

function describe(m: ConntrackMatch, dashes: string, named: boolean): string {
  let text = printList(`${dashes}ctstate`, m.state).replace('--', '')
  if (m.protocol) text += ` ${not(m.protocol.not)}${dashes}ctproto ${m.protocol.value}`
  ADDRESSES.forEach((name, i) => {
    const test = m.addresses[i]
    if (test) text += ` ${not(test.not)}${dashes}${name} ${named && test.value.mask === 0 ? 'anywhere' : formatMaskedAddress(test.value)}`
  })
  PORTS.forEach((name, i) => {
    const test = m.ports[i]
    if (test) text += ` ${not(test.not)}${dashes}${name} ${formatPortRange(test.value)}`
  })
  text += printList(`${dashes}ctstatus`, m.status).replace('--', '')
  if (m.expire) text += ` ${not(m.expire.not)}${dashes}ctexpire ${formatPortRange(m.expire.value)}`
  return m.direction ? `${text} ${dashes}ctdir ${m.direction}` : text
}

/** `-m conntrack --ctstate …` and the rest of the connection's facts. */
export const extension: MatchExtension<ConntrackMatch> = {
  name: 'conntrack',
  needsConntrack: true,
  options: [
    { name: 'ctstate', values: 1, invertible: true },
    { name: 'ctproto', values: 1, invertible: true },
    ...ADDRESSES.map((name) => ({ name, values: 1 as const, invertible: true })),
    ...PORTS.map((name) => ({ name, values: 1 as const, invertible: true })),
    { name: 'ctstatus', values: 1, invertible: true },
    { name: 'ctexpire', values: 1, invertible: true },
    { name: 'ctdir', values: 1 },
  ],
  parse(given) {
    if (given.length === 0) return 'conntrack: At least one option is required'
    const stateOption = givenOption(given, 'ctstate')
    const state = stateOption ? parseWords(stateOption, STATES, 'ctstate') : null
    if (typeof state === 'string') return state
    const protocolOption = givenOption(given, 'ctproto')
    const protocol = protocolOption ? parseProtocol(protocolOption.values[0] ?? '') : null
    if (typeof protocol === 'string') return protocol
    const addresses = parseAddresses(given)
    if (typeof addresses === 'string') return addresses
    const ports = parsePorts(given)
    if (typeof ports === 'string') return ports
    const statusOption = givenOption(given, 'ctstatus')
    const none = statusOption?.values[0]?.toUpperCase() === 'NONE'
    const status = !statusOption ? null : none ? { value: [], not: statusOption.not } : parseWords(statusOption, STATUSES, 'ctstatus')
    if (typeof status === 'string') return status
    const expireOption = givenOption(given, 'ctexpire')
    const expire = expireOption ? parseExpire(expireOption) : null
    if (typeof expire === 'string') return expire
    const direction = givenOption(given, 'ctdir')?.values[0]?.toUpperCase() ?? null
    if (direction !== null && direction !== 'ORIGINAL' && direction !== 'REPLY')
      return `conntrack: Bad value for "--ctdir" option: "${givenOption(given, 'ctdir')?.values[0]}"`
    return {
      name: 'conntrack',
      state,
      protocol: protocolOption && protocol !== null ? { value: protocol, not: protocolOption.not } : null,
      addresses,
      ports,
      status,
      expire,
      direction,
    }
  },
  print: (m) => describe(m, '--', false),
  list: (m, numeric) => describe(m, '', !numeric).trimStart(),
  match(m, packet, context) {
    const entry = conntrackEntryOf(context.ns, packet)
    if (m.state !== null && hasState(m.state.value, packet, { entry, zone: context.zone }) === m.state.not) return false
    if (m.protocol === null && m.status === null && m.expire === null && m.direction === null) {
      if (m.addresses.every((test) => test === null) && m.ports.every((test) => test === null)) return true
    }
    const known = entry ?? (packet.ct === null && context.zone !== null ? TEMPLATE : null)
    // Without a connection nothing else can be asked (conntrack_mt()).
    if (known === null || typeof packet.ct === 'string') return m.state !== null
    if (m.direction !== null && (packet.ct?.direction !== 'reply') !== (m.direction === 'ORIGINAL')) return false
    if (!tuplesMatch(m, known)) return false
    if (!passes(m.status, (statuses) => hasStatus(statuses, known))) return false
    const secondsLeft = entry?.confirmed ? Math.max(0, Math.floor((entry.expiresMs - context.ns.kernel.nowMs) / 1000)) : 0
    return passes(m.expire, (range) => secondsLeft >= range.min && secondsLeft <= range.max)
  },
  actual: connectionOf,
}
