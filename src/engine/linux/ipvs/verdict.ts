/** What IPVS has to know at a hook, and what it answers. Kernel: struct nf_hook_state; the NF_ verdicts. */
import type { IpPacket } from '../../net/packet.ts'
import type { KernelEffect, SkbDst } from '../kernel-effect.ts'
import type { HookState, RejectWith } from '../netfilter/hook.ts'
import type { Hook } from '../netfilter/rule.ts'
import type { NetNs } from '../netns.ts'
import type { RouteResult } from '../route.ts'
import type { DropBy } from '../trace-event.ts'

export interface IpvsContext {
  readonly ns: NetNs
  readonly hook: Hook
  readonly state: HookState
  /** RTCF_LOCAL and its kin of the route that the packet has (`skb_dst`). */
  readonly dst: SkbDst
}

export type IpvsVerdict =
  /** Goes on through the hook; `route`: it has another route now (`skb_dst_set`). */
  | { readonly kind: 'ACCEPT'; readonly packet: IpPacket; readonly route?: RouteResult }
  /** `reject`: the sender is told. */
  | { readonly kind: 'DROP'; readonly packet: IpPacket; readonly by: DropBy; readonly reject: RejectWith | null }
  /** IPVS has sent it on its way, or freed it. */
  | { readonly kind: 'STOLEN'; readonly packet: IpPacket; readonly effects: KernelEffect[] }

/** The packet goes on as it is. */
export function accept(packet: IpPacket): IpvsVerdict {
  return { kind: 'ACCEPT', packet }
}
