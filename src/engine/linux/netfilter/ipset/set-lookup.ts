/** Kernel: net/netfilter/ipset/ip_set_hash_gen.h, mtype_test() and mtype_test_cidrs(). Is an element in a set? */
import { ipv4, ipv4Mask } from '../../../net/ipv4.ts'
import { elementKey, type IpSet, isAlive, type PrefixLengths, type SetElement, type SetEntry } from './ip-set.ts'
import { setTypeOf } from './set-type.ts'

const HOST: PrefixLengths = [{ length: 32, count: 1 }]

/** Do the extensions of an entry allow it to match? Counters are updated on the way. */
export type Accepts = (entry: SetEntry) => boolean

/** The entry that decides about an element whose networks are single hosts: the one with the longest prefix. */
function lookupHost(set: IpSet, element: SetElement, nowMs: number, accepts: Accepts): SetEntry | null {
  if (set.entries.size === 0) return null
  const [first, , third] = setTypeOf(set.type).parts
  for (const { length } of first === 'net' ? set.lengths : HOST) {
    const address = first === 'net' ? ipv4(element.address & ipv4Mask(length)) : element.address
    for (const { length: length2 } of third === 'net' ? set.lengths2 : HOST) {
      const address2 = third === 'net' ? ipv4(element.address2 & ipv4Mask(length2)) : element.address2
      const entry = set.entries.get(elementKey(set.type, { ...element, address, length, address2, length2 }))
      if (entry && isAlive(entry, nowMs) && accepts(entry)) return entry
    }
  }
  return null
}

/** The living entry that decides about an element; null for none. A network is looked up as it is, a host in every network around it. */
export function lookupElement(set: IpSet, element: SetElement, nowMs: number, accepts: Accepts = () => true): SetEntry | null {
  if (element.length === 32 && element.length2 === 32) return lookupHost(set, element, nowMs, accepts)
  const entry = set.entries.get(elementKey(set.type, element))
  return entry && isAlive(entry, nowMs) && accepts(entry) ? entry : null
}
