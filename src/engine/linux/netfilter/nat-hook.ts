/** Kernel: net/netfilter/nf_nat_core.c, nf_nat_inet_fn() and nf_nat_packet(). What the nat hooks do beside running rules. */
import type { CtRef, IpPacket } from '../../net/packet.ts'
import { ICMP_REDIRECT } from '../../net/protocol-number.ts'
import { decidedBy } from '../drop.ts'
import type { NetNs } from '../netns.ts'
import { type ConntrackEntry, nfCtGet, nfCtKill, type RulePlace } from './conntrack-table.ts'
import { invertTuple } from './conntrack-tuple.ts'
import { iptDoTable, type TableVerdict } from './ip-tables.ts'
import { printRule } from './iptables-text.ts'
import type { PacketContext } from './matches/match.ts'
import { manipIcmpError, manipPacket } from './nat-manip.ts'
import { leavesElsewhere } from './nat-masquerade.ts'
import { natInitialized, nfNatNullBinding } from './nat-setup.ts'
import type { Manip } from './nat-unique-tuple.ts'
import type { IptTable } from './netfilter.ts'
import type { Hook, RuleRef } from './rule.ts'

const NO_REDIRECT = decidedBy('conntrack', 'NAT lets no redirect out about a connection that it maps, or has not mapped yet')
const MOVED = decidedBy('conntrack', 'the connection was masqueraded for another interface than it leaves by now: it is forgotten')

/** `HOOK2MANIP()`: destinations change before routing, sources after it. */
function manipOf(hook: Hook): Manip {
  return hook === 'PREROUTING' || hook === 'OUTPUT' ? 'destination' : 'source'
}

function placeRef(place: RulePlace | null): RuleRef | null {
  return (
    place && { table: 'nat', chain: place.chain, index: place.index, text: printRule(place.chain, place.rule), origin: place.rule.origin }
  )
}

/** Was the connection mapped at this end, seen from a packet of this direction? Replies undo the other half. */
function isMapped(entry: ConntrackEntry, manip: Manip, direction: CtRef['direction']): boolean {
  return (manip === 'source') === (direction === 'original') ? entry.nat.source : entry.nat.destination
}

function traceManip(
  ns: NetNs,
  entry: ConntrackEntry,
  packets: { before: IpPacket; packet: IpPacket },
  manip: Manip,
  direction: CtRef['direction'],
): void {
  if (packets.before === packets.packet) return
  const bySource = (manip === 'source') === (direction === 'original')
  ns.trace?.({
    at: 'nat_manip',
    ...packets,
    manip,
    rule: placeRef(bySource ? entry.nat.sourceRule : entry.nat.destinationRule),
    reply: direction === 'reply',
  })
}

/** `nf_nat_packet()` and, for ICMP errors, `nf_nat_icmp_reply_translation()`: the packet as the mapping wants it at this hook. */
function natPacket(ns: NetNs, entry: ConntrackEntry, packet: IpPacket, ct: CtRef, manip: Manip): IpPacket {
  if (!isMapped(entry, manip, ct.direction)) return packet
  const opposite = ct.direction === 'original' ? entry.reply : entry.original
  const target = invertTuple(opposite)
  const header = packet.transport
  const translated =
    ct.state === 'RELATED' && header?.kind === 'icmp'
      ? manipIcmpError(packet, header, { inner: opposite, outer: target }, manip)
      : manipPacket(packet, target, manip)
  if (ns.trace) traceManip(ns, entry, { before: packet, packet: translated }, manip, ct.direction)
  return translated
}

/**
 * `nf_nat_icmp_reply_translation()`: a redirect goes out only for a connection that has both halves of its mapping, and keeps its addresses. Not
 * for a first packet, then: it has not been through POSTROUTING.
 */
function refusesRedirect({ nat }: ConntrackEntry, ct: CtRef, { transport }: IpPacket): boolean {
  if (ct.state !== 'RELATED' || transport?.kind !== 'icmp' || transport.type !== ICMP_REDIRECT) return false
  return !(nat.sourceDone && nat.destinationDone) || nat.source || nat.destination
}

/** An ICMP error about a connection: `nf_nat_ipv4_fn()` translates it, and that is all. */
const isRelatedError = ({ state }: CtRef, { transport }: IpPacket): boolean => state === 'RELATED' && transport?.kind === 'icmp'

/** Are the rules of the nat table asked about this packet at this hook? Only until its connection has a mapping there. */
export function asksNatRules(ns: NetNs, hook: Hook, packet: IpPacket): boolean {
  const tracked = nfCtGet(ns, packet)
  if (tracked === null) return false
  const { entry, ct } = tracked
  return !isRelatedError(ct, packet) && ct.state !== 'ESTABLISHED' && !natInitialized(entry, manipOf(hook))
}

const accepted = (packet: IpPacket, chain: Hook): TableVerdict => ({ kind: 'ACCEPT', packet, rule: null, chain, index: 0, reject: null })

/** The nat table at one hook: rules for the first packet of a connection, the stored mapping for every packet. */
export function nfNatInetFn(table: IptTable, packet: IpPacket, context: PacketContext): TableVerdict {
  const { ns, hook } = context
  const tracked = nfCtGet(ns, packet)
  if (tracked === null) return accepted(packet, hook)
  const { entry, ct } = tracked
  if (refusesRedirect(entry, ct, packet)) return { ...accepted(packet, hook), kind: 'DROP', by: NO_REDIRECT }
  const manip = manipOf(hook)
  let current = packet
  if (asksNatRules(ns, hook, packet)) {
    const verdict = iptDoTable(table, packet, context)
    if (verdict.kind !== 'ACCEPT') return verdict
    current = verdict.packet
    if (!natInitialized(entry, manip)) nfNatNullBinding(current, entry, manip, context)
  }
  if (!isRelatedError(ct, packet) && leavesElsewhere(entry, ct, context)) {
    nfCtKill(ns.netfilter.ip.conntrack, entry)
    return { ...accepted(packet, hook), kind: 'DROP', by: MOVED }
  }
  return accepted(natPacket(ns, entry, current, ct, manip), hook)
}
