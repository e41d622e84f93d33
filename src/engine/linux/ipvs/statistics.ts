/** Kernel: net/netfilter/ipvs/ip_vs_core.c, ip_vs_in_stats() and ip_vs_out_stats(). */
import type { IpPacket } from '../../net/packet.ts'
import { ipLength } from '../../net/packet-length.ts'
import type { NetNs } from '../netns.ts'
import type { IpvsConnection } from './connection-table.ts'
import type { IpvsService } from './ipvs.ts'
import { ipVsServiceFind } from './service-table.ts'

/** The service that a connection was made for, if it still has the server. */
export function serviceOf(ns: NetNs, connection: IpvsConnection, mark: number): IpvsService | null {
  const { protocol, virtualAddress: address, virtualPort: port } = connection
  const service = ipVsServiceFind(ns, mark, { protocol, address, port })
  if (service?.dests.includes(connection.dest)) return service
  return [...ns.ipvs.services.values()].find((other) => other.dests.includes(connection.dest)) ?? null
}

/** Counts a packet for its server and service. */
export function countPacket(ns: NetNs, connection: IpvsConnection, packet: IpPacket, way: 'in' | 'out'): void {
  if (!connection.dest.available) return
  const bytes = ipLength(packet)
  const service = serviceOf(ns, connection, packet.mark)
  for (const stats of [connection.dest.stats, ...(service ? [service.stats] : [])]) {
    if (way === 'in') {
      stats.inPackets++
      stats.inBytes += bytes
    } else {
      stats.outPackets++
      stats.outBytes += bytes
    }
  }
}
