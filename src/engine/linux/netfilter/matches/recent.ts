/** Userspace: extensions/libxt_recent.c. Kernel: net/netfilter/xt_recent.c, recent_mt(). */
import { formatAddress } from '../../../net/address.ts'
import { type Ipv4, ipv4 } from '../../../net/ipv4.ts'
import type { IpHeader, IpPacket } from '../../../net/packet.ts'
import { parseInetAton } from '../host-address.ts'
import type { RecentEntry, RecentList } from '../netfilter.ts'
import { givenOption, givenValue, NOT_RESOLVED, not, parseUnsigned, requiredOption } from '../option.ts'
import type { Match, MatchExtension, PacketContext } from './match.ts'

/** Stamps kept for each address where no rule asks for more (`nstamps_max_mask` + 1). */
const STAMPS = 32
/** `XT_RECENT_MAX_NSTAMPS`: the places of stamps have sixteen bits. */
const MOST_STAMPS = 65536
/** `ip_list_tot`: addresses kept in each list. */
const ADDRESSES = 100
/** `XT_RECENT_NAME_LEN` without its end. */
const NAME_LENGTH = 199
const ACTIONS = ['set', 'rcheck', 'update', 'remove'] as const

export interface RecentMatch extends Match {
  readonly name: 'recent'
  readonly action: (typeof ACTIONS)[number]
  readonly not: boolean
  readonly list: string
  /** 0: no limit in time. */
  readonly seconds: number
  readonly reap: boolean
  readonly hitcount: number
  /** Only a packet with the TTL that was seen last counts. */
  readonly rttl: boolean
  readonly mask: Ipv4
  readonly side: 'rsource' | 'rdest'
}

const ALL_ONES = ipv4(0xffffffff)

/** The list of that name, with room for as many stamps as this rule counts: a list that grows is emptied. */
function listOf(m: RecentMatch, lists: Map<string, RecentList>): RecentList {
  const wanted = m.hitcount > 0 ? 2 ** Math.ceil(Math.log2(m.hitcount)) : STAMPS
  const list = lists.get(m.list)
  if (!list) {
    const made: RecentList = { stamps: wanted, entries: new Map() }
    lists.set(m.list, made)
    return made
  }
  if (wanted > list.stamps) {
    list.stamps = wanted
    list.entries.clear()
  }
  return list
}

/** `recent_entry_update()`: one more stamp, in a ring; the entry is the youngest now. */
function stampEntry(list: RecentList, key: string, entry: RecentEntry, seen: { ttl: number; nowMs: number }): void {
  entry.index %= list.stamps
  entry.stamps[entry.index++] = seen.nowMs
  entry.ttl = seen.ttl
  list.entries.delete(key)
  list.entries.set(key, entry)
}

/** A new address; the one not seen for longest gives way when the list is full. */
function initEntry(list: RecentList, key: string, seen: { ttl: number; nowMs: number }): void {
  const [oldest] = list.entries.keys()
  if (list.entries.size >= ADDRESSES && oldest !== undefined) list.entries.delete(oldest)
  list.entries.set(key, { stamps: [seen.nowMs], index: 1, ttl: seen.ttl })
}

/** Was the address seen often and lately enough? */
function wasSeen(m: RecentMatch, entry: RecentEntry, since: number): boolean {
  let hits = 0
  for (const stamp of entry.stamps) {
    if (m.seconds > 0 && stamp < since) continue
    if (m.hitcount === 0 || ++hits >= m.hitcount) return true
  }
  return false
}

/** `recent_entry_reap()`: the oldest entry of the list goes if it was last seen too long ago. */
function reapOldest(list: RecentList, since: number, kept: RecentEntry | null): void {
  const [oldest] = list.entries
  if (oldest && oldest[1] !== kept && (oldest[1].stamps[oldest[1].index - 1] ?? 0) < since) list.entries.delete(oldest[0])
}

/** The TTL as it was before forwarding took one away. */
function seenTtl(ip: IpHeader, packet: IpPacket, context: PacketContext): number {
  return context.state.out !== null && packet.socket === null ? ip.ttl + 1 : ip.ttl
}

/** `recent_mt()` without the inversion. */
function matchList(m: RecentMatch, list: RecentList, key: string, seen: { ttl: number; nowMs: number }): boolean {
  const found = list.entries.get(key)
  const entry = found && (!m.rttl || found.ttl === seen.ttl || found.ttl === 0 || seen.ttl === 0) ? found : undefined
  if (!entry) {
    if (m.action === 'set') initEntry(list, key, seen)
    return m.action === 'set'
  }
  if (m.action === 'remove') return list.entries.delete(key)
  if (m.action === 'set') {
    stampEntry(list, key, entry, seen)
    return true
  }
  const since = seen.nowMs - m.seconds * 1000
  const matched = wasSeen(m, entry, since)
  const updates = m.action === 'update' && matched !== m.not
  if (m.reap) reapOldest(list, since, updates ? entry : null)
  if (updates) stampEntry(list, key, entry, seen)
  return matched
}

const MISSING = "recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'"
/** `-m recent --set|--rcheck|--update|--remove …`: a list of addresses seen lately. */
export const extension: MatchExtension<RecentMatch> = {
  name: 'recent',
  askedOnce: 'the list of recent addresses says otherwise',
  options: [
    ...ACTIONS.map((name) => ({ name, values: 0 as const, invertible: true, excludes: ACTIONS.filter((other) => other !== name) })),
    { name: 'seconds', values: 1 },
    { name: 'reap', values: 0, also: 'seconds' },
    { name: 'hitcount', values: 1 },
    { name: 'rttl', values: 0, excludes: ['set', 'remove'] },
    { name: 'name', values: 1 },
    { name: 'rsource', values: 0 },
    { name: 'rdest', values: 0 },
    { name: 'mask', values: 1 },
  ],
  finalCheck: (given) => (ACTIONS.some((name) => givenOption(given, name)) ? null : MISSING),
  parse(given) {
    const action = requiredOption(given, ...ACTIONS)
    const secondsText = givenValue(given, 'seconds')
    const seconds = secondsText === undefined ? 0 : parseUnsigned(secondsText)
    if (seconds === null || (secondsText !== undefined && seconds === 0))
      return 'recent: bad value for option "--seconds", or out of range (1-4294967295).\n'
    const hitcount = parseUnsigned(givenValue(given, 'hitcount') ?? '0')
    if (hitcount === null) return 'recent: bad value for option "--hitcount", or out of range (0-4294967295).\n'
    const mask = givenValue(given, 'mask')
    const maskAddress = mask === undefined ? ALL_ONES : parseInetAton(mask)
    if (maskAddress === null) return NOT_RESOLVED
    return {
      name: 'recent',
      action: action.name,
      not: action.not,
      list: (givenValue(given, 'name') ?? 'DEFAULT').slice(0, NAME_LENGTH),
      seconds,
      reap: givenOption(given, 'reap') !== undefined,
      hitcount,
      rttl: givenOption(given, 'rttl') !== undefined,
      mask: maskAddress,
      side: givenOption(given, 'rdest') ? 'rdest' : 'rsource',
    }
  },
  check(m) {
    const limited = m.seconds > 0 || m.hitcount > 0
    const refused = ((m.action === 'set' || m.action === 'remove') && limited) || m.hitcount >= MOST_STAMPS || m.list.includes('/')
    return refused ? 'Invalid argument' : null
  },
  print(m) {
    const seconds = m.seconds ? ` --seconds ${m.seconds}` : ''
    const flags = (m.reap ? ' --reap' : '') + (m.hitcount ? ` --hitcount ${m.hitcount}` : '') + (m.rttl ? ' --rttl' : '')
    return ` ${not(m.not)}--${m.action}${seconds}${flags} --name ${m.list} --mask ${formatAddress(m.mask)} --${m.side}`
  },
  list(m) {
    const action = { set: 'SET', rcheck: 'CHECK', update: 'UPDATE', remove: 'REMOVE' }[m.action]
    const seconds = m.seconds ? ` seconds: ${m.seconds}` : ''
    const flags = (m.reap ? ' reap' : '') + (m.hitcount ? ` hit_count: ${m.hitcount}` : '') + (m.rttl ? ' TTL-Match' : '')
    return `${not(m.not)}recent: ${action}${seconds}${flags} name: ${m.list} side: ${m.side === 'rsource' ? 'source' : 'dest'} mask: ${formatAddress(m.mask)}`
  },
  match(m, packet, context) {
    const ip = packet.network
    const list = listOf(m, context.ns.netfilter.ip.recent)
    const key = formatAddress(ipv4((m.side === 'rsource' ? ip.source : ip.destination) & m.mask))
    return matchList(m, list, key, { ttl: seenTtl(ip, packet, context), nowMs: context.ns.kernel.nowMs }) !== m.not
  },
}
