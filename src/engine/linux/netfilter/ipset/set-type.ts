/** Kernel: net/netfilter/ipset/ip_set_hash_*.c, ip_set_bitmap_port.c, ip_set_list_set.c. What each type of set is made of. */
import { networkWord } from '../jhash.ts'
import type { SetElement, SetTypeName } from './ip-set.ts'

/** One part of an element. */
export type SetPart = 'ip' | 'net' | 'port' | 'mac' | 'set'

export interface SetType {
  readonly name: SetTypeName
  /** As `ipset list` shows it (Linux 6.18, ipset 7.17). */
  readonly revision: number
  /** `dimension`: how many `src`, `dst` words a rule must give. */
  readonly parts: readonly SetPart[]
  /** Other names that `ipset create` takes. */
  readonly aliases: readonly string[]
  /** Bytes of an empty set (of the family inet6), and of an element without extensions. */
  readonly memory: number
  readonly memory6: number
  readonly elementBytes: number
  /** Options of `ipset create` beyond timeout, counters, comment and skbinfo. */
  readonly options: readonly string[]
}

const HASH = ['hashsize', 'maxelem', 'forceadd', 'bucketsize', 'initval']
const INET = ['family', '-4', '-6', ...HASH]

/** All types that are modelled. */
export const SET_TYPES: readonly SetType[] = [
  {
    ...{ name: 'hash:ip', revision: 6, parts: ['ip'], aliases: ['iphash'] },
    ...{ memory: 216, memory6: 224, elementBytes: 4, options: [...INET, 'netmask'] },
  },
  {
    ...{ name: 'hash:net', revision: 7, parts: ['net'], aliases: ['nethash'] },
    ...{ memory: 456, memory6: 1240, elementBytes: 8, options: INET },
  },
  {
    ...{ name: 'hash:ip,port', revision: 7, parts: ['ip', 'port'], aliases: ['ipporthash'] },
    ...{ memory: 216, memory6: 232, elementBytes: 8, options: [...INET, 'netmask'] },
  },
  {
    ...{ name: 'hash:ip,port,ip', revision: 6, parts: ['ip', 'port', 'ip'], aliases: ['ipportiphash'] },
    ...{ memory: 208, memory6: 232, elementBytes: 12, options: INET },
  },
  {
    ...{ name: 'hash:ip,port,net', revision: 8, parts: ['ip', 'port', 'net'], aliases: ['ipportnethash'] },
    ...{ memory: 464, memory6: 1256, elementBytes: 12, options: INET },
  },
  {
    ...{ name: 'hash:net,port', revision: 8, parts: ['net', 'port'], aliases: ['netporthash'] },
    ...{ memory: 456, memory6: 1240, elementBytes: 8, options: INET },
  },
  {
    ...{ name: 'hash:mac', revision: 1, parts: ['mac'], aliases: ['machash'] },
    ...{ memory: 208, memory6: 208, elementBytes: 8, options: HASH },
  },
  {
    ...{ name: 'bitmap:port', revision: 3, parts: ['port'], aliases: ['portmap'] },
    ...{ memory: 72, memory6: 72, elementBytes: 0, options: ['range', 'from', 'to'] },
  },
  {
    ...{ name: 'list:set', revision: 3, parts: ['set'], aliases: ['setlist'] },
    ...{ memory: 80, memory6: 80, elementBytes: 48, options: ['size'] },
  },
]

const BY_NAME = new Map<string, SetType>(SET_TYPES.flatMap((type) => [type.name, ...type.aliases].map((name) => [name, type] as const)))

/** The type of that name, or of that older name. */
export function findSetType(name: string): SetType | undefined {
  return BY_NAME.get(name)
}

/** The type of a set. */
export function setTypeOf(name: SetTypeName): SetType {
  return SET_TYPES.find((type) => type.name === name) as SetType
}

/** Do elements of this type have a network part, and so `nomatch`? */
export function hasNetwork(type: SetType): boolean {
  return type.parts.includes('net')
}

/** Up to four bytes as a word; those that are not given are 0. */
function word(...bytes: readonly number[]): number {
  return bytes.reduceRight((value, byte) => (value << 8) | byte, 0)
}

/** The bytes of an element that the kernel hashes, as 32-bit words of a little-endian machine. */
export function hashWords(name: SetTypeName, element: SetElement): readonly number[] {
  const { address, length, protocol, port, address2, length2, mac } = element
  const [high, low] = [port >> 8, port & 255]
  switch (name) {
    case 'hash:ip':
      return [networkWord(address)]
    case 'hash:net':
      return [networkWord(address), word(0, 0, 0, length)]
    case 'hash:ip,port':
      return [networkWord(address), word(high, low, protocol)]
    case 'hash:net,port':
      return [networkWord(address), word(high, low, protocol, length - 1)]
    case 'hash:ip,port,ip':
      return [networkWord(address), networkWord(address2), word(high, low, protocol)]
    case 'hash:ip,port,net':
      return [networkWord(address), networkWord(address2), word(high, low, length2 - 1, protocol)]
    case 'hash:mac': {
      const bytes = mac.split(':').map((byte) => Number.parseInt(byte, 16))
      return [word(...bytes.slice(0, 4)), word(...bytes.slice(4))]
    }
    case 'bitmap:port':
    case 'list:set':
      return []
  }
}
