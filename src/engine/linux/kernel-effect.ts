/**
 * Effects inside the kernel: what a function of the datapath leaves to be done by a part of the stack above it.
 * `settle()` turns them into the effects the world acts on. This is what keeps the layers of the stack free of circles.
 */
import type { Address } from '../net/address.ts'
import type { IpPacket, Packet } from '../net/packet.ts'
import type { Effect } from './effect.ts'
import type { RejectWith } from './netfilter/hook.ts'
import type { Hook } from './netfilter/rule.ts'
import type { RouteResult } from './route.ts'

/** What `icmp_send()` asks of `skb_dst`: RTCF_LOCAL, RTCF_BROADCAST. */
export interface SkbDst {
  readonly local: boolean
  readonly broadcast: boolean
  /** `skb->pkt_type` is not PACKET_HOST: the frame it came in was for others too. */
  readonly frameForAll?: true
  /** The bridge's fake route (`bridge_parent_rtable`), which is none of input. */
  readonly bridged?: true
}

/** Of what is for neither this machine nor all. */
export const NOT_LOCAL: SkbDst = { local: false, broadcast: false }

/** `icmp_send()`: an error about `packet`. */
export interface IcmpRequest {
  readonly kind: 'icmp-send'
  readonly packet: IpPacket
  readonly dst: SkbDst
  readonly type: number
  readonly code: number
  /** Frag-needed: bytes. */
  readonly mtu: number | null
  /** Redirect: the better gateway. */
  readonly gateway: Address | null
}

export type KernelEffect =
  | Effect
  | IcmpRequest
  /** What sending an ICMP message leads to at once. The processor's one socket for them is in use until then (`icmp_xmit_lock()`). */
  | { readonly kind: 'icmp-xmit'; readonly effects: readonly KernelEffect[] }
  /** `nf_send_unreach()`, `nf_send_reset()`: a REJECT rule's answer. */
  | { readonly kind: 'reject'; readonly packet: IpPacket; readonly with: RejectWith; readonly hook: Hook; readonly dst: SkbDst }
  /** `ndo_start_xmit()` of a tunnel: the packet is wrapped and sent as one of this machine. */
  | { readonly kind: 'tunnel-xmit'; readonly device: string; readonly packet: Packet }
  /** `dev_queue_xmit()` on the device below a VLAN. */
  | { readonly kind: 'queue-xmit'; readonly device: string; readonly packet: Packet }
  /** `netif_receive_skb()` once more, on another device: a bridge passes a frame up. */
  | { readonly kind: 'receive'; readonly device: string; readonly packet: Packet }
  /** IPVS sends a packet on: OUTPUT, then `dst_output()` by the new route. `indev`: where it came in; null when it was made here. */
  | { readonly kind: 'ip-vs-output'; readonly packet: IpPacket; readonly route: RouteResult; readonly indev: string | null }
  /** `ip_local_out()`: IPVS has put a packet into a tunnel. */
  | { readonly kind: 'ip-local-out'; readonly packet: IpPacket; readonly route: RouteResult }
  /** `br_handle_frame_finish()` for a frame whose new MAC address is known now (bridged DNAT). */
  | { readonly kind: 'bridge-finish'; readonly bridge: string; readonly packet: IpPacket }

/** One after the other. No copy where there is only one of them, as nearly always. */
export function inTurn(first: KernelEffect[], then: KernelEffect[]): KernelEffect[] {
  if (first.length === 0) return then
  return then.length === 0 ? first : [...first, ...then]
}

/** An ICMP error to send about `packet`. */
export function icmpRequest(packet: IpPacket, dst: SkbDst, type: number, code: number): IcmpRequest {
  return { kind: 'icmp-send', packet, dst, type, code, mtu: null, gateway: null }
}
