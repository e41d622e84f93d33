/** What a packet has of that which several matches look at, in words. */
import type { IpPacket } from '../../../net/packet.ts'

/** Of tcp, udp, sctp and multiport. */
export function portsOf(transport: IpPacket['transport']): string {
  if (transport === null || transport.kind === 'icmp') return 'it has no ports'
  const flags = transport.kind === 'tcp' ? Object.entries(transport.flags).flatMap(([flag, on]) => (on ? [flag.toUpperCase()] : [])) : []
  const carried = flags.length > 0 ? `, the flags ${flags.join(' ')}` : ''
  return `the ports are ${transport.sourcePort} → ${transport.destinationPort}${carried}`
}

/** Of conntrack, state and connmark. */
export function connectionOf({ ct }: IpPacket): string {
  if (ct === null || ct === 'detached') return 'conntrack calls it INVALID'
  return ct === 'untracked' ? 'it is untracked' : `its state is ${ct.state}, ${ct.direction} direction`
}
