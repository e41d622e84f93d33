/** Kernel: include/net/netfilter/nf_conntrack.h, struct nf_conn, and its hash (net/netfilter/nf_conntrack_core.c). Plain data. */
import type { CtRef, IpPacket } from '../../net/packet.ts'
import type { NetNs } from '../netns.ts'
import type { SctpTracked } from './conntrack-sctp.ts'
import type { TcpConntrack } from './conntrack-tcp.ts'
import { type ConntrackTuple, invertTuple, sameTuple, tupleHash } from './conntrack-tuple.ts'
import { type ConntrackZone, DEFAULT_ZONE, zoneId } from './conntrack-zone.ts'
import type { Rule } from './rule.ts'

/** Where a rule stands in its table. */
export interface RulePlace {
  readonly chain: string
  /** 1-based. */
  readonly index: number
  readonly rule: Rule
}

/** Which half of the nat has been decided (`IPS_*_NAT_DONE`) and whether it changes anything (`IPS_*_NAT`). */
export interface NatStatus {
  sourceDone: boolean
  destinationDone: boolean
  source: boolean
  destination: boolean
  /** The rules that decided, for traces; null for null bindings. */
  sourceRule: RulePlace | null
  destinationRule: RulePlace | null
  /** Interface that the connection was masqueraded for (`nf_conn_nat.masq_index`); 0: it was not. */
  masqIfindex: number
}

export interface ConntrackEntry {
  readonly id: number
  readonly zone: ConntrackZone
  original: ConntrackTuple
  reply: ConntrackTuple
  /** In the hash: its first packet got through. */
  confirmed: boolean
  /** Out of the hash, kept only while packets still refer to it. */
  dying: boolean
  /** It lost a race and lives for a second, whatever comes (`IPS_NAT_CLASH`, `IPS_FIXED_TIMEOUT`). */
  clash: boolean
  seenReply: boolean
  assured: boolean
  mark: number
  /** Virtual time when its first packet came, ms. */
  readonly createdMs: number
  /** Virtual time when it expires, ms. */
  expiresMs: number
  tcp: TcpConntrack | null
  /** SCTP state, as conntrack prints it. */
  sctp: SctpTracked | null
  readonly nat: NatStatus
}

/** One tuple of an entry in the hash. */
interface Hashed {
  readonly entry: number
  readonly direction: CtRef['direction']
}

export interface Conntrack {
  /** All entries, also those that are not confirmed yet and those that are dying. */
  readonly entries: Map<number, ConntrackEntry>
  /** Hash of zone and tuple → entries and the direction that tuple is of, newest first. Confirmed entries only. */
  readonly hash: Map<number, readonly Hashed[]>
  nextId: number
  /** Entries that are not in the hash: to be swept once the packets that refer to them are gone. */
  readonly loose: Set<number>
}

/** An empty table. */
export function createConntrack(): Conntrack {
  return { entries: new Map(), hash: new Map(), nextId: 1, loose: new Set() }
}

/** The entry a packet belongs to and the packet's part in it, if conntrack knows it (`nf_ct_get()`). */
export function nfCtGet(ns: NetNs, packet: IpPacket): { readonly entry: ConntrackEntry; readonly ct: CtRef } | null {
  const { ct } = packet
  if (ct === null || typeof ct === 'string') return null
  const entry = ns.netfilter.ip.conntrack.entries.get(ct.entry)
  return entry ? { entry, ct } : null
}

/** The entry a packet belongs to, if conntrack knows it. */
export function conntrackEntryOf(ns: NetNs, packet: IpPacket): ConntrackEntry | null {
  return nfCtGet(ns, packet)?.entry ?? null
}

export const DIRECTIONS = ['original', 'reply'] as const

const hashKey = (zone: number, tuple: ConntrackTuple): number => (tupleHash(tuple) + Math.imul(zone, 0x27d4eb2f)) | 0

/** An entry and the direction that a tuple is of. */
export interface Found {
  readonly entry: ConntrackEntry
  readonly direction: CtRef['direction']
}

/**
 * The newest live entry with that tuple under the zone that `zone` is in `direction`, if it is in the same zone seen from its own
 * (`nf_ct_key_equal`). An entry of `CT --zone-reply` may so have a tuple that is another's reply. Expired ones are deleted on the way
 * (`nf_ct_gc_expired`).
 */
export function conntrackHashed(ns: NetNs, tuple: ConntrackTuple, zone: ConntrackZone, direction: CtRef['direction']): Found | null {
  const table = ns.netfilter.ip.conntrack
  const id = zoneId(zone, direction)
  const bucket = table.hash.get(hashKey(id, tuple))
  if (bucket === undefined) return null
  for (const hashed of bucket) {
    const entry = table.entries.get(hashed.entry)
    if (!entry || zoneId(zone, hashed.direction) !== id) continue
    if (zoneId(entry.zone, hashed.direction) !== id || !sameTuple(entry[hashed.direction], tuple)) continue
    if (entry.expiresMs > ns.kernel.nowMs) return { entry, direction: hashed.direction }
    nfCtDelete(table, entry)
  }
  return null
}

/** `nf_conntrack_find_get()`: the live entry with that tuple in that zone. */
export function conntrackFind(ns: NetNs, tuple: ConntrackTuple, zone: ConntrackZone = DEFAULT_ZONE): Found | null {
  const found = conntrackHashed(ns, tuple, zone, 'original')
  return found !== null || zone.direction === 'both' || zone.id === 0 ? found : conntrackHashed(ns, tuple, zone, 'reply')
}

/** Puts a confirmed entry into the hash, once for each direction (of those given). */
export function hashInsert(table: Conntrack, entry: ConntrackEntry, directions: readonly CtRef['direction'][] = DIRECTIONS): void {
  for (const direction of directions) {
    const key = hashKey(zoneId(entry.zone, direction), entry[direction])
    table.hash.set(key, [{ entry: entry.id, direction }, ...(table.hash.get(key) ?? [])])
  }
}

/** An unconfirmed entry older than this belongs to no packet any more: packets wait for a neighbour at most a few seconds. */
const LEFTOVER_MS = 60_000

/** A new, unconfirmed entry for the first packet of a connection. Leftovers of packets that died on their way are swept first. */
export function createEntry(ns: NetNs, original: ConntrackTuple, zone: ConntrackZone): ConntrackEntry {
  const table = ns.netfilter.ip.conntrack
  const now = ns.kernel.nowMs
  for (const id of table.loose) {
    if ((table.entries.get(id)?.createdMs ?? 0) + LEFTOVER_MS >= now) continue
    table.entries.delete(id)
    table.loose.delete(id)
  }
  const entry: ConntrackEntry = {
    id: table.nextId++,
    zone,
    original,
    reply: invertTuple(original),
    confirmed: false,
    dying: false,
    clash: false,
    seenReply: false,
    assured: false,
    mark: 0,
    createdMs: now,
    expiresMs: now,
    tcp: null,
    sctp: null,
    nat: undecided(),
  }
  table.entries.set(entry.id, entry)
  table.loose.add(entry.id)
  return entry
}

function undecided(): NatStatus {
  return {
    sourceDone: false,
    destinationDone: false,
    source: false,
    destination: false,
    sourceRule: null,
    destinationRule: null,
    masqIfindex: 0,
  }
}

/** `nf_ct_kill()`: out of the hash at once; the packet that caused it may still be translated. */
export function nfCtKill(table: Conntrack, entry: ConntrackEntry): void {
  entry.dying = true
  table.loose.add(entry.id)
  for (const direction of DIRECTIONS) {
    const key = hashKey(zoneId(entry.zone, direction), entry[direction])
    const left = table.hash.get(key)?.filter((hashed) => hashed.entry !== entry.id || hashed.direction !== direction) ?? []
    if (left.length > 0) table.hash.set(key, left)
    else table.hash.delete(key)
  }
}

/** Deletes an entry altogether (`conntrack -D`, expiry). */
export function nfCtDelete(table: Conntrack, entry: ConntrackEntry): void {
  nfCtKill(table, entry)
  table.entries.delete(entry.id)
  table.loose.delete(entry.id)
}

/** The entries that `conntrack -L` shows: confirmed, alive, in the order they were made. */
export function conntrackEntries(ns: NetNs): readonly ConntrackEntry[] {
  const now = ns.kernel.nowMs
  return [...ns.netfilter.ip.conntrack.entries.values()].filter((entry) => entry.confirmed && !entry.dying && entry.expiresMs > now)
}
