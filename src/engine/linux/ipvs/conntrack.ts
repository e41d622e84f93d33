/** Kernel: net/netfilter/ipvs/ip_vs_nfct.c. What IPVS does to connection tracking. */
import type { IpPacket } from '../../net/packet.ts'
import { nfConntrackConfirm } from '../netfilter/conntrack.ts'
import { conntrackEntryOf, conntrackFind, nfCtDelete } from '../netfilter/conntrack-table.ts'
import type { NetNs } from '../netns.ts'
import type { IpvsConnection } from './connection-table.ts'

/** `ip_vs_notrack()`: from here on conntrack does not know the packet. */
export function ipVsNotrack(packet: IpPacket): IpPacket {
  return packet.ct === null ? packet : { ...packet, ct: 'untracked' }
}

/**
 * `ip_vs_update_conntrack()`: before the entry of a translated connection is confirmed, its reply becomes the one that
 * the real server will send. `answer`: the packet came from the server.
 */
export function ipVsUpdateConntrack(ns: NetNs, packet: IpPacket, connection: IpvsConnection, answer: boolean): void {
  const entry = conntrackEntryOf(ns, packet)
  if (entry === null || entry.confirmed || entry.dying || connection.method !== 'masquerade' || connection.onePacket) return
  if (packet.ct === null || typeof packet.ct === 'string' || packet.ct.direction !== 'original') return
  const isIcmp = entry.reply.protocol === 1
  entry.reply = answer
    ? {
        ...entry.reply,
        destination: connection.virtualAddress,
        destinationPort: isIcmp ? entry.reply.destinationPort : connection.virtualPort,
      }
    : {
        ...entry.reply,
        source: connection.destAddress,
        sourcePort: isIcmp ? entry.reply.sourcePort : connection.destPort,
      }
}

/** `ip_vs_confirm_conntrack()` and `nf_reset_ct()` for a packet that goes into a tunnel; null: it must be dropped. */
export function ipVsConfirmConntrack(ns: NetNs, packet: IpPacket, connection: IpvsConnection): IpPacket | null {
  if (connection.nfct && !nfConntrackConfirm(ns, packet)) return null
  return packet.ct === null ? packet : { ...packet, ct: null }
}

/** `ip_vs_conn_uses_old_conntrack()`: does the packet belong to a conntrack entry that is older than it? */
export function usesOldConntrack(ns: NetNs, packet: IpPacket, connection: IpvsConnection): boolean {
  return connection.nfct && conntrackEntryOf(ns, packet)?.confirmed === true
}

/** `ip_vs_conn_drop_conntrack()`: a connection that ends takes its conntrack entry along. */
export function ipVsConnDropConntrack(ns: NetNs, connection: IpvsConnection): void {
  const found = conntrackFind(ns, {
    source: connection.clientAddress,
    destination: connection.virtualAddress,
    protocol: connection.protocol,
    sourcePort: connection.clientPort,
    destinationPort: connection.virtualPort,
  })
  if (found !== null) nfCtDelete(ns.netfilter.ip.conntrack, found.entry)
}
