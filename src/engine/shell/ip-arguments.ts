/** iproute2 6.1: lib/utils.c and the NEXT_ARG style of its parsers: keyword value pairs in any order, with its complaints. */
import { type Address, parseAddress } from '../net/address.ts'
import type { Cidr } from '../net/cidr.ts'
import { parseCidr } from '../net/cidr.ts'
import { type CommandResult, failed } from './command.ts'

/** What was read: keyword → value ('' for flags), the words that are no keyword, in order, and keywords in order. */
export interface IpArguments {
  readonly values: ReadonlyMap<string, string>
  readonly words: readonly string[]
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly result: CommandResult }

/** Which keywords take a value ('value') and which stand alone ('flag'); an alias maps to another keyword. */
export type Keywords = Readonly<Record<string, 'value' | 'flag' | `=${string}`>>

/** "Command line is not complete": usage errors end with 255. */
export const incomplete: CommandResult = failed('Command line is not complete. Try option "help"', 255)

/** Reads keyword arguments. */
export function readArguments(argv: readonly string[], keywords: Keywords): Parsed<IpArguments> {
  const values = new Map<string, string>()
  const words: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    const own = Object.hasOwn(keywords, word) ? keywords[word] : undefined
    const keyword = own?.startsWith('=') ? own.slice(1) : word
    const kind = own === undefined ? undefined : keywords[keyword]
    if (kind === undefined) words.push(word)
    else if (kind === 'flag') values.set(keyword, '')
    else {
      const value = argv[++i]
      if (value === undefined) return { ok: false, result: incomplete }
      values.set(keyword, value)
    }
  }
  return { ok: true, value: { values, words } }
}

/** `invarg()`: a value that cannot be read. Some of its callers end their message with a newline of their own. */
export function invalidArgument(value: string, message: string): CommandResult {
  return failed(`Error: argument "${value}" is wrong: ${message}\n`, 255)
}

/** `duparg2()`: a word that fits nowhere. */
export function garbage(keyword: string, word: string): CommandResult {
  return failed(`Error: either "${keyword}" is duplicate, or "${word}" is a garbage.`, 255)
}

/** Valid for the real tool, but not for this machine: said, never ignored. */
export function notModelled(command: string, what: string): CommandResult {
  return failed(`${command}: ${what} is not modelled`, 1)
}

/** "RTNETLINK answers: …": what the kernel refused. Errors with their own text (extack) begin with "Error: ". */
export function rtnetlink(error: string, code = 2): CommandResult {
  return failed(error.startsWith('Error: ') ? error : `RTNETLINK answers: ${error}`, code)
}

/** A number in decimal or hexadecimal, or null. */
export function parseNumber(text: string): number | null {
  return /^(\d+|0x[0-9a-fA-F]+)$/.test(text) ? Number(text) : null
}

/** A prefix as `get_prefix()` reads it: 'default' and 'any' are 0.0.0.0/0; host bits are kept apart in `address`. */
export function readPrefix(text: string): Parsed<{ readonly cidr: Cidr; readonly address: Address }> {
  if (text === 'default' || text === 'any' || text === 'all') return readPrefix('0.0.0.0/0')
  // inet_aton short forms (10/8) are complete networks in iproute2.
  const short = /^(\d+(?:\.\d+){0,2})(\/\d+)?$/.exec(text)
  const full = short?.[1] ? `${[...short[1].split('.'), '0', '0', '0'].slice(0, 4).join('.')}${short[2] ?? '/32'}` : text
  const cidr = parseCidr(full)
  const address = parseAddress(full.split('/')[0] ?? '')
  if (cidr === null || address === null)
    return { ok: false, result: failed(`Error: any valid prefix is expected rather than "${text}".`, 1) }
  return { ok: true, value: { cidr, address } }
}

/** An IPv4 address as `get_addr32()` reads it. */
export function readAddress(text: string): Parsed<Address> {
  const address = parseAddress(text)
  return address === null
    ? { ok: false, result: failed(`Error: inet address is expected rather than "${text}".`, 1) }
    : { ok: true, value: address }
}
