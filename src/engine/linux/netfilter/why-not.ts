/**
 * Why a rule did not match: the first predicate that a packet fails, in the order in which ipt_do_table() asks (net/ipv4/netfilter/ip_tables.c,
 * ip_packet_match(), then the matches). Only asks; matches that count or draw are not asked again.
 */
import { formatAddress } from '../../net/address.ts'
import type { IpHeader, Packet } from '../../net/packet.ts'
import { inetAddrType } from '../fib.ts'
import { interfaceMatches } from './interface-name.ts'
import { formatNetwork } from './iptables-text.ts'
import { MATCHES } from './matches/list.ts'
import type { Match, PacketContext } from './matches/match.ts'
import { not } from './option.ts'
import { protocolName } from './protocols.ts'
import type { Rule } from './rule.ts'

/** What the rule asks, as iptables-save prints it, and what the packet has instead. */
export interface FailedPredicate {
  /** '-d 10.96.0.1/32' */
  readonly predicate: string
  /** 'the destination is 10.96.40.7' */
  readonly actual: string
}

/** Matches whose answer changes something or was drawn: what they said is known only because nothing else failed. */
const ASKED_ONCE: Readonly<Record<string, string>> = {
  statistic: 'the draw went otherwise',
  limit: 'the limit is used up',
  hashlimit: 'the limit is not exceeded, or is used up',
  recent: 'the list of recent addresses says otherwise',
}

/** Null: everything that can be asked holds. `context` is that of the hook the packet was in. */
export function whyNot(rule: Rule, packet: Packet, context: PacketContext): FailedPredicate | null {
  const { network: header } = packet
  if (header.kind !== 'ip') return null
  return failedHeader(rule, header, context) ?? failedMatch(rule, packet, context)
}

function failedHeader(rule: Rule, header: IpHeader, { state }: PacketContext): FailedPredicate | null {
  const { source, destination, protocol } = header
  if ((((source ^ rule.source) & rule.sourceMask) !== 0) !== rule.sourceNot)
    return failed(`${not(rule.sourceNot)}-s ${formatNetwork(rule.source, rule.sourceMask)}`, `the source is ${formatAddress(source)}`)
  if ((((destination ^ rule.destination) & rule.destinationMask) !== 0) !== rule.destinationNot)
    return failed(
      `${not(rule.destinationNot)}-d ${formatNetwork(rule.destination, rule.destinationMask)}`,
      `the destination is ${formatAddress(destination)}`,
    )
  if (rule.in !== null && interfaceMatches(rule.in, state.in ?? '') === rule.inNot)
    return failed(`${not(rule.inNot)}-i ${rule.in}`, state.in === null ? 'it came in by no device' : `it came in by ${state.in}`)
  if (rule.out !== null && interfaceMatches(rule.out, state.out ?? '') === rule.outNot)
    return failed(`${not(rule.outNot)}-o ${rule.out}`, state.out === null ? 'its way out is not known yet' : `it leaves by ${state.out}`)
  if (rule.protocol !== 0 && (rule.protocol === protocol) === rule.protocolNot)
    return failed(`${not(rule.protocolNot)}-p ${protocolName(rule.protocol)}`, `the protocol is ${protocolName(protocol)}`)
  if (rule.fragment !== null && rule.fragment !== header.fragmentOffset > 0)
    return failed(`${not(!rule.fragment)}-f`, header.fragmentOffset > 0 ? 'it is a later fragment' : 'it is whole, or the first fragment')
  return null
}

const failed = (predicate: string, actual: string): FailedPredicate => ({ predicate, actual })

function failedMatch(rule: Rule, packet: Packet, context: PacketContext): FailedPredicate | null {
  const once = rule.matches.find(({ name }) => name in ASKED_ONCE)
  for (const match of rule.matches) {
    const extension = MATCHES.get(match.name)
    if (match === once || !extension || extension.match(match, packet, context) !== false) continue
    return failed(textOf(match), actualOf(match, packet, context))
  }
  return once ? failed(textOf(once), ASKED_ONCE[once.name] ?? '') : null
}

function textOf(match: Match): string {
  return `-m ${match.name}${MATCHES.get(match.name)?.print(match) ?? ''}`
}

const hex = (value: number): string => `0x${value.toString(16)}`

/** What the packet has of that which the match looks at. */
function actualOf({ name }: Match, packet: Packet, context: PacketContext): string {
  const { network, transport, ct } = packet
  switch (name) {
    case 'tcp':
    case 'udp':
    case 'sctp':
    case 'multiport':
      return portsOf(transport)
    case 'icmp':
      return transport?.kind === 'icmp' ? `the type is ${transport.type}, the code ${transport.code}` : 'it is no ICMP message'
    case 'conntrack':
    case 'state':
    case 'connmark':
      return ct === null
        ? 'conntrack calls it INVALID'
        : ct === 'untracked'
          ? 'it is untracked'
          : `its state is ${ct.state}, ${ct.direction} direction`
    case 'mark':
      return `the mark is ${hex(packet.mark)}`
    case 'addrtype': {
      if (network.kind !== 'ip') return 'it is no IP packet'
      const [source, destination] = [network.source, network.destination].map((address) => inetAddrType(context.ns, address))
      return `the source is ${source}, the destination ${destination}`
    }
    case 'physdev':
      return packet.physIn === null ? 'it is not bridged' : `its bridge ports are ${packet.physIn} and ${packet.physOut ?? 'not known yet'}`
    case 'ttl':
      return network.kind === 'ip' ? `the ttl is ${network.ttl}` : 'it is no IP packet'
    case 'mac':
      return `the source MAC is ${packet.eth?.source ?? 'unknown'}`
    case 'length':
      return `its length is ${packet.payload.length} bytes of payload`
    default:
      return 'the packet has something else'
  }
}

function portsOf(transport: Packet['transport']): string {
  if (transport === null || transport.kind === 'icmp') return 'it has no ports'
  const flags = transport.kind === 'tcp' ? Object.entries(transport.flags).flatMap(([flag, on]) => (on ? [flag.toUpperCase()] : [])) : []
  const carried = flags.length > 0 ? `, the flags ${flags.join(' ')}` : ''
  return `the ports are ${transport.sourcePort} → ${transport.destinationPort}${carried}`
}
