/** Kernel: net/netfilter/ipvs/ip_vs_core.c, ip_vs_ops4[]. Where IPVS sits in the hooks; only while the namespace has a service. */
import type { IpPacket } from '../../net/packet.ts'
import type { NetNs } from '../netns.ts'
import { ipVsExpire } from './connection-table.ts'
import { ipVsIn, ipVsInIcmp } from './ip-vs-in.ts'
import { ipVsOut } from './ip-vs-out.ts'
import type { IpvsContext, IpvsVerdict } from './verdict.ts'

/** The functions that IPVS registers. */
export type IpvsFunction = 'ip_vs_out' | 'ip_vs_in' | 'ip_vs_forward_icmp'

/** Are the hooks registered? */
export function hasIpvs(ns: NetNs): boolean {
  return ns.ipvs.services.size > 0
}

/** Runs one of the functions on a packet. */
export function ipVsHook(run: IpvsFunction, packet: IpPacket, context: IpvsContext): IpvsVerdict {
  ipVsExpire(context.ns)
  switch (run) {
    case 'ip_vs_out':
      return ipVsOut(context, packet)
    case 'ip_vs_in':
      return ipVsIn(context, packet)
    case 'ip_vs_forward_icmp':
      return ipVsInIcmp(context, packet)
  }
}
