/** Kernel: include/net/netfilter/nf_conntrack_tuple.h. What identifies one direction of a connection. */
import type { Address } from '../../net/address.ts'

/** Ports for TCP, UDP, SCTP; for ICMP `sourcePort` is the id and `destinationPort` is type × 256 + code. */
export interface ConntrackTuple {
  readonly source: Address
  readonly destination: Address
  readonly protocol: number
  readonly sourcePort: number
  readonly destinationPort: number
}
