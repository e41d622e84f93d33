/** Elements as people type them. Userspace: ipset 7.17, lib/parse.c. Errors are worded as ipset words them, without "ipset v7.17: ". */
import { parseAddress } from '../../../net/address.ts'
import { type Ipv4, ipv4, ipv4Mask } from '../../../net/ipv4.ts'
import { parseMac } from '../../../net/mac.ts'
import { parsePort } from '../ports.ts'
import { parseProtocol } from '../protocols.ts'
import { parseIcmpType } from './icmp-names.ts'
import type { SetPart, SetType } from './set-type.ts'

/** An inclusive range of addresses; `length`: it was written as a prefix, or as one address (32). Null: as "FROM-TO". */
export interface AddressRange {
  readonly min: Ipv4
  readonly max: Ipv4
  readonly length: number | null
}

/** What was typed, before it is spread into elements. */
export interface TypedElement {
  readonly first: AddressRange
  readonly second: AddressRange
  readonly protocol: number
  readonly ports: { readonly min: number; readonly max: number }
  readonly mac: string
  readonly set: string
}

const NOWHERE: AddressRange = { min: ipv4(0), max: ipv4(0), length: 32 }

type Parts = { -readonly [K in keyof TypedElement]: TypedElement[K] }

function parseHost(text: string): Ipv4 | string {
  return parseAddress(text) ?? `Syntax error: cannot parse ${text}: resolving to IPv4 address failed`
}

/** The parts before and after a separator; null: there is none. One with nothing before or behind it separates nothing (`ipset_strchr`). */
function separated(text: string, separator: string): readonly [string, string] | null {
  if (text.startsWith(separator) || text.endsWith(separator)) return null
  const at = text.indexOf(separator)
  return at === -1 ? null : [text.slice(0, at), text.slice(at + 1)]
}

/** "ADDRESS", "ADDRESS/LENGTH" or "ADDRESS-ADDRESS". `plain`: only the first is allowed. */
function parseRange(text: string, plain: boolean): AddressRange | string {
  const network = separated(text, '/')
  const ends = separated(text, '-')
  if (plain && (network || ends)) return `Syntax error: plain IP address must be supplied: ${text}`
  if (network) {
    const [addressText, lengthText] = network
    if (/^-\d+$/.test(lengthText) || Number(lengthText) > 255) return `Syntax error: '${lengthText}' is out of range 0-255`
    if (!/^\d+$/.test(lengthText)) return `Syntax error: '${lengthText}' is invalid as number`
    const length = Number(lengthText)
    if (length > 32) return `Syntax error: '${lengthText}' is out of range 0-32`
    const address = parseHost(addressText)
    if (typeof address === 'string') return address
    const mask = ipv4Mask(length)
    return { min: ipv4(address & mask), max: ipv4(address | ~mask), length }
  }
  const from = parseHost(ends?.[0] ?? text)
  if (typeof from === 'string') return from
  if (!ends) return { min: from, max: from, length: 32 }
  const to = parseHost(ends[1])
  if (typeof to === 'string') return to
  return { min: ipv4(Math.min(from, to)), max: ipv4(Math.max(from, to)), length: null }
}

const PORT_PROTOCOLS = [6, 17, 132, 136]

/** What ipset says of what is no port. */
export function portError(text: string, protocol: string): string {
  const wrong = /^-?\d+$/.test(text) ? `'${text}' is out of range 0-65535` : `'${text}' is invalid as number`
  return `Syntax error: ${wrong}\nSyntax error: '${protocol}' is invalid as number\ncannot parse '${text}' as a ${protocol} port`
}

function parseOnePort(text: string, protocol: string): number | string {
  const port = parsePort(text)
  return typeof port === 'number' ? port : portError(text, protocol)
}

/** What ipset says of a type and code that it cannot read. */
function icmpError(text: string): string {
  const [, type, code] = /^([^/]+)\/(.+)$/.exec(text) ?? []
  for (const part of [type, code]) {
    if (part === undefined) break
    if (!/^\d+$/.test(part)) return `Syntax error: '${part}' is invalid as number`
    if (Number(part) > 255) return `Syntax error: '${part}' is out of range 0-255`
  }
  return `Cannot parse ${text} as an ICMP type/code.`
}

/** "80", "tcp:80-90", "icmp:echo-request", "gre:0". */
function parseProtoPort(text: string): Pick<TypedElement, 'protocol' | 'ports'> | string {
  const [name, rest] = separated(text, ':') ?? ['tcp', text]
  const protocol = parseProtocol(name)
  if (typeof protocol === 'string') return `Syntax error: cannot parse '${name}' as a protocol`
  if (protocol === 1) {
    const icmp = parseIcmpType(rest)
    return icmp === null ? icmpError(rest) : { protocol, ports: { min: icmp, max: icmp } }
  }
  if (!PORT_PROTOCOLS.includes(protocol)) {
    return rest === '0'
      ? { protocol, ports: { min: 0, max: 0 } }
      : `Syntax error: Protocol ${name} can be used with pseudo port value 0 only.`
  }
  const [first, last] = separated(rest, '-') ?? [rest, rest]
  const from = parseOnePort(first, name)
  if (typeof from === 'string') return from
  const to = parseOnePort(last, name)
  if (typeof to === 'string') return to
  return { protocol, ports: { min: Math.min(from, to), max: Math.max(from, to) } }
}

/** bitmap:port holds ports without their protocol. */
function parseBarePort(text: string): Pick<TypedElement, 'protocol' | 'ports'> | string {
  const port = parseProtoPort(text)
  if (typeof port === 'string') return port
  if (port.protocol !== 6 && port.protocol !== 17) return 'Syntax error: Only protocols TCP and UDP are valid'
  return { protocol: 0, ports: port.ports }
}

/** A hardware address: six groups of one or two hexadecimal digits. */
function parseEther(text: string): string | { readonly mac: string } {
  const padded = text
    .split(':')
    .map((group) => group.padStart(2, '0'))
    .join(':')
  const mac = parseMac(padded)
  return mac === null ? `Syntax error: cannot parse '${text}' as ethernet address` : { mac }
}

function readPart(type: SetType, typed: Parts, part: SetPart, at: number, text: string): string | null {
  switch (part) {
    case 'ip':
    case 'net': {
      const range = parseRange(text, part === 'ip' && at === 2)
      if (typeof range === 'string') return range
      if (at === 0) typed.first = range
      else typed.second = range
      return null
    }
    case 'port': {
      const port = type.name === 'bitmap:port' ? parseBarePort(text) : parseProtoPort(text)
      if (typeof port === 'string') return port
      if (port.protocol === 0 && type.name !== 'bitmap:port') return 'Invalid protocol specified'
      typed.protocol = port.protocol
      typed.ports = port.ports
      return null
    }
    case 'mac': {
      const ether = parseEther(text)
      if (typeof ether === 'string') return ether
      typed.mac = ether.mac
      return null
    }
    case 'set':
      typed.set = text
      return text.length > 31 ? `Syntax error: setname '${text}' is longer than 31 characters` : null
  }
}

const ORDINALS = ['First', 'Second', 'Third']
const SEPARATORS = ['Elem separator', 'Two elem separators', 'Three elem separators']
const SUPPORTS = ['none', 'one', 'two']

/** The element's parts; what is behind the last separator that the type knows is one part. */
function elementWords(type: SetType, text: string): readonly string[] | string {
  const words: string[] = []
  const last = type.parts.length - 1
  let rest = text
  while (words.length < last) {
    const pieces = separated(rest, ',')
    if (!pieces) return `Syntax error: ${ORDINALS[words.length + 1]} element is missing from ${text}.`
    words.push(pieces[0])
    rest = pieces[1]
  }
  if (separated(rest, ',')) return `Syntax error: ${SEPARATORS[last]} in ${text}, but settype ${type.name} supports ${SUPPORTS[last]}.`
  return [...words, rest]
}

/** Reads an element of a type; the error in ipset's words. */
export function parseElement(type: SetType, text: string): TypedElement | string {
  const words = elementWords(type, text)
  if (typeof words === 'string') return words
  const typed: Parts = { first: NOWHERE, second: NOWHERE, protocol: 0, ports: { min: 0, max: 0 }, mac: '', set: '' }
  for (const [at, part] of type.parts.entries()) {
    const error = readPart(type, typed, part, at, words[at] ?? '')
    if (error !== null) return error
  }
  return typed
}
