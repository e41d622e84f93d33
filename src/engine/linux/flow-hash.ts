/** Kernel: net/core/flow_dissector.c, __skb_get_hash(). One number for all packets of a flow, the same both ways. */
import type { Packet } from '../net/packet.ts'
import { jhash2 } from './netfilter/jhash.ts'

/** What the kernel draws at boot (`hashrnd`); fixed here so that a world repeats itself. */
const SEED = 0x5ca1ab1e

/** `sk_set_txhash()`: what a connected socket marks its packets with; TCP's is another one after each timeout, so that they may take another path. */
export function socketTxHash(own: number, timeouts: number): number {
  return jhash2([own, timeouts], SEED)
}

/** Has a packet ports to tell flows apart by (`flow_keys_have_l4()`)? */
function hasPorts({ network, transport }: Packet): boolean {
  return network.kind === 'ip' && !network.mf && network.fragmentOffset === 0 && transport !== null && 'sourcePort' in transport
}

/** What stays of a packet's hash when a tunnel wraps it (`skb_clear_hash_if_not_l4()`): nested tunnels see one flow. */
export function l4Hash(packet: Packet): number | null {
  return packet.hash ?? (hasPorts(packet) ? skbGetHash(packet) : null)
}

/** 0 … 2³²−1: the socket's, else of the headers. Fragments hash without ports; frames that are not IP by who asks whom. */
export function skbGetHash(packet: Packet): number {
  const { network, transport } = packet
  if (packet.hash !== null) return packet.hash
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
