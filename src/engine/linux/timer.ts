/** Kernel timers of one namespace, as data. A timer whose `generation` is no longer current is stale and ignored. */
import type { Address } from '../net/address.ts'
import type { Packet } from '../net/packet.ts'

export type Timer =
  | { readonly kind: 'neighbour'; readonly device: string; readonly address: Address; readonly generation: number }
  /** A packet that `netem` held back goes on. */
  | { readonly kind: 'qdisc'; readonly device: string; readonly packet: Packet }
  /** `icsk_retransmit_timer`: what for is in `TcpControl.timer`. */
  | { readonly kind: 'tcp-retransmit'; readonly socket: number; readonly generation: number }
  /** `rsk_timer` of a connection that begins. */
  | { readonly kind: 'tcp-syn-ack'; readonly socket: number; readonly generation: number }
  | { readonly kind: 'tcp-delayed-ack'; readonly socket: number; readonly generation: number }
  | { readonly kind: 'tcp-time-wait'; readonly socket: number; readonly generation: number }
  | { readonly kind: 'socket-timeout'; readonly socket: number; readonly generation: number }
  /** The one timer of an association: what for is in `SctpAssociation.timer`. */
  | { readonly kind: 'sctp'; readonly socket: number; readonly generation: number }
