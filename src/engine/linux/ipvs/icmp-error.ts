/** Kernel: net/netfilter/ipvs/ip_vs_core.c, ip_vs_out_icmp() and ip_vs_in_icmp(). Which ICMP messages IPVS looks into. */
import type { IcmpHeader } from '../../net/packet.ts'

/** Destination unreachable, source quench, time exceeded. */
export function isTranslatedError({ type }: IcmpHeader): boolean {
  return type === 3 || type === 4 || type === 11
}
