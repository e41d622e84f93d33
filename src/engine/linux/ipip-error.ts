/** Kernel: net/ipv4/ipip.c, ipip_err(); ip_tunnel.c, ip_tunnel_xmit(). Errors about the outer packets of a tunnel, and who is told of them. */
import type { IcmpHeader, IpHeader, IpPacket } from '../net/packet.ts'
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, ICMP_HOST_UNREACH, ICMP_TIME_EXCEEDED } from '../net/protocol-number.ts'
import { type Ipip, ipTunnelLookup } from './ipip-lookup.ts'
import { icmpRequest, type KernelEffect, NOT_LOCAL } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'

/** Kernel: IPTUNNEL_ERR_TIMEO. */
const ERROR_TIMEOUT_MS = 30_000

/** Does the error say that the other end cannot be reached? A smaller MTU is learned by the route alone. */
function isFailure({ type, code }: IcmpHeader, { tunnel }: Ipip): boolean {
  if (tunnel.remote === null) return false
  if (type === ICMP_DEST_UNREACH) return code !== ICMP_FRAG_NEEDED
  return type === ICMP_TIME_EXCEEDED && code === 0 && tunnel.ttl !== 0
}

/** `ipip_err()`: an error came back about an outer packet. The sender of the inner one hears of it when the next goes through. Returns what came of it. */
export function ipipError(ns: NetNs, icmp: IcmpHeader, outer: IpHeader): string | null {
  const device = ipTunnelLookup(ns, outer.destination, outer.source)
  if (device === null) return null
  if (!isFailure(icmp, device)) return `it changes nothing for ${device.name}`
  const now = ns.kernel.nowMs
  const before = ns.tunnelErrors.get(device.ifindex)
  const count = before && now < before.lastMs + ERROR_TIMEOUT_MS ? before.count + 1 : 1
  ns.tunnelErrors.set(device.ifindex, { count, lastMs: now })
  return `${device.name} tells the next sender`
}

/** `dst_link_failure()` for each error that came lately: this sender hears that the host cannot be reached, though its packet goes out. */
export function linkFailure(ns: NetNs, device: Ipip, packet: IpPacket): KernelEffect[] {
  const known = ns.tunnelErrors.get(device.ifindex)
  if (known === undefined) return []
  const recent = ns.kernel.nowMs < known.lastMs + ERROR_TIMEOUT_MS
  if (recent && known.count > 1) ns.tunnelErrors.set(device.ifindex, { ...known, count: known.count - 1 })
  else ns.tunnelErrors.delete(device.ifindex)
  if (!recent) return []
  return [icmpRequest(packet, NOT_LOCAL, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH)]
}
