/** `ipset add`, `del` and `test`: one command, perhaps many elements. Userspace: ipset 7.17. */
import { parseElement, type TypedElement } from '../linux/netfilter/ipset/element-parser.ts'
import { elementsOf } from '../linux/netfilter/ipset/element-range.ts'
import { type IpSet, type IpSets, NO_ELEMENT, type SetElement } from '../linux/netfilter/ipset/ip-set.ts'
import { type ElementOptions, type IpsetError, ipsetError, parseElementOptions } from '../linux/netfilter/ipset/ipset-arguments.ts'
import { addMember, deleteMember, hasMember } from '../linux/netfilter/ipset/list-set.ts'
import { addElement, deleteElement, type SetChange } from '../linux/netfilter/ipset/set-change.ts'
import { lookupElement } from '../linux/netfilter/ipset/set-lookup.ts'
import { formatElement } from '../linux/netfilter/ipset/set-text.ts'
import { setTypeOf } from '../linux/netfilter/ipset/set-type.ts'
import { formatAddress } from '../net/address.ts'
import type { IpsetResult } from './ipset.ts'

/** What a command is about: an element as typed, and the words behind it. */
export interface Asked {
  readonly sets: IpSets
  readonly set: IpSet
  readonly text: string
  readonly words: readonly string[]
  readonly nowMs: number
}

const SENTENCES: Readonly<Record<Exclude<SetChange, 'ok'>, string>> = {
  exists: "Element cannot be added to the set: it's already added",
  absent: "Element cannot be deleted from the set: it's not added",
  full: 'Hash is full, cannot add more elements',
  null: 'Null-valued element, cannot be stored in a hash type of set',
  cidr: 'The value of the CIDR parameter of the IP address is invalid',
  range: 'Element is out of the range of the set',
  reference: "The set to which you referred with 'before' or 'after' is not added to the set.",
}

function readElement(asked: Asked, adding: boolean): { typed: TypedElement; options: ElementOptions } | IpsetError {
  const { set } = asked
  if (set.options.family === 'inet6') return ipsetError('IPv6 elements are not modelled')
  if (set.type === 'list:set' && asked.text.includes(',')) return readPlaced(asked, adding)
  const typed = parseElement(setTypeOf(set.type), asked.text)
  if (typeof typed === 'string') return ipsetError(typed)
  const options = parseElementOptions(set, asked.words, adding)
  return 'usage' in options ? options : { typed, options }
}

/** The older form of a place in a list: "NAME,before,NAME". */
function readPlaced(asked: Asked, adding: boolean): ReturnType<typeof readElement> {
  const [text = '', where = '', reference, ...rest] = asked.text.split(',')
  if (reference === undefined || rest.length > 0 || (where !== 'before' && where !== 'after')) {
    return ipsetError('you must specify elements as setname,[before|after],setname')
  }
  return readElement({ ...asked, text, words: [where, reference, ...asked.words] }, adding)
}

/** check_allowed(): what of an element may be a range in `ipset test`, by type. */
function checkRanges({ set, text }: Asked, typed: TypedElement): IpsetError | null {
  const { name, parts } = setTypeOf(set.type)
  const ranged = (what: string) =>
    ipsetError(
      `${what} range is not allowed in command test with set type ${name} and family ${name === 'bitmap:port' ? 'unspec' : 'inet'}`,
    )
  const words = text.split(',')
  const [first = ''] = words
  if (parts[0] === 'ip' && parts.length > 1 && first.includes('/')) return ranged('IP/CIDR')
  if ((parts[0] === 'net' || (parts[0] === 'ip' && parts.length > 1)) && first.includes('-')) return ranged('FROM-TO IP')
  const ports = words[parts.indexOf('port')] ?? ''
  // Names of ICMP types have dashes of their own.
  return typed.protocol !== 1 && parts.includes('port') && ports.slice(ports.indexOf(':') + 1).includes('-') ? ranged('FROM-TO port') : null
}

/** Why a set cannot be a member, or a place be meant. */
function checkMember(asked: Asked, name: string, options: ElementOptions): IpsetError | null {
  const member = asked.sets.get(name)
  if (!member) return ipsetError('Set to be added/deleted/tested as element does not exist.')
  if (member.type === 'list:set') return ipsetError('Sets with list:set type cannot be added to the set.')
  if (options.place && !asked.sets.has(options.place.reference)) {
    return ipsetError("The set to which you referred with 'before' or 'after' does not exist.")
  }
  return null
}

function changeOne(name: 'add' | 'del', asked: Asked, element: SetElement, how: { options: ElementOptions; exist: boolean }): SetChange {
  const { set, nowMs } = asked
  const { options, exist } = how
  if (set.type === 'list:set') {
    return name === 'add' ? addMember(set, element.set, options, { exist, nowMs }) : deleteMember(set, element.set, options.place)
  }
  return name === 'add' ? addElement(set, element, options, { exist, nowMs }) : deleteElement(set, element, nowMs)
}

/** `add` or `del`. Elements before the one that is refused stay changed. */
export function changeElement(name: 'add' | 'del', asked: Asked, exist: boolean): IpsetResult {
  const read = readElement(asked, name === 'add')
  if ('usage' in read) return read
  const { typed, options } = read
  const wrong = asked.set.type === 'list:set' ? checkMember(asked, typed.set, options) : null
  if (wrong) return wrong
  // The kernel looks at both ends before it begins (`bitmap_port_uadt`).
  const { min, max } = asked.set.options.range
  if (asked.set.type === 'bitmap:port' && (typed.ports.min < min || typed.ports.max > max)) return ipsetError(SENTENCES.range)
  const elements = asked.set.type === 'list:set' ? [{ ...NO_ELEMENT, set: typed.set }] : elementsOf(asked.set, typed)
  for (const element of elements) {
    const change = changeOne(name, asked, element, { options, exist })
    const forgiven = exist && (change === 'exists' || change === 'absent')
    if (change !== 'ok' && !forgiven) return ipsetError(SENTENCES[change])
  }
  return { stdout: '' }
}

/** The element as ipset repeats it: ranges as they were typed. */
function repeat(set: IpSet, typed: TypedElement, first: SetElement): string {
  const { min, max, length } = typed.first
  if (length === null) return [`${formatAddress(min)}-${formatAddress(max)}`, ...formatElement(set, first).split(',').slice(1)].join(',')
  return formatElement(set, { ...first, address: min, length })
}

/** `test`: both answers go to standard error; no is also the exit code. */
export function testElement(asked: Asked): IpsetResult {
  const read = readElement(asked, false)
  if ('usage' in read) return read
  const { typed, options } = read
  const { set } = asked
  if (set.type === 'list:set') {
    const place = options.place ? ` after ${options.place.reference}` : ''
    return answer(set, typed.set + place, hasMember(set, typed.set, options.place))
  }
  const refused = checkRanges(asked, typed)
  if (refused) return refused
  const [first = NO_ELEMENT] = elementsOf(set, typed)
  const entry = lookupElement(set, first, asked.nowMs)
  return answer(set, repeat(set, typed, first), entry !== null && entry.nomatch === (options.nomatch ?? false))
}

function answer(set: IpSet, text: string, found: boolean): IpsetResult {
  if (found) return { stdout: '', note: `Warning: ${text} is in set ${set.name}.\n` }
  return { stdout: '', note: `${text} is NOT in set ${set.name}.\n`, code: 1 }
}
