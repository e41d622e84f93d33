/**
 * An index beside a long chain. A packet can only match rules that ask for its own addresses, port and devices, or for none; an index
 * leads from rule to rule of these and skips what lies between. It is an aid of the search: the kernel walks every rule, and what is
 * counted, traced and decided is the same (chain-index.test.ts).
 */
import { ipv4 } from '../../net/ipv4.ts'
import type { IpHeader, IpPacket } from '../../net/packet.ts'
import type { HookState } from './hook.ts'
import type { Rule } from './rule.ts'

/** 0-based places of rules, ascending. */
type Places = number[]

/** Each rule stands in one of these: under the one thing it asks for exactly, or among the rest. */
interface ChainIndex {
  readonly destination: Map<number, Places>
  readonly source: Map<number, Places>
  readonly port: Map<number, Places>
  readonly in: Map<string, Places>
  readonly out: Map<string, Places>
  readonly rest: Places
}

/** What is known of a chain: how many rules were tried in vain, and the index once that was worth it. */
interface Known {
  tried: number
  index: ChainIndex | null
}

/** Chains shorter than this are walked. */
const SHORTEST = 32
/** An index is made when the chain has been walked about this many times: making one costs as much. */
const WALKS = 24
const HOST = ipv4(0xffffffff)
const PLUS = '+'

/** Indexes by the chain's array of rules; never part of a namespace's state. */
const KNOWN = new WeakMap<readonly Rule[], Known>()

function put<K>(places: Map<K, Places>, key: K, at: number): void {
  const known = places.get(key)
  if (known) known.push(at)
  else places.set(key, [at])
}

function exact(device: string | null, inverted: boolean): device is string {
  return device !== null && !inverted && !device.endsWith(PLUS)
}

function build(rules: readonly Rule[]): ChainIndex {
  const index: ChainIndex = {
    ...{ destination: new Map(), source: new Map(), port: new Map(), in: new Map(), out: new Map(), rest: [] },
  }
  rules.forEach((rule, at) => {
    if (rule.destinationMask === HOST && !rule.destinationNot) put(index.destination, rule.destination, at)
    else if (rule.sourceMask === HOST && !rule.sourceNot) put(index.source, rule.source, at)
    else if (rule.port >= 0) put(index.port, rule.port, at)
    else if (exact(rule.in, rule.inNot)) put(index.in, rule.in, at)
    else if (exact(rule.out, rule.outNot)) put(index.out, rule.out, at)
    else index.rest.push(at)
  })
  return index
}

/** The rules of a chain are about to change in place. */
export function forgetIndex(rules: readonly Rule[]): void {
  KNOWN.delete(rules)
}

/** The index of a chain; null where walking is as good. */
export function chainIndex(rules: readonly Rule[]): ChainIndex | null {
  if (rules.length < SHORTEST) return null
  const known = KNOWN.get(rules)
  if (!known) return null
  if (known.index === null && known.tried >= WALKS * rules.length) known.index = build(rules)
  return known.index
}

/** A chain was walked: so many rules were looked at. */
export function noteWalk(rules: readonly Rule[], tried: number): void {
  if (rules.length < SHORTEST) return
  const known = KNOWN.get(rules)
  if (known) known.tried += tried
  else KNOWN.set(rules, { tried, index: null })
}

/** The port a packet may ask for, as rules keep it: protocol × 65536 + destination port; −1 for none. */
export function portKey(packet: IpPacket): number {
  const { network, transport } = packet
  if (transport?.kind !== 'tcp' && transport?.kind !== 'udp') return -1
  return network.protocol * 65536 + transport.destinationPort
}

const NONE: Places = []

/** The lists of rules that a packet may match. */
export function candidates(index: ChainIndex, header: IpHeader, port: number, state: HookState): readonly Places[] {
  const lists = [
    index.rest,
    index.destination.get(header.destination) ?? NONE,
    index.source.get(header.source) ?? NONE,
    index.port.get(port) ?? NONE,
    index.in.get(state.in ?? '') ?? NONE,
    index.out.get(state.out ?? '') ?? NONE,
  ]
  return lists.filter((list) => list.length > 0)
}

/** Where in an ascending list the first place at or behind `from` stands. */
function lowerBound(places: Places, from: number): number {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((places[middle] as number) < from) low = middle + 1
    else high = middle
  }
  return low
}

/** The first place at or behind `from` in any of the lists; −1 for none. */
export function nextCandidate(lists: readonly Places[], from: number): number {
  let next = -1
  for (const places of lists) {
    const place = places[lowerBound(places, from)]
    if (place !== undefined && (next < 0 || place < next)) next = place
  }
  return next
}
