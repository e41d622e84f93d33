/** Kernel: net/ipv4/route.c, fib_multipath_hash(). What tells flows apart where a route has several next hops. */
import type { IpPacket } from '../net/packet.ts'
import type { Flow } from './fib.ts'
import type { NetNs } from './netns.ts'
import { sysctl } from './sysctl.ts'

/** `flowi4_proto` and `flowi4_uli` of what a socket sends. */
export interface FlowPorts {
  readonly protocol: number
  readonly sourcePort: number
  readonly destinationPort: number
}

/** Packets of equal keys take the same way: those between two addresses (`fib_multipath_hash_policy` 0), or those of one connection (1). */
export function multipathKey(ns: NetNs, flow: Flow): string {
  const { packet = null, ports = null } = flow
  if (sysctl(ns, 'net.ipv4.fib_multipath_hash_policy') === 0) return addressesOf(flow, packet)
  if (packet?.hash?.l4) return `#${packet.hash.value}`
  const { protocol, sourcePort, destinationPort } = packet ? dissected(packet) : (ports ?? NO_PORTS)
  const { source, destination } = packet?.network ?? flow
  return `${source ?? 0} ${destination} ${protocol} ${sourcePort} ${destinationPort}`
}

/** `ip_multipath_l3_keys()`: an ICMP error that came in goes by the addresses of the packet it is about; so does one that is made here. */
function addressesOf(flow: Flow, packet: IpPacket | null): string {
  const about = packet?.transport?.kind === 'icmp' ? packet.transport.quoted?.network : null
  const { source, destination } = about ?? packet?.network ?? flow
  return `${source ?? 0} ${destination}`
}

const NO_PORTS: FlowPorts = { protocol: 0, sourcePort: 0, destinationPort: 0 }

/** `skb_flow_dissect_flow_keys()`: a fragment has no ports. */
function dissected({ network, transport }: IpPacket): FlowPorts {
  const { protocol, mf, fragmentOffset } = network
  const whole = !mf && fragmentOffset === 0
  if (!whole || transport === null || !('sourcePort' in transport)) return { ...NO_PORTS, protocol }
  return { protocol, sourcePort: transport.sourcePort, destinationPort: transport.destinationPort }
}
