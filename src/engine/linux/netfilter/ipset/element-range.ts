/** Kernel: the uadt functions of ip_set_hash_*.c: one command may stand for many elements. */
import { type Ipv4, ipv4, ipv4Mask } from '../../../net/ipv4.ts'
import type { AddressRange, TypedElement } from './element-parser.ts'
import { type IpSet, NO_ELEMENT, type SetElement } from './ip-set.ts'
import { setTypeOf } from './set-type.ts'

/** Every host of a range, in steps of the set's netmask. */
function* hosts(range: AddressRange, netmask: number): Generator<Ipv4> {
  const step = 2 ** (32 - netmask)
  const mask = ipv4Mask(netmask)
  for (let at: number = ipv4(range.min & mask); at <= range.max; at += step) yield ipv4(at)
}

/** `ip_set_range_to_cidr()`: the largest prefix that begins at `from` and ends at or before `to`. */
function prefixAt(from: number, to: number): number {
  for (let length = 1; length < 32; length++) {
    if (ipv4(from & ipv4Mask(length)) === from && ipv4(from | ~ipv4Mask(length)) <= to) return length
  }
  return 32
}

interface Network {
  readonly address: Ipv4
  readonly length: number
}

/** A prefix as it is; a range as the fewest prefixes that cover it. */
function* networks(range: AddressRange): Generator<Network> {
  if (range.length !== null) {
    yield { address: range.min, length: range.length }
    return
  }
  for (let from: number = range.min; from <= range.max; ) {
    const length = prefixAt(from, range.max)
    yield { address: ipv4(from), length }
    from += 2 ** (32 - length)
  }
}

function* firsts(set: IpSet, typed: TypedElement): Generator<Network> {
  const [part] = setTypeOf(set.type).parts
  if (part === 'net') yield* networks(typed.first)
  else if (part === 'ip') for (const address of hosts(typed.first, set.options.netmask)) yield { address, length: 32 }
  else yield NO_ELEMENT
}

/** The elements that were meant, in the kernel's order. */
export function* elementsOf(set: IpSet, typed: TypedElement): Generator<SetElement> {
  const last = setTypeOf(set.type).parts[2]
  for (const first of firsts(set, typed)) {
    for (let port = typed.ports.min; port <= typed.ports.max; port++) {
      const seconds: Iterable<Network> = last === 'net' ? networks(typed.second) : [{ address: typed.second.min, length: 32 }]
      for (const second of seconds) {
        yield {
          ...NO_ELEMENT,
          ...{ address: first.address, length: first.length, protocol: typed.protocol, port },
          ...{ address2: second.address, length2: second.length, mac: typed.mac, set: typed.set },
        }
      }
    }
  }
}
