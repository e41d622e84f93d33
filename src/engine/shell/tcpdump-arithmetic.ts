/** `tcp[tcpflags] & tcp-syn != 0` and its like in capture filters: pcap-filter(7), "expr1 relop expr2". */
import { type Bytes, ETHERTYPE_ARP, type Headers, ICMP, SCTP, TCP, UDP } from './tcpdump-headers.ts'

type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'length' }
  | { readonly kind: 'bytes'; readonly layer: string; readonly at: Expression; readonly size: number }
  | { readonly kind: 'operation'; readonly operator: string; readonly left: Expression; readonly right: Expression }

/** Two expressions compared. */
export interface Relation {
  readonly left: Expression
  readonly comparison: string
  readonly right: Expression
}

const LAYERS: readonly string[] = ['ether', 'ip', 'arp', 'tcp', 'udp', 'icmp', 'sctp']
const COMPARISONS: readonly string[] = ['=', '==', '!=', '<', '>', '<=', '>=']
const PRECEDENCE: Readonly<Record<string, number>> = { '|': 1, '&': 2, '<<': 3, '>>': 3, '+': 4, '-': 4, '*': 5, '/': 5 }
const CONSTANTS: Readonly<Record<string, number>> = {
  ...{ tcpflags: 13, 'tcp-fin': 1, 'tcp-syn': 2, 'tcp-rst': 4, 'tcp-push': 8, 'tcp-ack': 16, 'tcp-urg': 32 },
  ...{ icmptype: 0, icmpcode: 1, 'icmp-echoreply': 0, 'icmp-unreach': 3, 'icmp-redirect': 5, 'icmp-echo': 8, 'icmp-timxceed': 11 },
}

/** What was read, and the place behind it. */
interface Read<T> {
  readonly value: T
  readonly next: number
}

function atom(words: readonly string[], at: number): Read<Expression> | null {
  const word = words[at] ?? ''
  if (/^(0x[\da-f]+|\d+)$/i.test(word)) return { value: { kind: 'number', value: Number(word) }, next: at + 1 }
  if (word === 'len') return { value: { kind: 'length' }, next: at + 1 }
  const constant = CONSTANTS[word]
  if (constant !== undefined) return { value: { kind: 'number', value: constant }, next: at + 1 }
  if (word === '(') {
    const inside = expression(words, at + 1, 1)
    return inside && words[inside.next] === ')' ? { value: inside.value, next: inside.next + 1 } : null
  }
  if (!LAYERS.includes(word) || words[at + 1] !== '[') return null
  return accessor(words, at)
}

/** `tcp[13]`, `ip[2:2]`, `tcp[(8+4):2]`: the scanner gives "2:2" as one word, and ":2" behind a parenthesis. */
function accessor(words: readonly string[], at: number): Read<Expression> | null {
  const layer = words[at] ?? ''
  const sized = /^(\w+):([124])$/.exec(words[at + 2] ?? '')
  const parts = sized ? [sized[1] ?? '', ...words.slice(at + 3)] : words.slice(at + 2)
  const place = expression(parts, 0, 1)
  if (!place) return null
  const behind = /^:([124])$/.exec(parts[place.next] ?? '')
  const end = place.next + (behind ? 1 : 0)
  if (parts[end] !== ']') return null
  return { value: { kind: 'bytes', layer, at: place.value, size: Number(sized?.[2] ?? behind?.[1] ?? 1) }, next: at + 3 + end }
}

/** libpcap's grammar gives these no precedence: they take the operand before them, and all that follows. */
const GREEDY: readonly string[] = ['^', '%']

function expression(words: readonly string[], at: number, least: number): Read<Expression> | null {
  let left = atom(words, at)
  const greedy = left && words[left.next]
  if (left && greedy && GREEDY.includes(greedy)) {
    const right = expression(words, left.next + 1, 1)
    return right && { value: { kind: 'operation', operator: greedy, left: left.value, right: right.value }, next: right.next }
  }
  while (left) {
    const operator = words[left.next] ?? ''
    const precedence = PRECEDENCE[operator] ?? 0
    if (precedence < least) return left
    const right = expression(words, left.next + 1, precedence + 1)
    if (!right) return null
    left = { value: { kind: 'operation', operator, left: left.value, right: right.value }, next: right.next }
  }
  return null
}

/** A relation that begins at this word, or null when none does. */
export function parseArithmetic(words: readonly string[], at: number): { readonly relation: Relation; readonly next: number } | null {
  const left = expression(words, at, 1)
  const comparison = left && words[left.next]
  if (!left || !comparison || !COMPARISONS.includes(comparison)) return null
  const right = expression(words, left.next + 1, 1)
  return right && { relation: { left: left.value, comparison, right: right.value }, next: right.next }
}

const PROTOCOL: Readonly<Record<string, number>> = { icmp: ICMP, tcp: TCP, udp: UDP, sctp: SCTP }

/** To the end of the frame; null where it has no such layer: the relation then does not hold. */
function layerOf(name: string, headers: Headers): Bytes | null {
  if (name === 'ether') return headers.frame
  // Without "vlan" before it a filter looks for the layers behind an untagged Ethernet header.
  if (headers.ethernet !== null && headers.ethernet.vlan !== null) return null
  if (name === 'arp') return headers.etherType === ETHERTYPE_ARP ? headers.network : null
  if (name === 'ip') return headers.ip && headers.network
  const { ip } = headers
  return ip && ip.offset === 0 && ip.protocol === PROTOCOL[name] ? headers.network.from(ip.headerLength) : null
}

function numberOf(expression: Expression, headers: Headers): number | null {
  switch (expression.kind) {
    case 'number':
      return expression.value
    case 'length':
      return headers.frame.length
    case 'bytes': {
      const layer = layerOf(expression.layer, headers)
      const at = numberOf(expression.at, headers)
      if (!layer || at === null || at + expression.size > layer.length) return null
      return expression.size === 1 ? layer.u8(at) : expression.size === 2 ? layer.u16(at) : layer.u32(at)
    }
    case 'operation': {
      const [left, right] = [numberOf(expression.left, headers), numberOf(expression.right, headers)]
      return left === null || right === null ? null : operate(expression.operator, left, right)
    }
  }
}

/** 32-bit unsigned arithmetic, as BPF does it. */
function operate(operator: string, left: number, right: number): number | null {
  switch (operator) {
    case '|':
      return (left | right) >>> 0
    case '&':
      return (left & right) >>> 0
    case '^':
      return (left ^ right) >>> 0
    case '%':
      return right === 0 ? null : left % right
    case '<<':
      return (left << right) >>> 0
    case '>>':
      return left >>> right
    case '+':
      return (left + right) >>> 0
    case '-':
      return (left - right) >>> 0
    case '*':
      return Math.imul(left, right) >>> 0
    default:
      return right === 0 ? null : Math.floor(left / right)
  }
}

/** Does the relation hold for the frame? */
export function relationHolds({ left, comparison, right }: Relation, headers: Headers): boolean {
  const [a, b] = [numberOf(left, headers), numberOf(right, headers)]
  if (a === null || b === null) return false
  switch (comparison) {
    case '=':
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return a < b
    case '>':
      return a > b
    case '<=':
      return a <= b
    default:
      return a >= b
  }
}
