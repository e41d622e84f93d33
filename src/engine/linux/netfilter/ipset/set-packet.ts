/** Kernel: the kadt functions of net/netfilter/ipset/ip_set_hash_*.c; ip_set_getport.c. Packets against sets. */
import { type Ipv4, ipv4, ipv4Mask } from '../../../net/ipv4.ts'
import type { IpPacket } from '../../../net/packet.ts'
import { ipLength } from '../../../net/packet-length.ts'
import { type IpSet, type IpSets, isAlive, NO_ELEMENT, type SetElement, type SetEntry, type SkbInfo } from './ip-set.ts'
import { addElement, deleteElement, type SetChange } from './set-change.ts'
import { lookupElement } from './set-lookup.ts'
import { hasNetwork, setTypeOf } from './set-type.ts'

/** Which end of the packet each part of the element is taken from. */
export type SetDirection = 'src' | 'dst'

/** A comparison with an entry's counter. */
export interface CounterTest {
  readonly op: 'eq' | 'ne' | 'lt' | 'gt'
  readonly value: number
}

/** How a rule looks into a set. */
export interface SetQuery {
  readonly directions: readonly SetDirection[]
  readonly returnNomatch: boolean
  readonly updateCounters: boolean
  readonly updateSubcounters: boolean
  readonly packets: CounterTest | null
  readonly bytes: CounterTest | null
}

/** Where sets and time are found. */
export interface SetContext {
  readonly sets: IpSets
  readonly nowMs: number
}

/** `ip_set_get_ip_port()`: protocol and port; null where the packet has none to see. */
function portOf(packet: IpPacket, direction: SetDirection): { protocol: number; port: number } | null {
  const { network, transport } = packet
  const { protocol } = network
  if (transport === null) return network.fragmentOffset > 0 && [1, 6, 17, 132, 136].includes(protocol) ? null : { protocol, port: 0 }
  if (transport.kind === 'icmp') return { protocol, port: transport.type * 256 + transport.code }
  return { protocol, port: direction === 'src' ? transport.sourcePort : transport.destinationPort }
}

type Ends = { -readonly [K in keyof SetElement]: SetElement[K] }

/** Fills in one part of the element from the packet; false where the packet has no such thing. */
function takePart(element: Ends, set: IpSet, at: number, packet: IpPacket, direction: SetDirection): boolean {
  const { network, eth } = packet
  const address = direction === 'src' ? network.source : network.destination
  switch (setTypeOf(set.type).parts[at]) {
    case 'ip':
    case 'net':
      if (at === 0) element.address = ipv4(address & ipv4Mask(set.options.netmask))
      else element.address2 = address
      return true
    case 'port': {
      const port = portOf(packet, direction)
      if (port === null || (set.type === 'bitmap:port' && port.protocol !== 6 && port.protocol !== 17)) return false
      element.protocol = port.protocol
      element.port = port.port
      return true
    }
    case 'mac': {
      const mac = direction === 'src' ? eth?.source : eth?.destination
      if (mac === undefined || mac === '00:00:00:00:00:00') return false
      element.mac = mac
      return true
    }
    default:
      return false
  }
}

/** The element that a packet is, for this set; null where it has too few directions or the packet lacks a part. */
function packetElement(set: IpSet, packet: IpPacket, directions: readonly SetDirection[]): SetElement | null {
  const { parts } = setTypeOf(set.type)
  if (set.options.family !== 'inet' || directions.length < parts.length) return null
  const element: Ends = { ...NO_ELEMENT }
  for (let at = 0; at < parts.length; at++) {
    if (!takePart(element, set, at, packet, directions[at] ?? 'src')) return null
  }
  return set.type === 'hash:ip' && element.address === (0 as Ipv4) ? null : element
}

function holds(test: CounterTest | null, value: number): boolean {
  if (test === null) return true
  if (test.op === 'eq') return value === test.value
  if (test.op === 'ne') return value !== test.value
  return test.op === 'lt' ? value < test.value : value > test.value
}

/** `ip_set_match_extensions()`: counts the packet on the entry, then compares. */
function accepts(set: IpSet, entry: SetEntry, packet: IpPacket, query: SetQuery): boolean {
  if (!set.options.counters) return true
  if (query.updateCounters) {
    entry.packets++
    entry.bytes += ipLength(packet)
  }
  return holds(query.packets, entry.packets) && holds(query.bytes, entry.bytes)
}

/** `ip_set_test()`: what was found, or with `--return-nomatch` what is marked so; only sets of networks have such elements, others do not ask. */
function holdsIn(set: IpSet, entry: SetEntry, query: SetQuery): boolean {
  return !hasNetwork(setTypeOf(set.type)) || entry.nomatch === query.returnNomatch
}

/** `list_set_ktest()`: the first member that has the packet decides. */
function testList(list: IpSet, packet: IpPacket, query: SetQuery, context: SetContext): SetEntry | null {
  const inner: SetQuery = { ...query, packets: null, bytes: null, updateCounters: query.updateCounters && query.updateSubcounters }
  for (const entry of list.entries.values()) {
    const member = context.sets.get(entry.element.set)
    if (!member || !isAlive(entry, context.nowMs)) continue
    const found = findPacket(member, packet, inner, context)
    if (found !== null && holdsIn(member, found, query) && accepts(list, entry, packet, query)) return found
  }
  return null
}

/** The entry that decides about a packet, `nomatch` ones included. */
function findPacket(set: IpSet, packet: IpPacket, query: SetQuery, context: SetContext): SetEntry | null {
  if (set.type === 'list:set') return testList(set, packet, query, context)
  const element = packetElement(set, packet, query.directions)
  return element && lookupElement(set, element, context.nowMs, (entry) => accepts(set, entry, packet, query))
}

/** `ip_set_test()`: is the packet in the set? */
export function packetInSet(set: IpSet, packet: IpPacket, query: SetQuery, context: SetContext): boolean {
  const entry = findPacket(set, packet, query, context)
  return entry !== null && holdsIn(set, entry, query)
}

/** What `-j SET --map-set` takes from the set for a packet. */
export function packetSkbInfo(set: IpSet, packet: IpPacket, query: SetQuery, context: SetContext): SkbInfo | null {
  const entry = findPacket(set, packet, query, context)
  return entry !== null && !entry.nomatch ? entry.skbinfo : null
}

/** A packet as an element to add or delete: networks get the longest prefix the set has. */
function elementToStore(set: IpSet, packet: IpPacket, directions: readonly SetDirection[]): SetElement | null {
  const element = packetElement(set, packet, directions)
  if (element === null) return null
  const { parts } = setTypeOf(set.type)
  const length = parts[0] === 'net' ? (set.lengths[0]?.length ?? 32) : 32
  const length2 = parts[2] === 'net' ? (set.lengths2[0]?.length ?? 32) : 32
  return {
    ...element,
    ...{ length, address: ipv4(element.address & ipv4Mask(length)) },
    ...{ length2, address2: ipv4(element.address2 & ipv4Mask(length2)) },
  }
}

/** What `-j SET --add-set` may say beside the set. */
export interface PacketAdd {
  readonly directions: readonly SetDirection[]
  readonly exist: boolean
  /** Seconds; null: the set's default. */
  readonly timeout: number | null
}

/** `ip_set_add()` for a packet. In a list:set the first member that takes it. */
export function addPacket(set: IpSet, packet: IpPacket, add: PacketAdd, context: SetContext): SetChange {
  if (set.type === 'list:set') {
    for (const entry of set.entries.values()) {
      const member = context.sets.get(entry.element.set)
      if (member && addPacket(member, packet, add, context) === 'ok') return 'ok'
    }
    return 'absent'
  }
  const element = elementToStore(set, packet, add.directions)
  if (element === null) return 'null'
  const given = { timeout: add.timeout ?? undefined, packets: 1, bytes: ipLength(packet) }
  return addElement(set, element, given, { exist: add.exist, nowMs: context.nowMs })
}

/** `ip_set_del()` for a packet. */
export function deletePacket(set: IpSet, packet: IpPacket, directions: readonly SetDirection[], context: SetContext): SetChange {
  if (set.type === 'list:set') {
    for (const entry of set.entries.values()) {
      const member = context.sets.get(entry.element.set)
      if (member && deletePacket(member, packet, directions, context) === 'ok') return 'ok'
    }
    return 'absent'
  }
  const element = elementToStore(set, packet, directions)
  return element === null ? 'null' : deleteElement(set, element, context.nowMs)
}
