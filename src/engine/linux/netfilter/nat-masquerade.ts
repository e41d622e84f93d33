/** Kernel: net/netfilter/nf_nat_masquerade.c (its notifiers), nf_nat_core.c, nf_nat_oif_changed(). Masqueraded connections end with the interface they leave by. */
import type { Address } from '../../net/address.ts'
import type { CtRef } from '../../net/packet.ts'
import type { NetNs } from '../netns.ts'
import { type ConntrackEntry, conntrackEntries, nfCtDelete } from './conntrack-table.ts'
import type { PacketContext } from './matches/match.ts'

/** `masq_device_event()`, and with an address `masq_inet_event()`: forgets what was masqueraded for an interface that went down, or lost that address. */
export function forgetMasqueraded(ns: NetNs, ifindex: number, address: Address | null): void {
  const table = ns.netfilter.ip.conntrack
  for (const entry of conntrackEntries(ns))
    if (entry.nat.masqIfindex === ifindex && (address === null || entry.reply.destination === address)) nfCtDelete(table, entry)
}

/** Does a packet of a masqueraded connection leave by another interface than its first one did? */
export function leavesElsewhere(entry: ConntrackEntry, { direction }: CtRef, { ns, hook, state }: PacketContext): boolean {
  const { masqIfindex } = entry.nat
  if (masqIfindex === 0 || hook !== 'POSTROUTING' || direction !== 'original' || state.out === null) return false
  return ns.devices.get(state.out)?.ifindex !== masqIfindex
}
