/** flannel-io/flannel pkg/backend/udp/proxy_amd64.c: packets of the TUN device travel between nodes as the load of UDP packets. */
import { type Address, parseAddress } from '../net/address.ts'
import { type CarriedPacket, isCarriedPacket } from '../net/carried-packet.ts'
import { type Cidr, cidrContains, parseCidr } from '../net/cidr.ts'
import { newIpPacket, withIp } from '../net/new-packet.ts'
import type { ProgramSpec } from '../net/node-script.ts'
import { type IpPacket, isIp, type Packet } from '../net/packet.ts'
import { ipLength } from '../net/packet-length.ts'
import { ICMP_DEST_UNREACH, ICMP_NET_UNREACH, PROTOCOL_ICMP } from '../net/protocol-number.ts'
import { listenCalls } from './http-server.ts'
import type { ProcessInput, Program, Step, SystemCall } from './program.ts'

/** `ProgramSpec.config`: addresses as text. */
export interface FlanneldConfig {
  /** The TUN device, and the lease's address on it. */
  readonly device: string
  readonly address: string
  /** Which node has which pods. */
  readonly leases: readonly { readonly subnet: string; readonly address: string; readonly port: number }[]
}

interface Lease {
  readonly subnet: Cidr
  readonly to: { readonly address: Address; readonly port: number }
}

export interface FlanneldState {
  readonly listen: ProgramSpec['listen']
  readonly device: string
  readonly address: Address | null
  readonly leases: readonly Lease[]
}

/** The TUN device's file; the UDP socket is 3, the first of `listen`. */
const TUN_FD = 10
const SOCKET_FD = 3
/** Of the ICMP errors it makes itself. */
const ICMP_TTL = 8
/** They quote the IP header and 8 bytes. */
const QUOTED_LENGTH = 28

export const flanneld: Program<Pick<ProgramSpec, 'listen' | 'config'>, FlanneldState> = {
  name: 'flanneld',
  start: ({ listen, config }) => {
    const { device, address, leases } = config as FlanneldConfig
    return { listen, device, address: parseAddress(address), leases: leases.flatMap(readLease) }
  },
  step,
}

function readLease({ subnet, address, port }: FlanneldConfig['leases'][number]): Lease[] {
  const [network, to] = [parseCidr(subnet), parseAddress(address)]
  return network === null || to === null ? [] : [{ subnet: network, to: { address: to, port } }]
}

function step(state: FlanneldState, input: ProcessInput): Step<FlanneldState> {
  return { state, calls: callsFor(state, input) }
}

function callsFor(state: FlanneldState, input: ProcessInput): SystemCall[] {
  if (input.kind === 'start') return [...listenCalls(state.listen), { kind: 'tun', fd: TUN_FD, device: state.device }]
  if (input.kind === 'packet') return tunToUdp(state, input.carried)
  if (input.kind === 'socket' && input.event.kind === 'data' && isCarriedPacket(input.event.data)) return udpToTun(input.event.data)
  return []
}

/** `tun_to_udp()`. */
function tunToUdp(state: FlanneldState, carried: CarriedPacket): SystemCall[] {
  const { packet: read } = carried
  if (!isIp(read)) return []
  const lease = state.leases.find(({ subnet }) => cidrContains(subnet, read.network.destination))
  if (!lease) return netUnreachable(state, read)
  const packet = decrementTtl(read)
  if (packet === null) return []
  return [{ kind: 'send', fd: SOCKET_FD, data: { ...carried, packet }, length: ipLength(packet), to: lease.to }]
}

/** `udp_to_tun()`. */
function udpToTun(carried: CarriedPacket): SystemCall[] {
  const packet = decrementTtl(carried.packet)
  return packet === null ? [] : [{ kind: 'write', fd: TUN_FD, carried: { ...carried, packet } }]
}

/** `decrement_ttl()`: null when it is used up; nobody is told. */
function decrementTtl(packet: Packet): Packet | null {
  return !isIp(packet) || packet.network.ttl <= 1 ? null : withIp(packet, { ttl: packet.network.ttl - 1 })
}

/** `send_net_unreachable()`: written back to the device. */
function netUnreachable(state: FlanneldState, packet: IpPacket): SystemCall[] {
  if (state.address === null) return []
  const quoted: IpPacket = { ...packet, eth: null, ct: null, mark: 0 }
  const error = { kind: 'icmp', type: ICMP_DEST_UNREACH, code: ICMP_NET_UNREACH, id: 0, seq: 0, mtu: null, gateway: null } as const
  const what = { ...error, quoted, quotedLength: QUOTED_LENGTH }
  const ends = { source: state.address, destination: packet.network.source }
  const made = newIpPacket({ id: packet.id, ...ends, protocol: PROTOCOL_ICMP, ttl: ICMP_TTL, df: false, transport: what })
  return [{ kind: 'write', fd: TUN_FD, carried: { kind: 'ip-packet', packet: made, device: null, outer: null } }]
}
