/** One network namespace: exactly what `ip netns exec NAME …` would show. Mutable, plain data (structuredClone-able but for `kernel`). */
import type { Address, Family } from '../net/address.ts'
import type { IpPacket } from '../net/packet.ts'
import type { Chooser } from './chooser.ts'
import type { Device } from './device.ts'
import type { Ipvs } from './ipvs/ipvs.ts'
import type { Neighbour } from './neighbour-entry.ts'
import type { Netem } from './netem.ts'
import type { Netfilter } from './netfilter/netfilter.ts'
import type { PolicyRule, Route, RouteException } from './route.ts'
import type { SocketTable } from './socket-table.ts'
import type { DecisionEvent, PathEvent } from './trace-event.ts'

/** The parts of the running kernel that are not state of a namespace; shared by all namespaces of a world. */
export interface Kernel {
  /** Virtual time in ms since the world began. Fractions are microseconds. */
  nowMs: number
  chooser: Chooser
  /** Next `Packet.id`. */
  nextPacketId: number
  /** `nft_trace_enabled` by a rule of somebody else, on all machines: those of a lab have one kernel. What own rules say is in `Netfilter.nftTrace`. */
  nftTrace?: boolean
  /** Timers that are bound to their processor share a base with the others, as before Linux 6.9: of a slot the newest goes first, whichever it is. */
  oneTimerBase?: boolean
  /** Every namespace of the world by `NetNs.name`: how the two ends of a veth pair find each other. `createNetNs` registers here; who copies a world rebuilds it. */
  namespaces?: Map<string, NetNs>
}

export interface NetNs {
  /** Name as the user knows it: 'node/worker-1', 'pod/default/web', 'host/client'. */
  readonly name: string
  kernel: Kernel
  /** By device name, in ifindex order. `lo` is always first. */
  readonly devices: Map<string, Device>
  nextIfindex: number
  /** Full dotted names, e.g. 'net.ipv4.ip_forward'. Read through `sysctl()`, which knows the defaults. */
  readonly sysctl: Map<string, string>
  /** Routes by table number, kept in the order `ip route` prints. */
  readonly fib: Map<number, Route[]>
  /** Sorted by priority. */
  rules: PolicyRule[]
  /** By device and address, in the order they were made; see neighbour.ts. */
  readonly neighbours: Map<number, Neighbour>
  /** Path MTU and redirect cache: destination → exception. */
  readonly routeExceptions: Map<Address, RouteException>
  /** Fragments that wait for the rest of their packet. Key: addresses, protocol and IP identification. */
  readonly fragments: Map<string, readonly IpPacket[]>
  /** How many errors may still be sent to whom, in ms of `icmp_ratelimit` (`inet_peer.rate_tokens`). */
  readonly icmpTokens: Map<Address, { readonly tokens: number; readonly lastMs: number }>
  /** ICMP redirects sent, by whom to: their number and the time of the last, which limit the rate (`ip_rt_send_redirect`). */
  readonly redirectsSent: Map<Address, { readonly count: number; readonly lastMs: number }>
  /** By ifindex: errors that came back about the packets of an IPIP device, and when the last did (`ip_tunnel.err_count`, `err_time`). */
  readonly tunnelErrors: Map<number, { readonly count: number; readonly lastMs: number }>
  /** Multipath: which next hop each flow was given, so that one flow keeps one path. Key: route, source and destination. */
  readonly multipath: Map<string, number>
  /** By device: only those that are not the default. */
  readonly qdiscs: Map<string, Netem>
  readonly netfilter: Record<Family, Netfilter>
  readonly ipvs: Ipvs
  readonly sockets: SocketTable
  /** Set while someone watches where packets go. */
  trace: ((event: PathEvent) => void) | undefined
  /** Set while someone also wants to know why. */
  explain: ((event: DecisionEvent) => void) | undefined
}
