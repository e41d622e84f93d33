/** Userspace: extensions/libxt_tcp.c. Kernel: net/netfilter/xt_tcpudp.c, tcp_mt(). */

import type { TcpFlags, TcpHeader } from '../../../net/packet.ts'
import { type GivenOption, givenOption, not, parseUnsigned } from '../option.ts'
import { ALL_PORTS, formatPortRange, nativePorts, type PortRange, parsePortRange, portName } from '../ports.ts'
import { portsOf } from './actual.ts'
import type { Match, MatchExtension } from './match.ts'

/** Bits of the flags byte, in the order iptables prints them. */
const FLAGS: readonly (readonly [string, number])[] = [
  ['FIN', 0x01],
  ['SYN', 0x02],
  ['RST', 0x04],
  ['PSH', 0x08],
  ['ACK', 0x10],
  ['URG', 0x20],
]
const SYN_MASK = 0x17
const SYN = 0x02

export interface TcpMatch extends Match {
  readonly name: 'tcp'
  readonly source: PortRange
  readonly sourceNot: boolean
  readonly destination: PortRange
  readonly destinationNot: boolean
  readonly flagsMask: number
  readonly flags: number
  readonly flagsNot: boolean
  /** Number of a TCP option; 0 for no such test. */
  readonly option: number
  readonly optionNot: boolean
}

function parseFlags(text: string): number | string {
  let bits = 0
  for (const word of text.split(',')) {
    const upper = word.toUpperCase()
    if (upper === 'ALL') bits |= 0x3f
    else if (upper !== 'NONE') {
      const flag = FLAGS.find(([name]) => name === upper)
      if (!flag) return `Unknown TCP flag \`${word}'`
      bits |= flag[1]
    }
  }
  return bits
}

function formatFlags(bits: number): string {
  if (bits === 0) return 'NONE'
  return FLAGS.filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name)
    .join(',')
}

/** The flags byte of a header. */
function flagBits(flags: TcpFlags): number {
  return (flags.fin ? 1 : 0) | (flags.syn ? 2 : 0) | (flags.rst ? 4 : 0) | (flags.psh ? 8 : 0) | (flags.ack ? 16 : 0)
}

/** "spt:80", "dpts:80:90", "dpt:!80" as `iptables -L` prints them; '' for all ports. */
export function listPorts(what: 'spt' | 'dpt', range: PortRange, inverted: boolean, name: (port: number) => string): string {
  if (range.min === 0 && range.max === 65535 && !inverted) return ''
  const sign = inverted ? '!' : ''
  if (range.min === range.max) return `${what}:${sign}${name(range.min)}`
  return `${what}s:${sign}${name(range.min)}:${name(range.max)}`
}

/** "--sport 80" and its negation as iptables-save prints it; '' for all ports. */
export function printPorts(option: string, range: PortRange, inverted: boolean): string {
  return range.min === 0 && range.max === 65535 && !inverted ? '' : ` ${not(inverted)}--${option} ${formatPortRange(range)}`
}

/** With two blanks, as iptables 1.8.9 has it. */
const ONE_OF_FLAGS = "Only one of `--syn' or `--tcp-flags'  allowed"

function flagsOf(given: readonly GivenOption[]): { mask: number; flags: number; inverted: boolean } | string {
  const syn = givenOption(given, 'syn')
  const option = givenOption(given, 'tcp-flags')
  if (syn && option) return ONE_OF_FLAGS
  if (syn) return { mask: SYN_MASK, flags: SYN, inverted: syn.not }
  if (!option) return { mask: 0, flags: 0, inverted: false }
  const mask = parseFlags(option.values[0] ?? '')
  if (typeof mask === 'string') return mask
  const flags = parseFlags(option.values[1] ?? '')
  return typeof flags === 'string' ? flags : { mask, flags, inverted: option.not }
}

const OPTION = { mss: 2, windowScale: 3, sackPermitted: 4, sack: 5, timestamps: 8 } as const

/** Does the header carry it? What a Linux socket sends: see tcpOptionsLength(). */
function hasOption({ flags, mss, sack }: TcpHeader, option: number): boolean {
  if (option === OPTION.mss) return mss !== null
  if (option === OPTION.timestamps) return !flags.rst
  if (option === OPTION.sack) return sack !== undefined
  return flags.syn && (option === OPTION.windowScale || option === OPTION.sackPermitted)
}

/** `-m tcp --sport --dport --tcp-flags --syn --tcp-option`. */
export const extension: MatchExtension<TcpMatch> = {
  name: 'tcp',
  requires: { protocol: 6, error: "TCP match requires '-p tcp'" },
  options: [
    { name: 'sport', aliases: ['source-port'], values: 1, invertible: true, onlyOnce: "Only one `--source-port' allowed" },
    { name: 'dport', aliases: ['destination-port'], values: 1, invertible: true, onlyOnce: "Only one `--destination-port' allowed" },
    { name: 'tcp-flags', values: 2, invertible: true, onlyOnce: ONE_OF_FLAGS },
    { name: 'syn', values: 0, invertible: true, onlyOnce: ONE_OF_FLAGS },
    { name: 'tcp-option', values: 1, invertible: true, onlyOnce: "Only one `--tcp-option' allowed" },
  ],
  parse(given) {
    const sport = givenOption(given, 'sport')
    const dport = givenOption(given, 'dport')
    const source = sport ? parsePortRange(sport.values[0] ?? '') : ALL_PORTS
    if (typeof source === 'string') return source
    const destination = dport ? parsePortRange(dport.values[0] ?? '') : ALL_PORTS
    if (typeof destination === 'string') return destination
    const flags = flagsOf(given)
    if (typeof flags === 'string') return flags
    const tcpOption = givenOption(given, 'tcp-option')
    const option = tcpOption ? parseUnsigned(tcpOption.values[0] ?? '', 255) : 0
    if (option === null || (tcpOption && option === 0)) return `Bad TCP option "${tcpOption?.values[0]}"`
    const from = { range: source, not: sport?.not ?? false }
    const to = { range: destination, not: dport?.not ?? false }
    // A test for an option is left to xt_tcpudp, with all the others.
    const ports = option === 0 ? { from: nativePorts(from), to: nativePorts(to) } : { from, to }
    return {
      name: 'tcp',
      source: ports.from.range,
      sourceNot: ports.from.not,
      destination: ports.to.range,
      destinationNot: ports.to.not,
      flagsMask: flags.mask,
      flags: flags.flags,
      flagsNot: flags.inverted,
      option,
      optionNot: tcpOption?.not ?? false,
    }
  },
  print(m) {
    const option = m.option ? ` ${not(m.optionNot)}--tcp-option ${m.option}` : ''
    const flags = m.flagsMask || m.flagsNot ? ` ${not(m.flagsNot)}--tcp-flags ${formatFlags(m.flagsMask)} ${formatFlags(m.flags)}` : ''
    return printPorts('sport', m.source, m.sourceNot) + printPorts('dport', m.destination, m.destinationNot) + option + flags
  },
  list(m, numeric) {
    const name = (port: number) => portName(port, 'tcp', numeric)
    const words = ['tcp', listPorts('spt', m.source, m.sourceNot, name), listPorts('dpt', m.destination, m.destinationNot, name)]
    if (m.option) words.push(`option=${m.optionNot ? '!' : ''}${m.option}`)
    if (m.flagsMask || m.flagsNot) {
      const byte = (bits: number) => (numeric ? `0x${bits.toString(16).padStart(2, '0').toUpperCase()}` : formatFlags(bits))
      words.push(`flags:${m.flagsNot ? '!' : ''}${byte(m.flagsMask)}/${byte(m.flags)}`)
    }
    return words.filter((word) => word !== '').join(' ')
  },
  match(m, packet) {
    const header = packet.transport
    if (header?.kind !== 'tcp') return false
    const { source, destination } = m
    // The destination decides most rules, so it is looked at first.
    if ((header.destinationPort >= destination.min && header.destinationPort <= destination.max) === m.destinationNot) return false
    if ((header.sourcePort >= source.min && header.sourcePort <= source.max) === m.sourceNot) return false
    if (m.flagsMask !== 0 && ((flagBits(header.flags) & m.flagsMask) === m.flags) === m.flagsNot) return false
    if (m.option === 0) return true
    return hasOption(header, m.option) !== m.optionNot
  },
  actual: ({ transport }) => portsOf(transport),
}
