/** What a datapath function asks the world to do. Only `simulation/` acts on these. */
import type { Address } from '../net/address.ts'
import type { Packet } from '../net/packet.ts'
import type { Errno } from './errno.ts'
import type { Timer } from './timer.ts'

/** Something a program learns from its socket (what a system call would return). */
export type SocketEvent =
  | { readonly kind: 'connected' }
  /** On a listening socket: a new connection, with its own socket id. */
  | { readonly kind: 'accepted'; readonly socket: number }
  /** `ttl` of the packet; `seq` of an echo reply (ping sockets). */
  | {
      readonly kind: 'data'
      readonly data: unknown
      readonly length: number
      readonly from: { readonly address: Address; readonly port: number }
      readonly ttl?: number
      readonly seq?: number
    }
  | { readonly kind: 'eof' }
  /** `icmp`: the message that caused it, as IP_RECVERR tells. */
  | {
      readonly kind: 'error'
      readonly errno: Errno
      readonly icmp?: {
        readonly from: Address
        readonly type: number
        readonly code: number
        readonly seq: number
        /** Of frag-needed: bytes. */
        readonly mtu?: number | null
        /** Of the message when it arrived. */
        readonly ttl?: number
      }
      /** Of EMSGSIZE by one's own machine (`ip_local_error()`): what fits, bytes. */
      readonly mtu?: number
    }
  | { readonly kind: 'closed' }

export type Effect =
  /** A frame leaves the namespace by this device; the world carries it to whatever the cable ends at ('lo': back to itself). */
  | { readonly kind: 'transmit'; readonly device: string; readonly packet: Packet }
  /** `netif_rx()`, `gro_cells_receive()`: what a tunnel unwrapped, or made itself, waits behind what has arrived at the processor before. */
  | { readonly kind: 'netif-rx'; readonly device: string; readonly packet: Packet }
  /** A socket has news for the process that owns it. */
  | { readonly kind: 'deliver'; readonly socket: number; readonly event: SocketEvent }
  /** A program that has the TUN device open may read the packet. */
  | { readonly kind: 'tun'; readonly device: string; readonly packet: Packet }
  /**
   * Wake `timerExpired(ns, timer)` after `afterMs` of virtual time. `slotMs`: at the end of the slot of so many ms in which that is, with all the
   * machine's timers of that slot: the newest first, and before packets.
   */
  | { readonly kind: 'timer'; readonly afterMs: number; readonly slotMs?: number; readonly timer: Timer }
  /** The walk reached something that is not modelled: it stops and says so. */
  | { readonly kind: 'unsupported'; readonly packet: Packet; readonly what: string }
