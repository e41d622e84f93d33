/** Kernel: net/ipv4/ip_tunnel_core.c, ip_tunnel.c. What tunnels have in common: which parts of an skb survive wrapping and unwrapping. */
import { copyPacket, newIpPacket, type PacketDraft } from '../net/new-packet.ts'
import { type IpPacket, isIp, type Packet } from '../net/packet.ts'
import { ipLength } from '../net/packet-length.ts'
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, isIcmpError, PROTOCOL_ICMP } from '../net/protocol-number.ts'
import type { Device } from './device.ts'
import { decidedBy, drop } from './drop.ts'
import { l4Hash } from './flow-hash.ts'
import type { KernelEffect } from './kernel-effect.ts'
import type { NetNs } from './netns.ts'
import { newPacketId } from './packet-id.ts'
import { ipRtUpdatePmtu } from './route-output.ts'

/** Kernel: INET_ECN_MASK. */
const ECN_MASK = 3

/** `skb_scrub_packet()` inside one namespace: conntrack and IPVS forget it; the mark stays, for the outer packet too. */
export function innerPacket<P extends Packet>(packet: P): PacketDraft<P> {
  const inner = copyPacket(packet)
  inner.ct = inner.physIn = inner.physOut = null
  inner.ipvs = false
  return inner
}

/** The packet inside, now that its outer headers are gone: still the same skb, with the mark the outer packet was given. */
export function unwrapped<P extends Packet>(outer: IpPacket, inner: P): PacketDraft<P> {
  const packet = copyPacket(inner)
  packet.id = outer.id
  packet.parent = outer.parent
  packet.mark = outer.mark
  packet.hash = l4Hash(outer.hash)
  packet.ct = packet.physIn = packet.physOut = packet.socket = null
  return packet
}

/** `ip_tunnel_ecn_encap()`: the device's TOS; 1 inherits. The inner packet's ECN bits go along, congestion marks do not. */
export function outerTos(tos: number, packet: Packet): number {
  const inner = packet.network.kind === 'ip' ? packet.network.tos : 0
  const base = tos === 1 ? inner : tos
  const ecn = (inner & ECN_MASK) === ECN_MASK ? 2 : inner & ECN_MASK
  return (base & ~ECN_MASK & 0xff) | ecn
}

/**
 * `skb_tunnel_check_pmtu()`: a packet that will not fit is sent all the same (the outer one is cut), but the route it came by learns
 * the smaller size, which a sender on this machine then keeps to. A port of a bridge has no route: there the sender is told. Null: go on.
 */
export function tunnelCheckPmtu(ns: NetNs, packet: Packet, device: Device, mtu: number): KernelEffect[] | null {
  if (!isIp(packet) || ipLength(packet) <= mtu) return null
  const { network } = packet
  if (device.master === null) {
    ipRtUpdatePmtu(ns, network.destination, mtu)
    return null
  }
  const error = packet.transport?.kind === 'icmp' && isIcmpError(packet.transport.type)
  if (mtu < SMALLEST_MTU || !network.df || error || !packet.eth) return null
  drop(ns, packet, 'PKT_TOO_BIG', { by: decidedBy('mtu', `${device.name}: ${mtu} bytes fit`) })
  return [{ kind: 'netif-rx', device: device.name, packet: pmtuReply(ns, packet, packet.eth, mtu) }]
}

/** Kernel: `iptunnel_pmtud_check_icmp()`, below this nobody is told. */
const SMALLEST_MTU = 576

/** `iptunnel_pmtud_build_icmp()`: as if the destination itself had answered. */
function pmtuReply(ns: NetNs, packet: IpPacket, eth: NonNullable<Packet['eth']>, mtu: number): IpPacket {
  const ip = packet.network
  const quoted: IpPacket = { ...innerPacket(packet), eth: null, mark: 0 }
  const transport = { kind: 'icmp', type: ICMP_DEST_UNREACH, code: ICMP_FRAG_NEEDED, id: 0, seq: 0, mtu, quoted, gateway: null } as const
  const from = { id: newPacketId(ns), parent: packet.id, source: ip.destination, destination: ip.source, protocol: PROTOCOL_ICMP }
  return { ...newIpPacket({ ...from, transport }), eth: { ...eth, source: eth.destination, destination: eth.source } }
}
