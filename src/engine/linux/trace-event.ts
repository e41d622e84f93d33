/**
 * What the kernel tells about a packet, named by tracepoints and functions. Emitted only by the entry functions of
 * subsystems, in one form: `ns.trace?.({ at: 'dev_queue_xmit', packet, … })` for the way it takes and what becomes of it,
 * `ns.explain?.({ at: 'fib_lookup', packet, … })` for the decisions that led there. `packet` is the packet as it is then.
 */
import type { Address } from '../net/address.ts'
import type { Mac } from '../net/mac.ts'
import type { Packet } from '../net/packet.ts'
import type { DropReason } from './drop-reason.ts'
import type { ForwardingMethod } from './ipvs/ipvs.ts'
import type { NeighbourState } from './neighbour-entry.ts'
import type { Hook, RuleRef, Table } from './netfilter/rule.ts'
import type { RouteResult } from './route.ts'

/** Who ended a packet, beyond the reason: a rule, a route, a sysctl, a socket … in words of the tools. */
export interface DropBy {
  readonly kind:
    | 'rule'
    | 'policy'
    | 'route'
    | 'sysctl'
    | 'neighbour'
    | 'socket'
    | 'device'
    | 'ttl'
    | 'mtu'
    | 'bridge'
    | 'conntrack'
    | 'ipvs'
  /** The deciding text: 'net.ipv4.ip_forward=0', the rule, the route … */
  readonly text: string
  readonly rule: RuleRef | null
}

/** Where a packet is and what becomes of it: enough to tell how a connection ended. */
export type PathEvent =
  | { readonly at: 'netif_receive_skb'; readonly packet: Packet; readonly device: string }
  | {
      readonly at: 'nat_manip'
      readonly packet: Packet
      readonly before: Packet
      readonly manip: 'source' | 'destination'
      readonly rule: RuleRef | null
      readonly reply: boolean
    }
  | { readonly at: 'encap'; readonly packet: Packet; readonly before: Packet; readonly device: string }
  | { readonly at: 'decap'; readonly packet: Packet; readonly before: Packet; readonly device: string }
  | { readonly at: 'dev_queue_xmit'; readonly packet: Packet; readonly device: string }
  /** A socket sends, receives, accepts, retransmits … `action` is the kernel's step, `detail` the state or data in words. */
  | {
      readonly at: 'socket'
      readonly packet: Packet
      readonly action: 'send' | 'receive' | 'accept' | 'connected' | 'refused' | 'retransmit' | 'timeout' | 'error' | 'close'
      readonly socket: number | null
      readonly detail: string
    }
  | {
      readonly at: 'kfree_skb'
      readonly packet: Packet
      readonly reason: DropReason
      readonly by: DropBy | null
      readonly detail: string | null
    }
  | { readonly at: 'unsupported'; readonly packet: Packet; readonly what: string }

/** What was looked up and decided on its way: nothing happens to the packet in these that a `PathEvent` does not show. */
export type DecisionEvent =
  /** A bridge decides: to its own address ('local'), to one known port, or to all ('flood'). `learned`: source now known on `port`. */
  | {
      readonly at: 'br_fdb'
      readonly packet: Packet
      readonly bridge: string
      readonly port: string | null
      readonly decision: 'local' | 'forward' | 'flood' | 'drop'
      readonly ports: readonly string[]
      readonly learned: boolean
    }
  /** A table is entered at a hook (only tables that hold rules or a policy other than ACCEPT are worth an event). */
  | {
      readonly at: 'nf_hook'
      readonly packet: Packet
      readonly hook: Hook
      readonly table: Table
      readonly in: string | null
      readonly out: string | null
      readonly bridged: boolean
    }
  /** A rule matched (or a chain's policy applied: `rule` null). `tried`: rules of this chain that did not match just before. */
  | {
      readonly at: 'ipt_rule'
      readonly packet: Packet
      readonly hook: Hook
      readonly table: Table
      readonly chain: string
      readonly rule: RuleRef | null
      readonly tried: number
      readonly verdict: string
    }
  | { readonly at: 'fib_lookup'; readonly packet: Packet; readonly result: RouteResult | null; readonly error: string | null }
  | {
      readonly at: 'neigh_resolve'
      readonly packet: Packet
      readonly device: string
      readonly address: Address
      readonly state: NeighbourState
      readonly lladdr: Mac | null
      readonly action: 'known' | 'request' | 'retry' | 'answer' | 'learn' | 'fail'
    }
  | {
      readonly at: 'ct_lookup'
      readonly packet: Packet
      readonly state: 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED'
      readonly direction: 'original' | 'reply'
      readonly entry: string | null
    }
  /**
   * IPVS gives a packet of a client to a real server: a new connection that its scheduler or the client's template placed, or a known one.
   * `packet` has its new TTL; translating it is a `nat_manip` of its own. `server` null: nobody takes it.
   */
  | {
      readonly at: 'ip_vs_schedule'
      readonly packet: Packet
      readonly before: Packet
      /** 'TCP 10.96.0.10:80', 'FWM 5'. */
      readonly service: string
      readonly scheduler: string
      readonly server: { readonly address: Address; readonly port: number; readonly method: ForwardingMethod | 'local' } | null
      readonly how: 'scheduled' | 'persistent' | 'known' | 'none'
    }
  | { readonly at: 'ip_forward'; readonly packet: Packet; readonly before: Packet }

export type TraceEvent = PathEvent | DecisionEvent
