/** Kernel: net/netfilter/nf_nat_core.c, nf_nat_setup_info(): decides once what a connection is mapped to. */
import type { IpPacket } from '../../net/packet.ts'
import { type ConntrackEntry, conntrackEntryOf } from './conntrack-table.ts'
import { invertTuple, sameTuple } from './conntrack-tuple.ts'
import type { PacketContext } from './matches/match.ts'
import { addressRange, type NatRange } from './nat-range.ts'
import { type Manip, uniqueTuple } from './nat-unique-tuple.ts'
import type { Rule } from './rule.ts'
import type { TargetVerdict } from './targets/target.ts'

/** Who asks for the mapping; `rule` null for a null binding. */
export interface NatSetup {
  readonly context: PacketContext
  readonly rule: Rule | null
}

/** Is this half of the mapping decided (`nf_nat_initialized()`)? */
export function natInitialized(entry: ConntrackEntry, manip: Manip): boolean {
  return manip === 'source' ? entry.nat.sourceDone : entry.nat.destinationDone
}

/** Takes the first packet of a connection and the range its source or destination is to be mapped into. The packet itself is rewritten after the rules. */
export function nfNatSetupInfo(packet: IpPacket, range: NatRange, manip: Manip, { context, rule }: NatSetup): TargetVerdict {
  const entry = conntrackEntryOf(context.ns, packet)
  if (entry === null || entry.confirmed || natInitialized(entry, manip)) return { kind: 'ACCEPT', packet }
  const current = invertTuple(entry.reply)
  const mapped = uniqueTuple(current, { ns: context.ns, entry, range, manip })
  const changed = !sameTuple(mapped, current)
  if (changed) entry.reply = invertTuple(mapped)
  const place = rule === null ? null : { chain: context.chain, index: context.index, rule }
  const { nat } = entry
  if (manip === 'source') {
    nat.sourceDone = true
    nat.source = changed
    nat.sourceRule = place
  } else {
    nat.destinationDone = true
    nat.destination = changed
    nat.destinationRule = place
  }
  return { kind: 'ACCEPT', packet }
}

/** `nf_nat_alloc_null_binding()`: no rule applied; the address stays, the source port only gives way to a clash. */
export function nfNatNullBinding(packet: IpPacket, entry: ConntrackEntry, manip: Manip, context: PacketContext): void {
  const address = manip === 'source' ? entry.reply.destination : entry.reply.source
  nfNatSetupInfo(packet, addressRange(address), manip, { context, rule: null })
}
