/** Kernel: net/netfilter/nf_nat_core.c, get_unique_tuple() and nf_nat_l4proto_unique_tuple(). */
import { ipv4 } from '../../net/ipv4.ts'
import type { NetNs } from '../netns.ts'
import { type ConntrackEntry, conntrackEntries, conntrackFind, conntrackHashed, nfCtKill } from './conntrack-table.ts'
import { seqBefore } from './conntrack-tcp-window.ts'
import { type ConntrackTuple, IPPROTO_ICMP, invertTuple, MAY_CLASH, sameTuple } from './conntrack-tuple.ts'
import { type ConntrackZone, sameZone } from './conntrack-zone.ts'
import { jhash2, networkWord } from './jhash.ts'
import type { NatRange } from './nat-range.ts'

/** Which end of the tuple is rewritten. */
export type Manip = 'source' | 'destination'

/** `NF_NAT_MAX_ATTEMPTS`, and `NF_NAT_HARDER_THRESH`: the last of them may evict. */
const MAX_ATTEMPTS = 128
const HARDER_ATTEMPTS = 32
/** Protocols with ports: tcp, udp, dccp, sctp, udplite. */
const PORT_PROTOCOLS = [6, 17, 33, 132, 136]

/**
 * `nf_conntrack_tuple_taken()`: does another connection already have the reply that this tuple would get? An entry with the same original
 * tuple in the same zone is the same flow, whose first packets overtook its confirmation: the clash is resolved when this one is confirmed.
 */
function usedTuple(ns: NetNs, tuple: ConntrackTuple, entry: ConntrackEntry): boolean {
  const found = conntrackHashed(ns, invertTuple(tuple), entry.zone, 'reply')
  if (found === null || found.entry === entry) return false
  return !sameTuple(found.entry.original, entry.original) || !sameZone(found.entry.zone, entry.zone)
}

const isMapped = ({ nat }: ConntrackEntry): boolean => nat.source || nat.destination

/**
 * `nf_nat_used_tuple_new()`, since 6.12: not where the other connection is this one's answer, taken for a beginning, and neither is mapped. Two
 * processors may have taken one each; when this one is confirmed the clash is resolved, or the packet dropped: where zones alone keep them apart.
 */
function usedTupleNew(ns: NetNs, tuple: ConntrackTuple, entry: ConntrackEntry): boolean {
  if (!usedTuple(ns, tuple, entry)) return false
  if (!MAY_CLASH.includes(tuple.protocol) || isMapped(entry)) return true
  const found = conntrackFind(ns, tuple, entry.zone) ?? conntrackFind(ns, invertTuple(tuple), entry.zone)
  return found !== null && (isMapped(found.entry) || !sameTuple(found.entry.original, entry.reply))
}

/** `nf_nat_may_kill()`: is it a connection that rests and whose source was rewritten? */
function mayKill({ clash, nat, tcp }: ConntrackEntry): boolean {
  return (tcp?.state === 'TIME_WAIT' || tcp?.state === 'CLOSE') && nat.source && !clash
}

/**
 * `nf_nat_used_tuple_harder()`: among the last attempts a SYN evicts a connection that rests, if its sequence number is past the one of
 * that connection.
 */
function usedTupleHarder(ns: NetNs, tuple: ConntrackTuple, entry: ConntrackEntry, attemptsLeft: number): boolean {
  const mine = entry.tcp
  if (attemptsLeft > HARDER_ATTEMPTS || mine?.state !== 'SYN_SENT') return usedTuple(ns, tuple, entry)
  const found = conntrackFind(ns, invertTuple(tuple), entry.zone)
  if (found === null) return false
  const { direction, entry: other } = found
  const advanced = other.tcp !== null && seqBefore(other.tcp.seen.original.end, mine.seen.original.end)
  if (direction === 'original' || other === entry || !mayKill(other) || !advanced) return true
  nfCtKill(ns.netfilter.ip.conntrack, other)
  return false
}

/** `nf_nat_inet_in_range()` and `l4proto_in_range()` for the source. */
function inRange(tuple: ConntrackTuple, range: NatRange): boolean {
  if (range.addresses && (tuple.source < range.addresses.min || tuple.source > range.addresses.max)) return false
  return !range.ports || (tuple.sourcePort >= range.ports.min && tuple.sourcePort <= range.ports.max)
}

interface Search {
  readonly ns: NetNs
  readonly entry: ConntrackEntry
  readonly range: NatRange
  readonly manip: Manip
}

/** `hash_by_src()` takes in only zones that count for both directions: the others are among those of zone 0. */
const sourceZone = ({ id, direction }: ConntrackZone): number => (direction === 'both' ? id : 0)

/** `find_appropriate_src()`: a sender's port that is mapped already keeps its mapping towards other destinations, the newest one. */
function appropriateSource(original: ConntrackTuple, { ns, entry: self, range }: Search): ConntrackTuple | null {
  for (const entry of conntrackEntries(ns).toReversed()) {
    const { original: known, reply } = entry
    if (!sameZone(entry.zone, self.zone) || sourceZone(entry.zone) !== sourceZone(self.zone)) continue
    if (!entry.nat.sourceDone || known.protocol !== original.protocol) continue
    if (known.source !== original.source || known.sourcePort !== original.sourcePort) continue
    const mapped = invertTuple(reply)
    const tuple = { ...original, source: mapped.source, sourcePort: mapped.sourcePort }
    if (inRange(tuple, range)) return tuple
  }
  return null
}

/** `find_best_ips_proto()`: an address of the range, the same for the same pair of addresses and zone, for whichever direction that zone counts. */
function bestAddress(tuple: ConntrackTuple, { entry, range, manip }: Search): ConntrackTuple {
  if (!range.addresses) return tuple
  const { min, max } = range.addresses
  let address = min
  if (min !== max) {
    const hash = jhash2([networkWord(tuple.source), 0, 0, 0], range.persistent ? 0 : networkWord(tuple.destination) ^ entry.zone.id)
    address = ipv4(min + Math.floor((hash * (max - min + 1)) / 0x100000000))
  }
  return manip === 'source' ? { ...tuple, source: address } : { ...tuple, destination: address }
}

/** Ports from which one may be taken: the range asked for, or the class of the original port. Null: the port must stay. */
function portClass(tuple: ConntrackTuple, range: NatRange, manip: Manip): { min: number; size: number } | null {
  if (range.ports) return { min: range.ports.min, size: range.ports.max - range.ports.min + 1 }
  if (tuple.protocol === IPPROTO_ICMP) return { min: 0, size: 65536 }
  if (manip === 'destination') return null
  if (tuple.sourcePort >= 1024) return { min: 1024, size: 65535 - 1024 + 1 }
  return tuple.sourcePort < 512 ? { min: 1, size: 511 } : { min: 600, size: 1023 - 600 + 1 }
}

/** `nf_nat_l4proto_unique_tuple()`: a free port (or ICMP id) of the class. */
function uniquePort(tuple: ConntrackTuple, { ns, entry, range, manip }: Search): ConntrackTuple {
  const isIcmp = tuple.protocol === IPPROTO_ICMP
  if (!isIcmp && !PORT_PROTOCOLS.includes(tuple.protocol)) return tuple
  const ports = portClass(tuple, range, manip)
  if (ports === null) return tuple
  // An echo request has one identifier, whichever end is rewritten.
  const atSource = manip === 'source' || isIcmp
  const current = atSource ? tuple.sourcePort : tuple.destinationPort
  const fromRandom = range.random || range.randomFully || manip === 'source'
  const base = range.ports?.base ?? null
  let offset = base !== null ? current - base : fromRandom ? ns.kernel.chooser.pick('port', 65536) : 0
  let attempts = Math.min(ports.size, MAX_ATTEMPTS)
  for (;;) {
    let candidate = tuple
    for (let i = 0; i < attempts; i++, offset++) {
      const port = ports.min + (((offset % ports.size) + ports.size) % ports.size)
      candidate = atSource ? { ...tuple, sourcePort: port } : { ...tuple, destinationPort: port }
      if (!usedTupleHarder(ns, candidate, entry, attempts - i)) return candidate
    }
    if (attempts >= ports.size || attempts < 16) return candidate
    attempts = Math.floor(attempts / 2)
    offset = ns.kernel.chooser.pick('port', 65536)
  }
}

/** `get_unique_tuple()`: `original` with its source or destination inside the range, and a reply that no other connection has. */
export function uniqueTuple(original: ConntrackTuple, search: Search): ConntrackTuple {
  const { ns, entry, range, manip } = search
  const random = range.random || range.randomFully
  if (manip === 'source' && !random) {
    if (inRange(original, range)) {
      if (!usedTupleNew(ns, original, entry)) return original
    } else {
      const known = appropriateSource(original, search)
      if (known && !usedTuple(ns, known, entry)) return known
    }
  }
  const tuple = bestAddress(original, search)
  if (!random) {
    if (range.ports) {
      const port = manip === 'source' ? tuple.sourcePort : tuple.destinationPort
      const { min, max, base } = range.ports
      if (base === null && port >= min && port <= max && (min === max || !usedTuple(ns, tuple, entry))) return tuple
    } else if (!usedTuple(ns, tuple, entry)) return tuple
  }
  return uniquePort(tuple, search)
}
