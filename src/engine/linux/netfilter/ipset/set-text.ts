/** Elements and sets as ipset prints them. Userspace: ipset 7.17, lib/print.c. */
import { formatAddress } from '../../../net/address.ts'
import type { Ipv4 } from '../../../net/ipv4.ts'
import { protocolName } from '../protocols.ts'
import { hashOrder, hashSteps } from './hash-table.ts'
import { icmpTypeName } from './icmp-names.ts'
import { type IpSet, isAlive, type SetElement, type SetEntry, type SetTypeName, type SkbInfo } from './ip-set.ts'
import { type SetPart, setTypeOf } from './set-type.ts'

const IPPROTO_ICMP = 1

function network(address: Ipv4, length: number): string {
  return length === 32 ? formatAddress(address) : `${formatAddress(address)}/${length}`
}

/** "tcp:80", "icmp:echo-request", "icmp:200/3", "gre:0". */
function port(protocol: number, value: number): string {
  if (protocol !== IPPROTO_ICMP) return `${protocolName(protocol)}:${value}`
  const [type, code] = [value >> 8, value & 255]
  return `icmp:${icmpTypeName(type, code) ?? `${type}/${code}`}`
}

/** One part of an element; `at`: which part of its type it is. */
function formatPart(type: SetTypeName, part: SetPart, at: number, element: SetElement): string {
  switch (part) {
    case 'ip':
    case 'net':
      return at === 0 ? network(element.address, element.length) : network(element.address2, element.length2)
    case 'port':
      return type === 'bitmap:port' ? String(element.port) : port(element.protocol, element.port)
    case 'mac':
      return element.mac.toUpperCase()
    case 'set':
      return element.set
  }
}

/** "10.0.0.1,tcp:80,10.0.0.0/24". */
export function formatElement(set: Pick<IpSet, 'type'>, element: SetElement): string {
  return setTypeOf(set.type)
    .parts.map((part, at) => formatPart(set.type, part, at, element))
    .join(',')
}

/** Whole seconds an entry has left, at least one. A moment always passes between a command and the listing. */
function secondsLeft(entry: SetEntry, nowMs: number): number {
  return entry.expiresMs === null ? 0 : Math.max(1, Math.ceil((entry.expiresMs - nowMs) / 1000) - 1)
}

function skbinfo(info: SkbInfo | null): string {
  if (info === null) return ''
  const hex = (value: number) => `0x${value.toString(16)}`
  const mark = info.mark === 0 && info.mask === 0 ? '' : ` skbmark ${hex(info.mark)}${info.mask === 0xffffffff ? '' : `/${hex(info.mask)}`}`
  const prio = info.prio === 0 ? '' : ` skbprio ${(info.prio >>> 16).toString(16)}:${(info.prio & 0xffff).toString(16)}`
  return mark + prio + (info.queue === 0 ? '' : ` skbqueue ${info.queue}`)
}

/** An entry with its extensions, as `ipset list` and `ipset save` print it. */
export function formatEntry(set: IpSet, entry: SetEntry, nowMs: number): string {
  const { options } = set
  let text = formatElement(set, entry.element)
  if (options.timeout !== null) text += ` timeout ${secondsLeft(entry, nowMs)}`
  if (entry.nomatch) text += ' nomatch'
  if (options.counters) text += ` packets ${entry.packets} bytes ${entry.bytes}`
  if (entry.comment !== null) text += ` comment "${entry.comment}"`
  return text + skbinfo(entry.skbinfo)
}

/** The living entries in the order the kernel lists them. */
export function entriesInOrder(set: IpSet, nowMs: number): readonly SetEntry[] {
  const keys = set.table ? hashOrder(set.table) : [...set.entries.keys()]
  const entries = keys.flatMap((key) => set.entries.get(key) ?? []).filter((entry) => isAlive(entry, nowMs))
  return set.type === 'bitmap:port' ? entries.sort((a, b) => a.element.port - b.element.port) : entries
}

/** lib/session.c, the order of `ipset -s`: by address, the longer prefix first, protocol and port. */
function compareElements(a: SetElement, b: SetElement): number {
  return (
    a.address - b.address ||
    b.length - a.length ||
    a.protocol - b.protocol ||
    a.port - b.port ||
    a.address2 - b.address2 ||
    b.length2 - a.length2 ||
    Number(a.mac > b.mac) - Number(a.mac < b.mac)
  )
}

/** Sorted as `ipset -s` does. */
export function sortedEntries(set: IpSet, nowMs: number): readonly SetEntry[] {
  return entriesInOrder(set, nowMs).toSorted((a, b) => compareElements(a.element, b.element))
}

/** The options of `ipset create`, as the Header line has them. */
export function formatHeader(set: IpSet): string {
  const { options, table } = set
  const words: string[] = []
  if (table) {
    if (set.type !== 'hash:mac') words.push(`family ${options.family}`)
    words.push(`hashsize ${2 ** table.bits} maxelem ${options.maxelem}`)
    if (set.type === 'hash:ip' && options.netmask !== 32) words.push(`netmask ${options.netmask}`)
  } else words.push(set.type === 'bitmap:port' ? `range ${options.range.min}-${options.range.max}` : `size ${options.size}`)
  if (options.timeout !== null) words.push(`timeout ${options.timeout}`)
  if (options.counters) words.push('counters')
  if (options.comment) words.push('comment')
  if (options.skbinfo) words.push('skbinfo')
  if (table) words.push(`bucketsize ${options.bucketsize} initval 0x${options.initval.toString(16).padStart(8, '0')}`)
  if (set.type === 'hash:ip,port' && options.netmask !== 32) words.push(`netmask ${options.netmask}`)
  return words.join(' ')
}

/** Bytes of one element with the set's extensions (`ip_set_elem_len`). */
function elementBytes(set: IpSet): number {
  const { options } = set
  const align = (size: number, to: number) => Math.ceil(size / to) * to
  let size = setTypeOf(set.type).elementBytes
  if (options.counters) size = align(size, 8) + 16
  if (options.timeout !== null) size = align(size, 8) + 8
  if (options.skbinfo) size = align(size, 4) + 16
  if (options.comment) size = align(size, 8) + 8
  return size
}

/** Bytes of kernel memory, as "Size in memory" says on a 64-bit machine. */
export function memorySize(set: IpSet): number {
  const { memory, memory6 } = setTypeOf(set.type)
  const base = set.options.family === 'inet6' ? memory6 : memory
  const each = elementBytes(set)
  let comments = 0
  for (const { comment } of set.entries.values()) if (comment !== null) comments += 17 + comment.length
  if (set.type === 'bitmap:port') {
    const count = set.options.range.max - set.options.range.min + 1
    return base + Math.ceil(count / 64) * 8 + count * each + comments
  }
  if (!set.table) return base + set.entries.size * each + comments
  const regions = Math.max(1, 2 ** (set.table.bits - 10))
  return base + (regions - 1) * 24 + hashSteps(set.table) * (32 + 2 * each) + comments
}
