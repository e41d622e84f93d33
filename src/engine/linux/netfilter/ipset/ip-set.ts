/** Kernel: include/linux/netfilter/ipset/ip_set.h, struct ip_set and struct ip_set_ext. The sets of one namespace. Plain data. */
import type { Ipv4 } from '../../../net/ipv4.ts'
import type { HashTable } from './hash-table.ts'

export type SetTypeName =
  | 'hash:ip'
  | 'hash:net'
  | 'hash:ip,port'
  | 'hash:ip,port,ip'
  | 'hash:ip,port,net'
  | 'hash:net,port'
  | 'hash:mac'
  | 'bitmap:port'
  | 'list:set'

/** What stands in a set. Parts that a type does not have are 0, 32 and ''. */
export interface SetElement {
  readonly address: Ipv4
  /** Prefix length. */
  readonly length: number
  /** IANA number. */
  readonly protocol: number
  /** For ICMP type × 256 + code. */
  readonly port: number
  readonly address2: Ipv4
  readonly length2: number
  /** Lower-case. */
  readonly mac: string
  /** Name of a member of list:set. */
  readonly set: string
}

/** An element with its extensions. */
export interface SetEntry {
  readonly element: SetElement
  readonly nomatch: boolean
  /** Virtual time of expiry, ms; null: never. */
  readonly expiresMs: number | null
  packets: number
  bytes: number
  readonly comment: string | null
  readonly skbinfo: SkbInfo | null
}

/** What `-j SET --map-set` puts into a packet. */
export interface SkbInfo {
  readonly mark: number
  readonly mask: number
  /** `tc` class, "major:minor" as one number. */
  readonly prio: number
  readonly queue: number
}

/** The options of `ipset create`. */
export interface SetOptions {
  readonly family: 'inet' | 'inet6'
  readonly maxelem: number
  /** hash:ip, hash:ip,port: prefix length of what is stored. */
  readonly netmask: number
  /** Default timeout in seconds; null: the set has none at all. */
  readonly timeout: number | null
  readonly counters: boolean
  readonly comment: boolean
  readonly skbinfo: boolean
  readonly bucketsize: number
  /** Seed of the hash. */
  readonly initval: number
  /** bitmap:port. */
  readonly range: { readonly min: number; readonly max: number }
  /** list:set. */
  readonly size: number
}

/** How many elements have each prefix length; sorted, longest first. Packets are looked up once for each. */
export type PrefixLengths = { readonly length: number; readonly count: number }[]

export interface IpSet {
  name: string
  /** Place in the kernel's array: the order of listings. */
  index: number
  readonly type: SetTypeName
  readonly options: SetOptions
  /** Key of the element → entry; list:set in list order. */
  entries: Map<string, SetEntry>
  /** Where the elements of a hash lie: the order of listings. */
  table: HashTable | null
  lengths: PrefixLengths
  lengths2: PrefixLengths
}

/** The sets of a namespace by name. */
export type IpSets = Map<string, IpSet>

/** An element of which nothing is known. */
export const NO_ELEMENT: SetElement = {
  address: 0 as Ipv4,
  length: 32,
  protocol: 0,
  port: 0,
  address2: 0 as Ipv4,
  length2: 32,
  mac: '',
  set: '',
}

/** Equal exactly for equal elements of a set of that type. */
export function elementKey(type: SetTypeName, element: SetElement): string {
  const { address, length, protocol, port, address2, length2, mac, set } = element
  switch (type) {
    case 'hash:ip':
      return String(address)
    case 'hash:net':
      return `${address}/${length}`
    case 'hash:mac':
      return mac
    case 'bitmap:port':
      return String(port)
    case 'list:set':
      return set
    default:
      return `${address}/${length} ${protocol}:${port} ${address2}/${length2}`
  }
}

/** The sets in the order of `ipset list`: by place, those that refer to others last. */
export function setsInOrder(sets: IpSets): readonly IpSet[] {
  const rank = (set: IpSet) => (set.type === 'list:set' ? 1 : 0)
  return [...sets.values()].sort((a, b) => rank(a) - rank(b) || a.index - b.index)
}

/** The lowest free place. */
export function freeIndex(sets: IpSets): number {
  const taken = new Set([...sets.values()].map((set) => set.index))
  let index = 0
  while (taken.has(index)) index++
  return index
}

/** Is this entry still there at that time? */
export function isAlive(entry: SetEntry, nowMs: number): boolean {
  return entry.expiresMs === null || entry.expiresMs > nowMs
}
