/** Userspace: extensions/libipt_icmp.c. Kernel: net/ipv4/netfilter/ip_tables.c, icmp_match(). */
import { not, parseUnsigned, requiredOption } from '../option.ts'
import type { Match, MatchExtension } from './match.ts'

/** Name, type, lowest and highest code. */
const TYPES: readonly (readonly [string, number, number, number])[] = [
  ['any', 255, 0, 255],
  ['echo-reply', 0, 0, 255],
  ['pong', 0, 0, 255],
  ['destination-unreachable', 3, 0, 255],
  ['network-unreachable', 3, 0, 0],
  ['host-unreachable', 3, 1, 1],
  ['protocol-unreachable', 3, 2, 2],
  ['port-unreachable', 3, 3, 3],
  ['fragmentation-needed', 3, 4, 4],
  ['source-route-failed', 3, 5, 5],
  ['network-unknown', 3, 6, 6],
  ['host-unknown', 3, 7, 7],
  ['network-prohibited', 3, 9, 9],
  ['host-prohibited', 3, 10, 10],
  ['TOS-network-unreachable', 3, 11, 11],
  ['TOS-host-unreachable', 3, 12, 12],
  ['communication-prohibited', 3, 13, 13],
  ['host-precedence-violation', 3, 14, 14],
  ['precedence-cutoff', 3, 15, 15],
  ['source-quench', 4, 0, 255],
  ['redirect', 5, 0, 255],
  ['network-redirect', 5, 0, 0],
  ['host-redirect', 5, 1, 1],
  ['TOS-network-redirect', 5, 2, 2],
  ['TOS-host-redirect', 5, 3, 3],
  ['echo-request', 8, 0, 255],
  ['ping', 8, 0, 255],
  ['router-advertisement', 9, 0, 255],
  ['router-solicitation', 10, 0, 255],
  ['time-exceeded', 11, 0, 255],
  ['ttl-exceeded', 11, 0, 255],
  ['ttl-zero-during-transit', 11, 0, 0],
  ['ttl-zero-during-reassembly', 11, 1, 1],
  ['parameter-problem', 12, 0, 255],
  ['ip-header-bad', 12, 0, 0],
  ['required-option-missing', 12, 1, 1],
  ['timestamp-request', 13, 0, 255],
  ['timestamp-reply', 14, 0, 255],
  ['address-mask-request', 17, 0, 255],
  ['address-mask-reply', 18, 0, 255],
]

export interface IcmpMatch extends Match {
  readonly name: 'icmp'
  /** 255: any type. */
  readonly type: number
  readonly minCode: number
  readonly maxCode: number
  readonly not: boolean
}

function parseType(text: string): { type: number; min: number; max: number } | string {
  const lower = text.toLowerCase()
  const slash = text.indexOf('/')
  const type = parseUnsigned(slash < 0 ? text : text.slice(0, slash), 255)
  const code = slash < 0 ? null : parseUnsigned(text.slice(slash + 1), 255)
  if (type !== null && slash >= 0 && code === null) return `Unknown ICMP code \`${text}'`
  if (type !== null) return { type, min: code ?? 0, max: code ?? 255 }
  const begins = TYPES.filter(([name]) => name.toLowerCase().startsWith(lower))
  const first = begins[0]
  if (!first) return `Unknown ICMP type \`${text}'`
  const second = begins[1]
  return second ? `Ambiguous ICMP type \`${text}': \`${first[0]}' or \`${second[0]}'?` : { type: first[1], min: first[2], max: first[3] }
}

/** `-m icmp --icmp-type TYPE[/CODE]`. */
export const extension: MatchExtension<IcmpMatch> = {
  name: 'icmp',
  requires: { protocol: 1, error: "ICMP match requires '-p icmp'" },
  options: [{ name: 'icmp-type', values: 1, invertible: true, mandatory: true }],
  parse(given) {
    const option = requiredOption(given, 'icmp-type')
    const type = parseType(option.values[0] ?? '')
    if (typeof type === 'string') return type
    return { name: 'icmp', type: type.type, minCode: type.min, maxCode: type.max, not: option.not }
  },
  print(m) {
    if (m.type === 255) return ` ${not(m.not)}--icmp-type any`
    return ` ${not(m.not)}--icmp-type ${m.type}${m.minCode === 0 && m.maxCode === 255 ? '' : `/${m.minCode}`}`
  },
  list(m, numeric) {
    const sign = m.not ? '!' : ''
    const named = TYPES.find(([, type, min, max]) => type === m.type && min === m.minCode && max === m.maxCode)
    if (!numeric && named) return `icmp ${sign}${named[0]}`
    return `icmp${m.not ? ' !' : ''}type ${m.type}${m.minCode === 0 && m.maxCode === 255 ? '' : ` code ${m.minCode}`}`
  },
  match(m, packet) {
    const header = packet.transport
    if (header?.kind !== 'icmp') return false
    const matched = m.type === 255 || (header.type === m.type && header.code >= m.minCode && header.code <= m.maxCode)
    return matched !== m.not
  },
  actual: ({ transport }) =>
    transport?.kind === 'icmp' ? `the type is ${transport.type}, the code ${transport.code}` : 'it is no ICMP message',
}
