/** Kernel: net/netfilter/nf_conntrack_core.c, nf_conntrack_in() and __nf_conntrack_confirm(). */
import { copyPacket } from '../../net/new-packet.ts'
import type { CtRef, IpPacket } from '../../net/packet.ts'
import { isChecksumWrong } from '../checksum-help.ts'
import type { NetNs } from '../netns.ts'
import { sysctl } from '../sysctl.ts'
import { conntrackSctp } from './conntrack-sctp.ts'
import { type ConntrackEntry, conntrackFind, conntrackHashed, createEntry, DIRECTIONS, hashInsert, nfCtDelete } from './conntrack-table.ts'
import { conntrackTcp } from './conntrack-tcp.ts'
import { invertTuple, isIcmpError, MAY_CLASH, sameTuple, tupleOf } from './conntrack-tuple.ts'
import { type ConntrackZone, DEFAULT_ZONE, zoneId } from './conntrack-zone.ts'

/** UDP flows older than this that got answers live longer, ms (`stream_ts`). */
const UDP_STREAM_AFTER_MS = 2000

/** `nf_conntrack_udp_packet()`. */
function conntrackUdp(ns: NetNs, entry: ConntrackEntry): void {
  const now = ns.kernel.nowMs
  if (entry.clash) return
  const stream = entry.seenReply && now > entry.createdMs + UDP_STREAM_AFTER_MS
  if (stream) entry.assured = true
  entry.expiresMs =
    now + 1000 * sysctl(ns, stream ? 'net.netfilter.nf_conntrack_udp_timeout_stream' : 'net.netfilter.nf_conntrack_udp_timeout')
}

/** `nf_conntrack_handle_packet()`. */
function handlePacket(ns: NetNs, entry: ConntrackEntry, packet: IpPacket, direction: CtRef['direction']): 'ok' | 'repeat' | 'invalid' {
  const header = packet.transport
  switch (header?.kind) {
    case 'tcp':
      return conntrackTcp(ns, entry, packet, direction)
    case 'udp':
      conntrackUdp(ns, entry)
      return 'ok'
    case 'sctp':
      return conntrackSctp(ns, entry, header, direction) ? 'ok' : 'invalid'
    case 'icmp':
      entry.expiresMs = ns.kernel.nowMs + 1000 * sysctl(ns, 'net.netfilter.nf_conntrack_icmp_timeout')
      return 'ok'
    case undefined:
      entry.expiresMs = ns.kernel.nowMs + 1000 * sysctl(ns, 'net.netfilter.nf_conntrack_generic_timeout')
      return 'ok'
  }
}

/** `nf_ct_set()`. */
function withConnection(packet: IpPacket, ct: CtRef): IpPacket {
  const copy = copyPacket(packet)
  copy.ct = ct
  return copy
}

/** `nf_conntrack_icmpv4_error()`: an ICMP error is RELATED to the connection of the packet it quotes. */
function icmpError(ns: NetNs, packet: IpPacket, quoted: IpPacket, zone: ConntrackZone): IpPacket {
  const inner = tupleOf(quoted)
  const found = inner === null ? null : conntrackFind(ns, invertTuple(inner), zone)
  if (found === null) return packet
  const { entry, direction } = found
  if (entry[direction].destination !== packet.network.destination) return packet
  return withConnection(packet, { entry: entry.id, state: 'RELATED', direction })
}

/** `resolve_normal_ct()`: the entry of a packet and how it stands to it; a new entry for the first packet of a connection. */
function resolve(ns: NetNs, packet: IpPacket, zone: ConntrackZone): { entry: ConntrackEntry; ct: CtRef } | null {
  const tuple = tupleOf(packet)
  if (tuple === null) return null
  const found = conntrackFind(ns, tuple, zone)
  if (found) {
    const { entry, direction } = found
    const state = direction === 'reply' || entry.seenReply ? 'ESTABLISHED' : 'NEW'
    return { entry, ct: { entry: entry.id, state, direction } }
  }
  const header = packet.transport
  if (header?.kind === 'icmp' && ![8, 13, 15, 17].includes(header.type)) return null
  const entry = createEntry(ns, tuple, zone)
  return { entry, ct: { entry: entry.id, state: 'NEW', direction: 'original' } }
}

/** `nf_conntrack_in()` at PREROUTING and OUTPUT: the packet with its connection; `ct` null means INVALID. Answers the kernel makes come with a connection (nf_conntrack_attach) and keep it. */
export function nfConntrackIn(ns: NetNs, packet: IpPacket, zone: ConntrackZone = DEFAULT_ZONE): IpPacket {
  if (packet.ct !== null && packet.ct !== 'detached') return packet
  const header = packet.transport
  // udp_error()
  if (isChecksumWrong(packet)) return packet
  if (header?.kind === 'icmp' && isIcmpError(header)) return header.quoted ? icmpError(ns, packet, header.quoted, zone) : packet
  for (;;) {
    const resolved = resolve(ns, packet, zone)
    if (resolved === null) return packet
    const { entry, ct } = resolved
    const handled = handlePacket(ns, entry, packet, ct.direction)
    if (handled === 'repeat') continue
    if (handled === 'invalid') {
      if (!entry.confirmed) nfCtDelete(ns.netfilter.ip.conntrack, entry)
      return packet
    }
    if (ct.direction === 'reply') entry.seenReply = true
    return withConnection(packet, ct)
  }
}

/** `nf_conntrack_confirm()`, last at INPUT and POSTROUTING: the entry becomes real. False: another connection has the same tuple, the packet is dropped. */
export function nfConntrackConfirm(ns: NetNs, packet: IpPacket): boolean {
  const { ct } = packet
  if (ct === null || typeof ct === 'string' || ct.direction !== 'original') return true
  const table = ns.netfilter.ip.conntrack
  const entry = table.entries.get(ct.entry)
  if (!entry || entry.confirmed) return true
  if (entry.dying) return false
  const clash = conntrackHashed(ns, entry.original, entry.zone, 'original') ?? conntrackHashed(ns, entry.reply, entry.zone, 'reply')
  if (clash) return resolveClash(ns, entry, clash.entry)
  entry.confirmed = true
  table.loose.delete(entry.id)
  hashInsert(table, entry)
  return true
}

/** `nf_ct_match()`. */
function sameConnection(a: ConntrackEntry, b: ConntrackEntry): boolean {
  return DIRECTIONS.every((direction) => sameTuple(a[direction], b[direction]) && zoneId(a.zone, direction) === zoneId(b.zone, direction))
}

/** How long the entry of a packet that lost the race is kept, ms. */
const CLASH_MS = 1000

/**
 * `nf_ct_resolve_clash()`: another packet of the same flow was confirmed first. The same mapping: the packet goes on with that
 * connection. Another one (two DNS questions sent at once, two servers): it goes on, and only its answer can find the entry.
 */
function resolveClash(ns: NetNs, entry: ConntrackEntry, winner: ConntrackEntry): boolean {
  if (!MAY_CLASH.includes(entry.original.protocol)) return false
  if (sameConnection(winner, entry)) return true
  if (conntrackHashed(ns, entry.reply, entry.zone, 'reply')) return false
  const table = ns.netfilter.ip.conntrack
  entry.confirmed = true
  entry.clash = true
  entry.expiresMs = ns.kernel.nowMs + CLASH_MS
  table.loose.delete(entry.id)
  hashInsert(table, entry, ['reply'])
  return true
}
