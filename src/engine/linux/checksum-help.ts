/**
 * Kernel: net/core/dev.c, skb_checksum_help(); net/core/utils.c, inet_proto_csum_replace4(). Who works out a transport checksum, and the one case in
 * which a machine spoils one by itself.
 *
 * Sockets leave checksums to the device (CHECKSUM_PARTIAL), and a veth leaves them as they are: nobody looks. Of what a tunnel wraps it is the inner
 * one that is left; that of the outer header is whole already (`lco_csum()`). But NAT takes it for a partial one and changes it wrongly. Who receives
 * the packet looks at it only if the inner one was worked out on the way: by a device that cannot do that for what is wrapped, by `-j CHECKSUM`, or
 * because the packet was cut. Measured on 6.18.
 */
import { copyPacket, type PacketDraft } from '../net/new-packet.ts'
import type { IpPacket, Packet, TransportHeader } from '../net/packet.ts'
import { isVxlanHeader } from '../net/packet-bytes.ts'
import type { Device } from './device.ts'

/** Sums are modulo this. */
const ONES = 0xffff

/** Is its checksum left to the device? Not that of a RST (tcp_v4_send_reset()), and ICMP works out its own. */
function isLeft(header: TransportHeader | null): boolean {
  if (header?.kind === 'tcp') return !header.flags.rst && header.summed !== true
  return header?.kind === 'udp' && header.summed !== true
}

/** Is it that of a packet inside a VXLAN packet which is left? */
function isLeftInside({ transport, payload: { data, inner } }: Packet): boolean {
  return transport?.kind === 'udp' && transport.summed !== true && inner !== null && isVxlanHeader(data) && isLeft(inner.transport)
}

/** `skb_checksum_help()`: the packet with its checksum, or that of the packet inside, worked out. */
export function checksumHelp<P extends Packet>(packet: P): P | PacketDraft<P> {
  const { transport, payload } = packet
  if (!isLeft(transport) || (transport?.kind !== 'tcp' && transport?.kind !== 'udp')) return packet
  const helped = copyPacket(packet)
  helped.transport = { ...transport, summed: true }
  if (isLeftInside(packet) && payload.inner !== null) helped.payload = { ...payload, inner: checksumHelp(payload.inner) }
  return helped
}

/** Devices whose `hw_enc_features` know no checksums. */
const NONE_INSIDE: ReadonlySet<Device['kind']> = new Set(['loopback', 'bridge', 'vxlan', 'ipip', 'tun'])

/** `validate_xmit_skb()`: the packet as the device takes it. */
export function validateXmit<P extends Packet>(device: Device, packet: P): P | PacketDraft<P> {
  return isLeftInside(packet) && NONE_INSIDE.has(device.kind) ? checksumHelp(packet) : packet
}

const addressSum = (address: number): number => (address >>> 16) + (address & 0xffff)

/** `inet_proto_csum_replace4()` and `…2()` for what NAT has changed: addresses are taken the wrong way round, ports not at all. */
export function withNatChecksum(before: IpPacket, after: IpPacket): IpPacket {
  const { network: from, transport: header } = before
  const { network: to, transport: changed } = after
  if (!isLeftInside(before) || header?.kind !== 'udp' || changed?.kind !== 'udp') return after
  const addresses = addressSum(to.source) + addressSum(to.destination) - addressSum(from.source) - addressSum(from.destination)
  const ports = changed.sourcePort + changed.destinationPort - header.sourcePort - header.destinationPort
  const copy = copyPacket(after)
  copy.transport = { ...changed, sumError: ((header.sumError ?? 0) + 2 * addresses + ports) % ONES }
  return copy
}

/** `nf_checksum()`, `udp_lib_checksum_complete()`: does who looks find that it is wrong? */
export function isChecksumWrong({ transport }: Packet): boolean {
  return transport?.kind === 'udp' && transport.summed === true && (transport.sumError ?? 0) !== 0
}
