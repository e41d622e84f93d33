/** Kernel: net/core/flow_dissector.c, __skb_get_hash(). One number for all packets of a flow, the same both ways. */

import { copyPacket, type PacketDraft } from '../net/new-packet.ts'
import type { FlowHash, Packet } from '../net/packet.ts'
import { jhash2 } from './netfilter/jhash.ts'

/** What the kernel draws at boot (`hashrnd`); fixed here so that a world repeats itself. */
const SEED = 0x5ca1ab1e

/** `sk_set_txhash()`: what a connected socket marks its packets with; TCP's is another one after each timeout, so that they may take another path. */
export function socketTxHash(own: number, timeouts: number): FlowHash {
  return { value: jhash2([own, timeouts], SEED), l4: true }
}

/** Has a packet ports to tell flows apart by (`flow_keys_have_l4()`)? */
function hasPorts({ network, transport }: Packet): boolean {
  return network.kind === 'ip' && !network.mf && network.fragmentOffset === 0 && transport !== null && 'sourcePort' in transport
}

/** What stays of a packet's hash when a tunnel has wrapped or unwrapped it (`skb_clear_hash_if_not_l4()`): nested tunnels see one flow. */
export const l4Hash = (hash: FlowHash | null): FlowHash | null => (hash?.l4 ? hash : null)

/** The one it has, else of the headers. */
export const skbGetHash = (packet: Packet): FlowHash => packet.hash ?? { value: headerHash(packet), l4: hasPorts(packet) }

/**
 * Kernel: nft_trace_init(). While a rule anywhere on the machine says TRACE (`nft_trace_enabled`), each chain asks for the hash of each packet,
 * traced or not; so the hash is of the headers before NAT.
 */
export function tracedPacket<P extends Packet>(packet: P): P | PacketDraft<P> {
  if (packet.hash !== null) return packet
  const traced = copyPacket(packet)
  traced.hash = skbGetHash(packet)
  return traced
}

/** 0 … 2³²−1. Fragments hash without ports; frames that are not IP by who asks whom. */
function headerHash(packet: Packet): number {
  const { network, transport } = packet
  if (network.kind === 'arp') return hashed([network.senderAddress, 0], [network.targetAddress, 0], 0)
  const ports = transport && 'sourcePort' in transport && hasPorts(packet) ? [transport.sourcePort, transport.destinationPort] : [0, 0]
  return hashed([network.source, ports[0] ?? 0], [network.destination, ports[1] ?? 0], network.protocol)
}

type End = readonly [address: number, port: number]

/** `__flow_hash_consistentify()`: the lower end first. */
function hashed(a: End, b: End, protocol: number): number {
  const inOrder = a[0] < b[0] || (a[0] === b[0] && a[1] <= b[1])
  const [first, second] = inOrder ? [a, b] : [b, a]
  return jhash2([...first, ...second, protocol], SEED)
}
