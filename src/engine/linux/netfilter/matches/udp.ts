/** Userspace: extensions/libxt_udp.c. Kernel: net/netfilter/xt_tcpudp.c, udp_mt(). */

import { givenOption } from '../option.ts'
import { ALL_PORTS, nativePorts, type PortRange, portName, resolvePortRange } from '../ports.ts'
import { portsOf } from './actual.ts'
import type { Match, MatchExtension } from './match.ts'
import { listPorts, printPorts } from './tcp.ts'

export interface UdpMatch extends Match {
  readonly name: 'udp'
  readonly source: PortRange
  readonly sourceNot: boolean
  readonly destination: PortRange
  readonly destinationNot: boolean
}

/** `-m udp --sport --dport`. */
export const extension: MatchExtension<UdpMatch> = {
  name: 'udp',
  requires: { protocol: 17, error: "UDP match requires '-p udp'" },
  options: [
    {
      name: 'sport',
      aliases: ['source-port'],
      values: 1,
      invertible: true,
      onlyOnce: 'udp: option "--source-port" can only be used once.\n',
    },
    {
      name: 'dport',
      aliases: ['destination-port'],
      values: 1,
      invertible: true,
      onlyOnce: 'udp: option "--destination-port" can only be used once.\n',
    },
  ],
  parse(given) {
    const sport = givenOption(given, 'sport')
    const dport = givenOption(given, 'dport')
    const source = sport ? resolvePortRange('udp', { ...sport, name: 'source-port' }) : ALL_PORTS
    if (typeof source === 'string') return source
    const destination = dport ? resolvePortRange('udp', { ...dport, name: 'destination-port' }) : ALL_PORTS
    if (typeof destination === 'string') return destination
    const from = nativePorts({ range: source, not: sport?.not ?? false })
    const to = nativePorts({ range: destination, not: dport?.not ?? false })
    return { name: 'udp', source: from.range, sourceNot: from.not, destination: to.range, destinationNot: to.not }
  },
  print: (m) => printPorts('sport', m.source, m.sourceNot) + printPorts('dport', m.destination, m.destinationNot),
  list(m, numeric) {
    const name = (port: number) => portName(port, 'udp', numeric)
    return ['udp', listPorts('spt', m.source, m.sourceNot, name), listPorts('dpt', m.destination, m.destinationNot, name)]
      .filter((word) => word !== '')
      .join(' ')
  },
  match(m, packet) {
    const header = packet.transport
    if (header === null || header.kind !== 'udp') return false
    const { source, destination } = m
    if ((header.sourcePort >= source.min && header.sourcePort <= source.max) === m.sourceNot) return false
    return (header.destinationPort >= destination.min && header.destinationPort <= destination.max) !== m.destinationNot
  },
  actual: ({ transport }) => portsOf(transport),
}
