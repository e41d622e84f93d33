/** Kernel: include/net/neighbour.h. One ARP entry, as `ip neigh` shows it. */
import type { Address } from '../net/address.ts'
import type { Mac } from '../net/mac.ts'
import type { IpPacket } from '../net/packet.ts'

export type NeighbourState = 'INCOMPLETE' | 'REACHABLE' | 'STALE' | 'DELAY' | 'PROBE' | 'FAILED' | 'PERMANENT' | 'NOARP'

export interface Neighbour {
  readonly address: Address
  readonly device: string
  readonly lladdr: Mac | null
  readonly state: NeighbourState
  /** Virtual time of the last confirmation, ms. */
  confirmedMs: number
  /** Virtual time of the last state change, ms. */
  readonly updatedMs: number
  /** Virtual time of the last use by a packet, ms. */
  usedMs: number
  /** Number of its current timer; earlier ones are stale. */
  readonly generation: number
  /** Requests sent since INCOMPLETE or PROBE began. */
  readonly probes: number
  /** `hh.hh_len`: a packet has passed, so the header is cached. */
  headerCached: boolean
  /** `arp_queue`: packets that wait for the answer. */
  readonly queue: readonly IpPacket[]
}
