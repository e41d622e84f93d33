/** Kernel: net/ipv4/ip_fragment.c, ip_defrag(). Fragments wait until their packet is whole. */
import { withIp } from '../net/new-packet.ts'
import type { IpPacket } from '../net/packet.ts'
import { ipLength, transportHeaderLength } from '../net/packet-length.ts'
import { consume } from './drop.ts'
import { conntrackNeeded } from './netfilter/conntrack-needed.ts'
import type { NetNs } from './netns.ts'

/** `nf_defrag_ipv4`: connections are tracked by whole packets, so where they are tracked fragments wait before PREROUTING. */
export function nfDefrag(ns: NetNs, packet: IpPacket): IpPacket | null {
  return conntrackNeeded(ns.netfilter.ip) ? ipDefrag(ns, packet) : packet
}

/** The packet itself when it is whole, the reassembled one when this was the last fragment missing, else null. */
export function ipDefrag(ns: NetNs, packet: IpPacket): IpPacket | null {
  const ip = packet.network
  if (!ip.mf && ip.fragmentOffset === 0) return packet
  const key = `${ip.source} ${ip.destination} ${ip.protocol} ${ip.id}`
  const pieces = [...(ns.fragments.get(key) ?? []), packet].sort((a, b) => offsetOf(a) - offsetOf(b))
  const whole = reassemble(pieces)
  if (whole) ns.fragments.delete(key)
  else ns.fragments.set(key, pieces)
  if (whole?.id !== packet.id) consume(ns, packet, whole ? 'the last fragment: the packet is whole' : 'a fragment: it waits for the rest')
  return whole
}

const offsetOf = (packet: IpPacket): number => packet.network.fragmentOffset

function dataLength(packet: IpPacket): number {
  return transportHeaderLength(packet.transport) + packet.payload.length
}

/** The whole packet if the pieces follow each other without a gap. It keeps the identity of the first. */
function reassemble(pieces: readonly IpPacket[]): IpPacket | null {
  const [first] = pieces
  let end = 0
  for (const piece of pieces) {
    if (offsetOf(piece) !== end) return null
    end += dataLength(piece)
  }
  const last = pieces.at(-1)
  if (!first || !last || last.network.mf) return null
  const { fragmentOf: _cut, ...readable } = first.payload
  const payload = { ...readable, length: end - transportHeaderLength(first.transport) }
  return { ...withIp(first, { mf: false, fragmentOffset: 0 }), payload, fragMaxSize: Math.max(...pieces.map(ipLength)) }
}
