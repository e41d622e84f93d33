/** Userspace: extensions/libxt_sctp.c. Kernel: net/netfilter/xt_sctp.c. */

import { givenOption, not } from '../option.ts'
import { ALL_PORTS, type PortRange, parsePortRange, portName } from '../ports.ts'
import { portsOf } from './actual.ts'
import type { Match, MatchExtension } from './match.ts'
import { listPorts, printPorts } from './tcp.ts'

/** Chunk types by number (RFC 9260), in the order they are printed. */
const CHUNKS = [
  'DATA',
  'INIT',
  'INIT_ACK',
  'SACK',
  'HEARTBEAT',
  'HEARTBEAT_ACK',
  'ABORT',
  'SHUTDOWN',
  'SHUTDOWN_ACK',
  'ERROR',
  'COOKIE_ECHO',
  'COOKIE_ACK',
  'ECN_ECNE',
  'ECN_CWR',
  'SHUTDOWN_COMPLETE',
]

export interface SctpMatch extends Match {
  readonly name: 'sctp'
  readonly source: PortRange
  readonly sourceNot: boolean
  readonly destination: PortRange
  readonly destinationNot: boolean
  /** Null: chunks are not looked at. */
  readonly chunks: {
    readonly which: 'all' | 'any' | 'only'
    readonly types: readonly string[]
    /** Flags asked of chunks, by type: "Be". */
    readonly flags: readonly (readonly [string, string])[]
    readonly not: boolean
  } | null
}

/** ":Be" where flags are asked of that chunk. */
function flagsOf(m: SctpMatch, type: string): string {
  const flags = m.chunks?.flags.find(([of]) => of === type)
  return flags ? `:${flags[1]}` : ''
}

/** "ALL", "NONE", or the types with the flags that are asked of them. */
function formatChunks(m: SctpMatch, nameOf: (type: string) => string): string {
  const types = m.chunks?.types ?? []
  if (types.length === CHUNKS.length) return 'ALL'
  return types.length === 0 ? 'NONE' : types.map((type) => nameOf(type) + flagsOf(m, type)).join(',')
}

/** `-m sctp --sport --dport --chunk-types`. */
export const extension: MatchExtension<SctpMatch> = {
  name: 'sctp',
  requires: { protocol: 132, error: "SCTP match requires '-p sctp'" },
  options: [
    { name: 'sport', aliases: ['source-port'], values: 1, invertible: true, onlyOnce: "Only one `--source-port' allowed" },
    { name: 'dport', aliases: ['destination-port'], values: 1, invertible: true, onlyOnce: "Only one `--destination-port' allowed" },
    { name: 'chunk-types', values: 2, invertible: true, onlyOnce: "Only one `--chunk-types' allowed" },
  ],
  parse(given) {
    const sport = givenOption(given, 'sport')
    const dport = givenOption(given, 'dport')
    const source = sport ? parsePortRange(sport.values[0] ?? '') : ALL_PORTS
    if (typeof source === 'string') return source
    const destination = dport ? parsePortRange(dport.values[0] ?? '') : ALL_PORTS
    if (typeof destination === 'string') return destination
    const option = givenOption(given, 'chunk-types')
    let chunks: SctpMatch['chunks'] = null
    if (option) {
      const which = (option.values[0] ?? '').toLowerCase()
      if (which !== 'all' && which !== 'any' && which !== 'only') return 'Match type has to be one of "ALL", "ANY" or "ONLY"'
      const words = (option.values[1] ?? '').toUpperCase()
      const given = (option.values[1] ?? '').split(',').map((word) => word.split(':'))
      const asked = words === 'ALL' ? CHUNKS : words === 'NONE' ? [] : given.map(([word = '']) => word.toUpperCase())
      const unknown = asked.find((word) => !CHUNKS.includes(word))
      if (unknown !== undefined) return `Unknown sctp chunk \`${unknown}'`
      const flags = given.flatMap(([word = '', bits]) => (bits === undefined ? [] : [[word.toUpperCase(), bits] as const]))
      chunks = { which, types: CHUNKS.filter((chunk) => asked.includes(chunk)), flags, not: option.not }
    }
    return { name: 'sctp', source, sourceNot: sport?.not ?? false, destination, destinationNot: dport?.not ?? false, chunks }
  },
  print(m) {
    const chunks = m.chunks ? ` ${not(m.chunks.not)}--chunk-types ${m.chunks.which} ${formatChunks(m, (type) => type)}` : ''
    return printPorts('sport', m.source, m.sourceNot) + printPorts('dport', m.destination, m.destinationNot) + chunks
  },
  list(m, numeric) {
    const name = (port: number) => portName(port, 'sctp', numeric)
    const words = ['sctp', listPorts('spt', m.source, m.sourceNot, name), listPorts('dpt', m.destination, m.destinationNot, name)]
    const number = (type: string) => `0x${CHUNKS.indexOf(type).toString(16).toUpperCase().padStart(4, '0')}`
    if (m.chunks) words.push(`${not(m.chunks.not)}${m.chunks.which} ${formatChunks(m, numeric ? number : (type) => type)}`)
    return words.filter((word) => word !== '').join(' ')
  },
  match(m, packet) {
    const header = packet.transport
    if (header?.kind !== 'sctp') return false
    const { source, destination, chunks } = m
    if ((header.sourcePort >= source.min && header.sourcePort <= source.max) === m.sourceNot) return false
    if ((header.destinationPort >= destination.min && header.destinationPort <= destination.max) === m.destinationNot) return false
    if (chunks === null) return true
    if (chunks.flags.some(([type]) => type === header.chunk)) return 'unsupported'
    const contains = chunks.types.includes(header.chunk)
    // A packet is taken to have one chunk, so it has all of none, or of one that it is.
    const matched = chunks.which === 'all' ? chunks.types.length === (contains ? 1 : 0) : contains
    return matched !== chunks.not
  },
  actual: ({ transport }) => portsOf(transport),
}
