/** Userspace programs as pure functions `(state, input) → outputs`. They see sockets by file descriptors of their own choosing. */
import type { SocketEvent } from '../linux/effect.ts'
import type { Address } from '../net/address.ts'
import type { CarriedPacket } from '../net/carried-packet.ts'

export type ProcessInput =
  | { readonly kind: 'start' }
  | { readonly kind: 'socket'; readonly fd: number; readonly event: SocketEvent }
  /** A connection accepted on listening `fd`; `fd` of the connection is `newFd`, chosen by the simulation. */
  | { readonly kind: 'accepted'; readonly fd: number; readonly newFd: number }
  | { readonly kind: 'timer'; readonly id: string }
  /** read(2) on a TUN device's file. */
  | { readonly kind: 'packet'; readonly fd: number; readonly carried: CarriedPacket }

export type SystemCall =
  | {
      readonly kind: 'listen'
      readonly fd: number
      readonly protocol: 'tcp' | 'udp' | 'sctp'
      readonly address: Address | null
      readonly port: number
    }
  | {
      readonly kind: 'connect'
      readonly fd: number
      readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp'
      readonly address: Address
      readonly port: number
      readonly sourceAddress: Address | null
      readonly sourcePort: number | null
      /** IP_TTL. */
      readonly ttl?: number
      /** IP_MTU_DISCOVER: IP_PMTUDISC_DO; else what the sysctl says. */
      readonly pmtuDiscovery?: 'do'
    }
  /** A raw socket sends a SYN with this TTL. */
  | {
      readonly kind: 'raw-syn'
      readonly fd: number
      readonly address: Address
      readonly port: number
      readonly ttl: number
      readonly sourceAddress: Address | null
    }
  /** `to`: for an unconnected UDP socket. `length` in bytes; `data` is the readable form that arrives at the other side. */
  | {
      readonly kind: 'send'
      readonly fd: number
      readonly data: unknown
      readonly length: number
      readonly to: { readonly address: Address; readonly port: number } | null
      /** IP_TTL of this one echo request. */
      readonly ttl?: number
    }
  /** Half-close: FIN after what was sent. */
  | { readonly kind: 'shutdown'; readonly fd: number }
  | { readonly kind: 'close'; readonly fd: number }
  /** open(2) of /dev/net/tun and TUNSETIFF. */
  | { readonly kind: 'tun'; readonly fd: number; readonly device: string }
  /** write(2) to a TUN device's file: the packet arrives on the device. */
  | { readonly kind: 'write'; readonly fd: number; readonly carried: CarriedPacket }
  | { readonly kind: 'timer'; readonly afterMs: number; readonly id: string }
  | { readonly kind: 'print'; readonly stdout: string }
  | { readonly kind: 'exit'; readonly code: number; readonly stderr: string }

export interface Step<State> {
  readonly state: State
  readonly calls: readonly SystemCall[]
}

/** A program: `start` makes its state from its configuration; `step` consumes one input at virtual time `nowMs`. */
export interface Program<Config, State> {
  readonly name: string
  start(config: Config): State
  step(state: State, input: ProcessInput, nowMs: number): Step<State>
  /** Takes a new configuration while it runs; programs without it keep the one they started with. */
  configure?(state: State, config: Config): Step<State>
}
