/** Userspace: extensions/libxt_multiport.c. Kernel: net/netfilter/xt_multiport.c. */

import { givenOption, not } from '../option.ts'
import { formatPortRange, type PortRange, parsePortRange, portName } from '../ports.ts'
import { protocolName } from '../protocols.ts'
import { portsOf } from './actual.ts'
import type { Match, MatchExtension } from './match.ts'

export interface MultiportMatch extends Match {
  readonly name: 'multiport'
  readonly which: 'sports' | 'dports' | 'ports'
  readonly ports: readonly PortRange[]
  readonly not: boolean
  /** Name of the rule's protocol, for the names of the ports. */
  readonly protocol: string
}

const OPTIONS = [
  ['source-ports', 'sports'],
  ['destination-ports', 'dports'],
  ['ports', 'ports'],
] as const
/** Protocols that have ports: tcp, udp, dccp, sctp, udplite. */
const PROTOCOLS = [6, 17, 33, 132, 136]

/** `-m multiport --sports|--dports|--ports LIST`: up to 15 ports; a range counts as two. */
export const extension: MatchExtension<MultiportMatch> = {
  name: 'multiport',
  options: [
    { name: 'source-ports', aliases: ['sports'], values: 1, invertible: true, excludes: ['destination-ports', 'ports'] },
    { name: 'destination-ports', aliases: ['dports'], values: 1, invertible: true, excludes: ['source-ports', 'ports'] },
    { name: 'ports', values: 1, invertible: true, excludes: ['source-ports', 'destination-ports'] },
  ],
  parse(given, protocol) {
    const option = OPTIONS.flatMap(([name]) => givenOption(given, name) ?? [])[0]
    const which = OPTIONS.find(([name]) => name === option?.name)?.[1]
    if (protocol !== 0 && !PROTOCOLS.includes(protocol)) return 'multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP'
    if (protocol === 0) return "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'"
    if (!which) return 'multiport expection an option'
    const ports: PortRange[] = []
    let slots = 0
    for (const word of (option?.values[0] ?? '').split(',')) {
      const range = parsePortRange(word)
      if (typeof range === 'string') return range.startsWith('invalid portrange') ? 'invalid portrange specified' : range
      slots += word.includes(':') ? 2 : 1
      ports.push(range)
    }
    if (slots > 15) return 'too many ports specified'
    return { name: 'multiport', which, ports, not: option?.not ?? false, protocol: protocolName(protocol) }
  },
  print: (m) => ` ${not(m.not)}--${m.which} ${m.ports.map((range) => formatPortRange(range)).join(',')}`,
  list(m, numeric) {
    const name = (port: number) => portName(port, m.protocol, numeric)
    const names = m.ports.map((range) => (range.min === range.max ? name(range.min) : `${name(range.min)}:${name(range.max)}`))
    return `multiport ${m.which} ${m.not ? ' !' : ''}${names.join(',')}`
  },
  match(m, packet) {
    const header = packet.transport
    if (header === null || header.kind === 'icmp') return false
    for (const range of m.ports) {
      if (m.which !== 'dports' && header.sourcePort >= range.min && header.sourcePort <= range.max) return !m.not
      if (m.which !== 'sports' && header.destinationPort >= range.min && header.destinationPort <= range.max) return !m.not
    }
    return m.not
  },
  actual: ({ transport }) => portsOf(transport),
}
