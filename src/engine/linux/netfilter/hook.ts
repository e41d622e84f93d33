/** What the IP layer and the bridge see of netfilter. Kernel: net/netfilter/core.c, nf_hook_slow(). */
import type { IpPacket } from '../../net/packet.ts'
import type { DropReason } from '../drop-reason.ts'
import type { FibError } from '../fib.ts'
import type { KernelEffect } from '../kernel-effect.ts'
import type { RouteResult } from '../route.ts'
import type { DropBy } from '../trace-event.ts'
import type { Rule } from './rule.ts'

/** `struct nf_hook_state`, with the skb's route (`skb_dst`), which MASQUERADE needs. Device names. */
export interface HookState {
  readonly in: string | null
  readonly out: string | null
  readonly route: RouteResult | null
  /** Called by br_netfilter: a bridged frame, not a routed packet. */
  readonly bridged: boolean
}

export type RejectWith =
  | 'icmp-net-unreachable'
  | 'icmp-host-unreachable'
  | 'icmp-port-unreachable'
  | 'icmp-proto-unreachable'
  | 'icmp-net-prohibited'
  | 'icmp-host-prohibited'
  | 'icmp-admin-prohibited'
  | 'tcp-reset'

export type HookVerdict =
  /** `route`: a hook has given the packet another route (`skb_dst_set`), which the caller takes as it is; `rerouted`: by a lookup. */
  | { readonly kind: 'ACCEPT'; readonly packet: IpPacket; readonly route?: RouteResult; readonly rerouted?: boolean }
  /** Routed again in OUTPUT, and there is no way any more (NF_DROP_ERR). */
  | { readonly kind: 'NO_ROUTE'; readonly packet: IpPacket; readonly error: FibError }
  /** IPVS has taken it over (NF_STOLEN). */
  | { readonly kind: 'STOLEN'; readonly packet: IpPacket; readonly effects: KernelEffect[] }
  /**
   * `reject`: the answer the IP layer has to send (it owns icmp_send and the RST). `route`: the one that mangle or nat had given the packet in the
   * meantime. The caller traces `kfree_skb`.
   */
  | {
      readonly kind: 'DROP'
      readonly packet: IpPacket
      readonly reason: DropReason
      readonly by: DropBy | null
      readonly rule: Rule | null
      readonly reject: RejectWith | null
      readonly route?: RouteResult
    }
  | { readonly kind: 'UNSUPPORTED'; readonly packet: IpPacket; readonly what: string }
