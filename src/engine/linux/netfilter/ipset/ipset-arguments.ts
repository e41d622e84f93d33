/** Options of `ipset create` and `ipset add`. Userspace: ipset 7.17, lib/args.c, parse.c. */
import { ipv4 } from '../../../net/ipv4.ts'
import { parseUnsigned } from '../option.ts'
import { parsePort } from '../ports.ts'
import { portError } from './element-parser.ts'
import type { IpSet, SetOptions, SkbInfo } from './ip-set.ts'
import type { ListPlace } from './list-set.ts'
import type { EntryOptions } from './set-change.ts'
import { hasNetwork, type SetType, setTypeOf } from './set-type.ts'

/** Why a command cannot be run. `usage`: exit 2, with the "Try" line. The message is without "ipset v7.17: ". */
export interface IpsetError {
  readonly usage: boolean
  readonly message: string
}

/** A value or a setting that ipset refuses. */
export function ipsetError(message: string): IpsetError {
  return { usage: false, message }
}

/** A command line that ipset cannot read. */
export function usageError(message: string): IpsetError {
  return { usage: true, message }
}

const MOST_SECONDS = 2147483
const MOST_NUMBER = 0xffffffff

function parseNumber(text: string, min: number, max: number): number | string {
  const value = parseUnsigned(text, Number.MAX_SAFE_INTEGER)
  if (value === null && !/^-\d+$/.test(text)) return `Syntax error: '${text}' is invalid as number`
  return value !== null && value >= min && value <= max ? value : `Syntax error: '${text}' is out of range ${min}-${max}`
}

/** `-4` and `-6` alone say it too. */
const FAMILIES: ReadonlyMap<string, 'inet' | 'inet6'> = new Map([
  ...['inet', 'ipv4', '-4'].map((name) => [name, 'inet'] as const),
  ...['inet6', 'ipv6', '-6'].map((name) => [name, 'inet6'] as const),
])

/** Words as options with their values. `arity` says how many values an option takes; null where there is no such option. */
function readOptions(words: readonly string[], arity: (name: string) => 0 | 1 | null): Map<string, string> | IpsetError {
  const given = new Map<string, string>()
  for (let at = 0; at < words.length; at++) {
    const name = words[at] ?? ''
    const values = arity(name)
    if (values === null) return usageError(`Unknown argument: \`${name}'`)
    const key = FAMILIES.has(name) ? 'family' : name
    const value = values === 1 ? words[++at] : name
    if (value === undefined) return usageError(`Missing mandatory argument of option \`${name}'`)
    if ((values === 1 || key !== name) && given.has(key)) return ipsetError(`Syntax error: ${name} already specified`)
    given.set(key, value)
  }
  return given
}

const FLAGS = ['counters', 'comment', 'skbinfo', 'forceadd', '-4', '-6']

/** The number of an option, or `otherwise` where it was not given. */
function numberOf<T>(given: Map<string, string>, name: string, otherwise: T, range: readonly [number, number]): number | T | string {
  const text = given.get(name)
  return text === undefined ? otherwise : parseNumber(text, ...range)
}

/** "FROM-TO", or the older `from` and `to`. */
function parseBitmapRange(given: Map<string, string>): SetOptions['range'] | IpsetError {
  const [from, to] = given.get('range')?.split('-') ?? [given.get('from'), given.get('to')]
  if (from === undefined) return usageError("Mandatory option `range' is missing")
  if (to === undefined) return usageError("Mandatory option `to' is missing")
  const ports: number[] = []
  for (const part of [from, to]) {
    const port = parsePort(part)
    if (typeof port === 'string') return ipsetError(portError(part, 'tcp'))
    ports.push(port)
  }
  return { min: Math.min(...ports), max: Math.max(...ports) }
}

function parseFamily(given: Map<string, string>): 'inet' | 'inet6' | { readonly unknown: string } {
  const text = given.get('family') ?? 'inet'
  return FAMILIES.get(text) ?? { unknown: `Syntax error: unknown inet family ${text}` }
}

/** Even, 2 … 12, as the kernel makes it. */
function bucketSize(asked: number): number {
  return Math.max(2, Math.min(12, asked + (asked % 2)))
}

/** Reads the options of `ipset create` for a type; `seed` is drawn when none is given. */
export function parseCreateOptions(
  type: SetType,
  words: readonly string[],
  seed: () => number,
): (SetOptions & { readonly hashsize: number }) | IpsetError {
  const known = [...type.options, 'timeout', 'counters', 'comment', 'skbinfo']
  const given = readOptions(words, (name) => (known.includes(name) ? (FLAGS.includes(name) ? 0 : 1) : null))
  if ('usage' in given) return given
  const family = parseFamily(given)
  if (typeof family === 'object') return ipsetError(family.unknown)
  const hashsize = numberOf(given, 'hashsize', 1024, [0, MOST_NUMBER])
  if (typeof hashsize === 'string') return ipsetError(hashsize)
  const maxelem = numberOf(given, 'maxelem', 65536, [0, MOST_NUMBER])
  if (typeof maxelem === 'string') return ipsetError(maxelem)
  const netmask = numberOf(given, 'netmask', 32, [1, 32])
  if (typeof netmask === 'string') return ipsetError(`${netmask}\nSyntax error: netmask is out of the inclusive range of 1-32`)
  const timeout = numberOf(given, 'timeout', null, [0, MOST_SECONDS])
  if (typeof timeout === 'string') return ipsetError(timeout)
  const bucketsize = numberOf(given, 'bucketsize', 12, [0, 255])
  if (typeof bucketsize === 'string') return ipsetError(bucketsize)
  const initval = numberOf(given, 'initval', 0, [0, MOST_NUMBER])
  if (typeof initval === 'string') return ipsetError(initval)
  const size = numberOf(given, 'size', 8, [0, MOST_NUMBER])
  if (typeof size === 'string') return ipsetError(size)
  const range = type.name === 'bitmap:port' ? parseBitmapRange(given) : { min: 0, max: 0 }
  if ('usage' in range) return range
  return {
    ...{ family, hashsize, maxelem, netmask, timeout },
    ...{ counters: given.has('counters'), comment: given.has('comment'), skbinfo: given.has('skbinfo') },
    ...{ bucketsize: bucketSize(bucketsize), initval: given.has('initval') || !type.name.startsWith('hash:') ? initval : seed() },
    ...{ range, size: Math.max(4, size) },
  }
}

/** "0x10/0xff". */
function parseSkbmark(text: string): Pick<SkbInfo, 'mark' | 'mask'> | string {
  const match = /^0x([0-9a-fA-F]{1,8})(?:\/0x([0-9a-fA-F]{1,8}))?$/.exec(text)
  if (!match) return 'Syntax error: Invalid skbmark format, it should be:  MARK/MASK or MARK (see manpage)'
  return { mark: Number.parseInt(match[1] ?? '0', 16), mask: match[2] === undefined ? MOST_NUMBER : Number.parseInt(match[2], 16) }
}

/** "1:10", hexadecimal: sscanf("%x:%x"), of each the lower sixteen bits. */
function parseSkbprio(text: string): number | string {
  const [, major, minor] = /^(?:0[xX])?([0-9a-fA-F]+):(?:0[xX])?([0-9a-fA-F]+)/.exec(text) ?? []
  if (major === undefined || minor === undefined) return 'Syntax error: Invalid skbprio format, it should be:MAJOR:MINOR (see manpage)'
  return ipv4((Number.parseInt(major.slice(-4), 16) << 16) | Number.parseInt(minor.slice(-4), 16))
}

function parseSkbinfo(given: Map<string, string>): SkbInfo | string {
  const mark = given.has('skbmark') ? parseSkbmark(given.get('skbmark') ?? '') : { mark: 0, mask: 0 }
  if (typeof mark === 'string') return mark
  const prio = given.has('skbprio') ? parseSkbprio(given.get('skbprio') ?? '') : 0
  if (typeof prio === 'string') return prio
  const queue = numberOf(given, 'skbqueue', 0, [0, 65535])
  return typeof queue === 'string' ? queue : { ...mark, prio, queue }
}

/** Why the kernel refuses the extensions for a set that was made without them. */
function checkExtensions(set: IpSet, given: Map<string, string>): string | null {
  const { options } = set
  if (given.has('timeout') && options.timeout === null) return 'Timeout cannot be used: set was created without timeout support'
  if ((given.has('packets') || given.has('bytes')) && !options.counters) {
    return 'Packet/byte counters cannot be used: set was created without counter support'
  }
  if (given.has('comment') && !options.comment) return 'Comment cannot be used: set was created without comment support'
  const skb = ['skbmark', 'skbprio', 'skbqueue'].some((name) => given.has(name))
  return skb && !options.skbinfo ? 'Skbinfo mapping cannot be used: set was created without skbinfo support' : null
}

/** What may follow the element in `ipset add`, `del` and `test`. */
export interface ElementOptions extends EntryOptions {
  readonly place: ListPlace | null
}

const ENTRY_OPTIONS = ['timeout', 'packets', 'bytes', 'comment', 'skbmark', 'skbprio', 'skbqueue']

/** Reads what follows the element. `adding`: extensions are allowed. */
export function parseElementOptions(set: IpSet, words: readonly string[], adding: boolean): ElementOptions | IpsetError {
  const arity = (name: string): 0 | 1 | null => {
    if (name === 'nomatch') return hasNetwork(setTypeOf(set.type)) ? 0 : null
    if (name === 'before' || name === 'after') return set.type === 'list:set' ? 1 : null
    return adding && ENTRY_OPTIONS.includes(name) ? 1 : null
  }
  const given = readOptions(words, arity)
  if ('usage' in given) return given
  const timeout = numberOf(given, 'timeout', undefined, [0, MOST_SECONDS])
  if (typeof timeout === 'string') return ipsetError(timeout)
  const packets = numberOf(given, 'packets', undefined, [0, Number.MAX_SAFE_INTEGER])
  if (typeof packets === 'string') return ipsetError(packets)
  const bytes = numberOf(given, 'bytes', undefined, [0, Number.MAX_SAFE_INTEGER])
  if (typeof bytes === 'string') return ipsetError(bytes)
  const skbinfo = parseSkbinfo(given)
  if (typeof skbinfo === 'string') return ipsetError(skbinfo)
  const comment = given.get('comment')
  if (comment?.includes('"')) return ipsetError('Syntax error: " character is not permitted in comments')
  const refused = checkExtensions(set, given)
  if (refused) return ipsetError(refused)
  const [where = null, other] = [...given.keys()].filter((name) => name === 'before' || name === 'after')
  if (other !== undefined) return ipsetError(`Syntax error: ${other} already specified`)
  return {
    ...{ timeout, packets, bytes, comment, skbinfo },
    nomatch: given.has('nomatch'),
    place: where && { where, reference: given.get(where) ?? '' },
  }
}
