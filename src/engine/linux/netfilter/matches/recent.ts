/** Userspace: extensions/libxt_recent.c. Kernel: net/netfilter/xt_recent.c, recent_mt(). */
import { formatAddress, parseAddress } from '../../../net/address.ts'
import { type Ipv4, ipv4 } from '../../../net/ipv4.ts'
import { givenOption, givenValue, not, parseUnsigned } from '../option.ts'
import type { Match, MatchExtension } from './match.ts'

/** `ip_pkt_list_tot`: stamps kept for each address. */
const STAMPS = 20
/** `ip_list_tot`: addresses kept in each list. */
const ADDRESSES = 100
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
  /** `--rttl` is kept in the text; the TTL is not remembered. */
  readonly rttl: boolean
  readonly mask: Ipv4
  readonly side: 'rsource' | 'rdest'
}

const ALL_ONES = ipv4(0xffffffff)

/** `-m recent --set|--rcheck|--update|--remove …`: a list of addresses seen lately. */
export const recent: MatchExtension<RecentMatch> = {
  name: 'recent',
  options: [
    ...ACTIONS.map((name) => ({ name, values: 0 as const, invertible: true })),
    { name: 'seconds', values: 1 },
    { name: 'hitcount', values: 1 },
    { name: 'rttl', values: 0 },
    { name: 'name', values: 1 },
    { name: 'rsource', values: 0 },
    { name: 'rdest', values: 0 },
    { name: 'reap', values: 0 },
    { name: 'mask', values: 1 },
  ],
  parse(given) {
    const actions = ACTIONS.filter((name) => givenOption(given, name))
    const [action, second] = actions
    if (!action) return "recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'"
    if (second) return `recent: option "--${action}" cannot be used together with "--${second}".\n`
    const secondsText = givenValue(given, 'seconds')
    const seconds = secondsText === undefined ? 0 : parseUnsigned(secondsText)
    if (seconds === null || (secondsText !== undefined && seconds === 0))
      return 'recent: bad value for option "--seconds", or out of range (1-4294967295).\n'
    const hitcount = parseUnsigned(givenValue(given, 'hitcount') ?? '0')
    if (hitcount === null) return 'recent: bad value for option "--hitcount", or out of range (0-4294967295).\n'
    const reap = givenOption(given, 'reap') !== undefined
    if (reap && secondsText === undefined) return 'recent: option "--reap" also requires "--seconds".\n'
    const mask = givenValue(given, 'mask')
    const maskAddress = mask === undefined ? ALL_ONES : parseAddress(mask)
    if (maskAddress === null) return `recent: bad value for option "--mask", neither a valid network mask nor valid CIDR (${mask}).`
    return {
      name: 'recent',
      action,
      not: givenOption(given, action)?.not ?? false,
      list: givenValue(given, 'name') ?? 'DEFAULT',
      seconds,
      reap,
      hitcount,
      rttl: givenOption(given, 'rttl') !== undefined,
      mask: maskAddress,
      side: givenOption(given, 'rdest') ? 'rdest' : 'rsource',
    }
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
  match(m, packet, { ns }) {
    const header = packet.network
    if (header.kind !== 'ip') return false
    if (m.rttl) return 'unsupported'
    const lists = ns.netfilter.ip.recent
    let list = lists.get(m.list)
    if (!list) {
      list = new Map()
      lists.set(m.list, list)
    }
    const now = ns.kernel.nowMs
    const key = formatAddress(ipv4((m.side === 'rsource' ? header.source : header.destination) & m.mask))
    let entry = list.get(key)
    if (m.action === 'set') {
      if (!entry) {
        if (list.size >= ADDRESSES) list.delete(list.keys().next().value ?? key)
        entry = { stamps: [] }
        list.set(key, entry)
      }
      entry.stamps = [...entry.stamps, now].slice(-STAMPS)
      return !m.not
    }
    if (m.action === 'remove') return list.delete(key) !== m.not
    if (!entry) return m.not
    const oldest = m.seconds ? now - m.seconds * 1000 : Number.NEGATIVE_INFINITY
    let hits = 0
    for (const stamp of entry.stamps) if (stamp >= oldest) hits++
    const matched = hits > 0 && hits >= m.hitcount
    if (m.reap) for (const [address, other] of list) if ((other.stamps.at(-1) ?? 0) < oldest) list.delete(address)
    if (m.action === 'update' && matched) entry.stamps = [...entry.stamps, now].slice(-STAMPS)
    return matched !== m.not
  },
}
