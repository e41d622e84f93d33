/**
 * Why a rule did not match: the first predicate that a packet fails, in the order in which ipt_do_table() asks (net/ipv4/netfilter/ip_tables.c,
 * ip_packet_match(), then the matches). Only asks; matches that count or draw are not asked again.
 */
import { formatAddress } from '../../net/address.ts'
import type { IpHeader, IpPacket } from '../../net/packet.ts'
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

/** Null: everything that can be asked holds. `context` is that of the hook the packet was in. */
export function whyNot(rule: Rule, packet: IpPacket, context: PacketContext): FailedPredicate | null {
  const { network: header } = packet
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

function failedMatch(rule: Rule, packet: IpPacket, context: PacketContext): FailedPredicate | null {
  const once = rule.matches.find(({ name }) => MATCHES.get(name)?.askedOnce !== undefined)
  for (const match of rule.matches) {
    const extension = MATCHES.get(match.name)
    if (match === once || !extension || extension.match(match, packet, context) !== false) continue
    return failed(textOf(match), extension.actual?.(packet, context) ?? 'the packet has something else')
  }
  // What it said is known only because nothing else failed.
  return once ? failed(textOf(once), MATCHES.get(once.name)?.askedOnce ?? '') : null
}

function textOf(match: Match): string {
  return `-m ${match.name}${MATCHES.get(match.name)?.print(match) ?? ''}`
}
