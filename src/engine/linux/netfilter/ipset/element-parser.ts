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

/** "ADDRESS", "ADDRESS/LENGTH" or "ADDRESS-ADDRESS". `plain`: only the first is allowed. */
function parseRange(text: string, plain: boolean): AddressRange | string {
  const slash = text.indexOf('/')
  const dash = text.indexOf('-')
  if (plain && (slash >= 0 || dash >= 0)) return `Syntax error: plain IP address must be supplied: ${text}`
  const lengthText = text.slice(slash + 1)
  // A slash with nothing before or behind it is part of a name.
  if (slash > 0 && lengthText !== '') {
    if (/^-\d+$/.test(lengthText) || Number(lengthText) > 255) return `Syntax error: '${lengthText}' is out of range 0-255`
    if (!/^\d+$/.test(lengthText)) return `Syntax error: '${lengthText}' is invalid as number`
    const length = Number(lengthText)
    if (length > 32) return `Syntax error: '${lengthText}' is out of range 0-32`
    const address = parseHost(text.slice(0, slash))
    if (typeof address === 'string') return address
    const mask = ipv4Mask(length)
    return { min: ipv4(address & mask), max: ipv4(address | ~mask), length }
  }
  const from = parseHost(dash < 0 ? text : text.slice(0, dash))
  if (typeof from === 'string') return from
  if (dash < 0) return { min: from, max: from, length: 32 }
  const to = parseHost(text.slice(dash + 1))
  if (typeof to === 'string') return to
  return { min: ipv4(Math.min(from, to)), max: ipv4(Math.max(from, to)), length: null }
}

const PORT_PROTOCOLS = [6, 17, 132, 136]

function parseOnePort(text: string, protocol: string): number | string {
  const port = parsePort(text)
  if (typeof port === 'number') return port
  const wrong = /^\d+$/.test(text) ? `'${text}' is out of range 0-65535` : `'${text}' is invalid as number`
  return `Syntax error: ${wrong}\nSyntax error: '${protocol}' is invalid as number\ncannot parse '${text}' as a ${protocol} port`
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
  const colon = text.indexOf(':')
  const name = colon < 0 ? 'tcp' : text.slice(0, colon)
  const rest = colon < 0 ? text : text.slice(colon + 1)
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
  const dash = rest.indexOf('-')
  const from = parseOnePort(dash < 0 ? rest : rest.slice(0, dash), name)
  if (typeof from === 'string') return from
  const to = dash < 0 ? from : parseOnePort(rest.slice(dash + 1), name)
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

/** Reads an element of a type; the error in ipset's words. */
export function parseElement(type: SetType, text: string): TypedElement | string {
  const words = text.split(',')
  const { parts } = type
  if (words.length < parts.length) return `Syntax error: ${ORDINALS[words.length]} element is missing from ${text}.`
  if (words.length > parts.length) {
    const [many, few] = [SEPARATORS[parts.length - 1], SUPPORTS[parts.length - 1]]
    return `Syntax error: ${many} in ${text}, but settype ${type.name} supports ${few}.`
  }
  const typed: Parts = { first: NOWHERE, second: NOWHERE, protocol: 0, ports: { min: 0, max: 0 }, mac: '', set: '' }
  for (const [at, part] of parts.entries()) {
    const error = readPart(type, typed, part, at, words[at] ?? '')
    if (error !== null) return error
  }
  return typed
}
