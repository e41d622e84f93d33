/** Capture filters: the language of pcap-filter(7), parsed and asked of frames. `and` and `or` bind alike, from the left; `not` binds tighter. */
import type { CapturedFrame } from '../net/frame.ts'
import { parseArithmetic, type Relation, relationHolds } from './tcpdump-arithmetic.ts'
import { ETHERTYPE_ARP, ETHERTYPE_IP, type Headers, headersOf, ICMP, SCTP, TCP, UDP } from './tcpdump-headers.ts'

type Direction = 'either' | 'both' | 'src' | 'dst'
type Kind = 'host' | 'net' | 'port' | 'portrange'
type Protocol = 'ether' | 'ip' | 'arp' | 'tcp' | 'udp' | 'icmp' | 'sctp'

/** What a primitive asks about: "tcp src port". */
interface Qualifiers {
  readonly protocol: Protocol | null
  readonly direction: Direction
  readonly kind: Kind | null
}

export type Filter =
  | { readonly kind: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly of: Filter }
  | { readonly kind: 'protocol'; readonly protocol: Protocol }
  | { readonly kind: 'ip-proto'; readonly protocol: number }
  | {
      readonly kind: 'address'
      readonly protocol: Protocol | null
      readonly direction: Direction
      readonly address: number
      readonly mask: number
    }
  | { readonly kind: 'mac'; readonly direction: Direction; readonly mac: string }
  | {
      readonly kind: 'port'
      readonly protocol: Protocol | null
      readonly direction: Direction
      readonly first: number
      readonly last: number
    }
  | { readonly kind: 'less' | 'greater'; readonly length: number }
  | { readonly kind: 'vlan'; readonly id: number | null }
  | { readonly kind: 'group'; readonly broadcast: boolean }
  | { readonly kind: 'direction'; readonly direction: 'in' | 'out' }
  | { readonly kind: 'relation'; readonly relation: Relation }

/** A filter that cannot be compiled: the words of libpcap. */
export interface FilterError {
  readonly error: string
}

const PROTOCOLS: readonly string[] = ['ether', 'ip', 'arp', 'tcp', 'udp', 'icmp', 'sctp']
const KINDS: readonly string[] = ['host', 'net', 'port', 'portrange']
const NUMBER: Readonly<Record<string, number>> = { icmp: ICMP, tcp: TCP, udp: UDP, sctp: SCTP }
const PORTS: ReadonlySet<number> = new Set([TCP, UDP, SCTP])
/** No identifiers. */
const RESERVED: readonly string[] = [...PROTOCOLS, ...KINDS, 'src', 'dst', 'proto']
const SYNTAX = "can't parse filter expression: syntax error"
const ALL = 0xffffffff

const isProtocol = (word: string | undefined): word is Protocol => word !== undefined && PROTOCOLS.includes(word)
const isKind = (word: string | undefined): word is Kind => word !== undefined && KINDS.includes(word)

/** Thrown inside the parser only. */
class Refused {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Parses an expression; null: an empty one, which lets everything through. */
export function parseFilter(text: string): Filter | FilterError | null {
  const words =
    text.match(/\[|\]|\(|\)|&&|\|\||!=|==|<=|>=|<<|>>|[=<>&|^%+*/!]|(?<=[\])\d\s])-(?=[\s\d(])|[^\s[\]()=<>&|^%+*/!]+(?:\/[\d.]+)?/g) ?? []
  if (words.length === 0) return null
  const parser = new Parser(words)
  try {
    return parser.whole()
  } catch (error) {
    if (error instanceof Refused) return { error: error.text }
    throw error
  }
}

class Parser {
  private readonly words: readonly string[]
  private at = 0
  /** What a bare identifier takes; null: there is nothing to take. */
  private last: Qualifiers | null = null

  constructor(words: readonly string[]) {
    this.words = words
  }

  whole(): Filter {
    const filter = this.expression()
    if (this.at < this.words.length) throw new Refused(SYNTAX)
    return filter
  }

  private take(...any: readonly string[]): boolean {
    const found = any.includes(this.words[this.at] ?? '')
    if (found) this.at++
    return found
  }

  private expression(): Filter {
    let left = this.term()
    for (;;) {
      const kind = this.take('and', '&&') ? 'and' : this.take('or', '||') ? 'or' : null
      if (kind === null) return left
      left = { kind, left, right: this.term() }
    }
  }

  private term(): Filter {
    if (this.take('not', '!')) return { kind: 'not', of: this.term() }
    const arithmetic = parseArithmetic(this.words, this.at)
    if (arithmetic) {
      this.at = arithmetic.next
      return { kind: 'relation', relation: arithmetic.relation }
    }
    if (!this.take('(')) return this.primitive()
    const inside = this.expression()
    if (!this.take(')')) throw new Refused(SYNTAX)
    return inside
  }

  private number(): number {
    const word = this.words[this.at++] ?? ''
    if (!/^(0x[\da-f]+|\d+)$/i.test(word)) throw new Refused(SYNTAX)
    return Number(word)
  }

  private primitive(): Filter {
    if (this.take('less')) return { kind: 'less', length: this.number() }
    if (this.take('greater')) return { kind: 'greater', length: this.number() }
    if (this.take('vlan')) return { kind: 'vlan', id: /^\d+$/.test(this.words[this.at] ?? '') ? this.number() : null }
    if (this.take('inbound')) return { kind: 'direction', direction: 'in' }
    if (this.take('outbound')) return { kind: 'direction', direction: 'out' }
    if (this.take('broadcast', 'multicast')) return { kind: 'group', broadcast: this.words[this.at - 1] === 'broadcast' }
    const word = this.words[this.at]
    const protocol = isProtocol(word) ? word : null
    if (protocol !== null) this.at++
    if (protocol !== null && this.take('broadcast', 'multicast'))
      return { kind: 'group', broadcast: this.words[this.at - 1] === 'broadcast' }
    if (protocol === null || protocol === 'ip') {
      if (this.take('proto')) return this.protocolNumber()
    }
    return this.qualified(protocol)
  }

  private protocolNumber(): Filter {
    this.take('\\')
    const word = (this.words[this.at] ?? '').replace(/^\\+/, '')
    const known = NUMBER[word]
    if (known === undefined && /^[a-z]/i.test(word)) throw new Refused(`unknown ip proto '${word}'`)
    if (known === undefined) return { kind: 'ip-proto', protocol: this.number() }
    this.at++
    return { kind: 'ip-proto', protocol: known }
  }

  private direction(): Direction | null {
    const first = this.take('src') ? 'src' : this.take('dst') ? 'dst' : null
    if (first === null) return null
    const [joint, other] = [this.words[this.at], this.words[this.at + 1]]
    if ((joint !== 'or' && joint !== 'and') || other !== (first === 'src' ? 'dst' : 'src')) return first
    this.at += 2
    return joint === 'or' ? 'either' : 'both'
  }

  /** "tcp", "src host 10.0.0.1", "udp port 53", or a bare identifier that takes the qualifiers of the one before. */
  private qualified(protocol: Protocol | null): Filter {
    const direction = this.direction()
    const word = this.words[this.at]
    const kind = isKind(word) ? word : null
    if (kind !== null) this.at++
    const bare = protocol === null && direction === null && kind === null
    const next = this.words[this.at]
    const ends = next === undefined || ['and', 'or', '&&', '||', ')'].includes(next)
    if (protocol === 'ether' && direction === null && kind === null && ends) throw new Refused('link layer applied in wrong context')
    if (protocol !== null && direction === null && kind === null && ends) {
      this.last = null
      return { kind: 'protocol', protocol }
    }
    const place = direction !== null || kind !== null
    if (ends || RESERVED.includes(next) || (protocol !== null && !place)) throw new Refused(SYNTAX)
    const qualifiers = bare ? this.last : { protocol, direction: direction ?? ('either' as const), kind }
    if (qualifiers === null) throw new Refused(SYNTAX)
    this.last = qualifiers
    this.at++
    return identified(qualifiers, next)
  }
}

function identified({ protocol, direction, kind }: Qualifiers, id: string): Filter {
  if (kind === 'port' || kind === 'portrange') return portFilter({ protocol, direction, kind }, id)
  if (/^([\da-f]{1,2}:){5}[\da-f]{1,2}$/i.test(id)) {
    const mac = id
      .toLowerCase()
      .split(':')
      .map((part) => part.padStart(2, '0'))
      .join(':')
    return { kind: 'mac', direction, mac }
  }
  const found = /^(\d+(?:\.\d+){0,3})(?:\/(\d+))?$/.exec(id)
  const parts = (found?.[1] ?? '').split('.').map(Number)
  if (!found) throw new Refused(/^[a-z]/i.test(id) && (kind !== null || direction !== 'either') ? `unknown host '${id}'` : SYNTAX)
  if (parts.some((part) => part > 255)) throw new Refused(`invalid IPv4 address '${id}'`)
  if (protocol === 'ether') throw new Refused('illegal link layer address')
  if (protocol !== null && NUMBER[protocol] !== undefined) throw new Refused(`'${protocol}' modifier applied to ${kind ?? 'host'}`)
  const address = parts.reduce((sum, part, i) => sum + part * 256 ** (3 - i), 0)
  const length = found[2] === undefined ? parts.length * 8 : Number(found[2])
  if (length > 32) throw new Refused('mask length must be <= 32')
  if (kind !== 'net' && found[2] !== undefined) throw new Refused('Mask syntax for networks only')
  const mask = length === 0 ? 0 : (ALL << (32 - length)) >>> 0
  if ((address & mask) >>> 0 !== address) throw new Refused(`non-network bits set in "${id}"`)
  return { kind: 'address', protocol, direction, address, mask }
}

/** Names of ports that people write in filters (/etc/services). */
const SERVICES: Readonly<Record<string, number>> = { domain: 53, http: 80, https: 443, mysql: 3306, ssh: 22, 'http-alt': 8080 }

function portFilter({ protocol, direction, kind }: Qualifiers, id: string): Filter {
  const ports = kind === 'port' ? [id] : id.split('-')
  const [first = Number.NaN, last = first] = ports.map((word) => SERVICES[word] ?? Number(word))
  if (Number.isNaN(first) || Number.isNaN(last)) throw new Refused(`unknown port${ports.length > 1 ? ' in range' : ''} '${id}'`)
  const beyond = [first, last].find((port) => port > 65535)
  if (beyond !== undefined) throw new Refused(`illegal port number ${beyond} > 65535`)
  return { kind: 'port', protocol, direction, first: Math.min(first, last), last: Math.max(first, last) }
}

/** Does the frame pass? Null lets everything through. */
export function passes(filter: Filter | null, frame: CapturedFrame): boolean {
  return filter === null || holds(filter, headersOf(frame), frame)
}

function holds(filter: Filter, headers: Headers, frame: CapturedFrame): boolean {
  switch (filter.kind) {
    case 'and':
      return holds(filter.left, headers, frame) && holds(filter.right, headers, frame)
    case 'or':
      return holds(filter.left, headers, frame) || holds(filter.right, headers, frame)
    case 'not':
      return !holds(filter.of, headers, frame)
    case 'protocol':
      return isOf(filter.protocol, headers)
    case 'ip-proto':
      return plainIp(headers)?.protocol === filter.protocol
    case 'address':
      return addressHolds(filter, headers)
    case 'mac':
      return (
        headers.ethernet !== null &&
        either(filter.direction, headers.ethernet.source === filter.mac, headers.ethernet.destination === filter.mac)
      )
    case 'port':
      return portHolds(filter, headers)
    case 'less':
      return headers.frame.length <= filter.length
    case 'greater':
      return headers.frame.length >= filter.length
    case 'vlan':
      return headers.ethernet !== null && headers.ethernet.vlan !== null && (filter.id === null || filter.id === headers.ethernet.vlan)
    case 'group':
      return groupHolds(filter.broadcast, headers)
    case 'direction':
      return frame.direction === filter.direction
    case 'relation':
      return relationHolds(filter.relation, headers)
  }
}

/** Filters look at frames without a VLAN tag, unless they say "vlan". */
function plainIp(headers: Headers): Headers['ip'] {
  return headers.ethernet !== null && headers.ethernet.vlan !== null ? null : headers.ip
}

function isOf(protocol: Protocol, headers: Headers): boolean {
  if (protocol === 'ether') return true
  if (protocol === 'arp') return headers.ethernet?.vlan == null && headers.etherType === ETHERTYPE_ARP
  const ip = plainIp(headers)
  if (protocol === 'ip') return ip !== null && headers.etherType === ETHERTYPE_IP
  return ip !== null && ip.protocol === NUMBER[protocol]
}

function either(direction: Direction, source: boolean, destination: boolean): boolean {
  if (direction === 'src') return source
  if (direction === 'dst') return destination
  return direction === 'both' ? source && destination : source || destination
}

function addressHolds({ protocol, direction, address, mask }: Extract<Filter, { kind: 'address' }>, headers: Headers): boolean {
  const arp = headers.etherType === ETHERTYPE_ARP && protocol !== 'ip' && headers.ethernet?.vlan == null
  if (protocol !== null && !isOf(protocol, headers)) return false
  const ip = plainIp(headers)
  const ends = ip ? [ip.source, ip.destination] : arp ? [headers.network.u32(14), headers.network.u32(24)] : null
  if (ends === null) return false
  const [source, destination] = ends.map((end) => ((end ^ address) & mask) === 0)
  return either(direction, source === true, destination === true)
}

function portHolds({ protocol, direction, first, last }: Extract<Filter, { kind: 'port' }>, headers: Headers): boolean {
  const ip = plainIp(headers)
  if (!ip || ip.offset > 0 || !PORTS.has(ip.protocol)) return false
  if (protocol !== null && !isOf(protocol, headers)) return false
  const [source, destination] = [0, 2].map((at) => ip.body.u16(at)).map((port) => port >= first && port <= last)
  return either(direction, source === true, destination === true)
}

function groupHolds(broadcast: boolean, { ethernet, frame }: Headers): boolean {
  if (ethernet === null) return false
  return broadcast ? ethernet.destination === 'ff:ff:ff:ff:ff:ff' : (frame.u8(0) & 1) === 1
}
