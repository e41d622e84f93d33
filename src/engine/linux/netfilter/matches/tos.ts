/** Userspace: extensions/libxt_tos.c, tos_values.c. Kernel: net/netfilter/xt_dscp.c, tos_mt(). */
import { givenOption, leadingUnsigned, not } from '../option.ts'
import type { Match, MatchExtension } from './match.ts'

/** RFC 1349: the bits that a name stands for, among these. */
const NAMED_BITS = 0x3f
const NAMES: ReadonlyMap<string, number> = new Map([
  ['Minimize-Delay', 16],
  ['Maximize-Throughput', 8],
  ['Maximize-Reliability', 4],
  ['Minimize-Cost', 2],
  ['Normal-Service', 0],
])

export interface TosMatch extends Match {
  readonly name: 'tos'
  readonly tos: number
  readonly mask: number
  readonly not: boolean
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`
}

/** tos_parse_numeric(), tos_parse_symbolic(): VALUE[/MASK] or a name. */
function parseTos(text: string): { readonly tos: number; readonly mask: number } | string {
  const first = leadingUnsigned(text, 255)
  if (first === null) {
    const name = [...NAMES.keys()].find((each) => each.toLowerCase() === text.toLowerCase())
    return name === undefined ? `Symbolic name "${text}" is unknown` : { tos: NAMES.get(name) ?? 0, mask: NAMED_BITS }
  }
  if (first.rest === '') return { tos: first.value, mask: 0xff }
  const mask = first.rest.startsWith('/') ? leadingUnsigned(first.rest.slice(1), 255) : null
  return mask === null || mask.rest !== '' ? `Illegal value: "${text}"` : { tos: first.value, mask: mask.value }
}

/** `-m tos --tos VALUE[/MASK]|NAME`: the TOS byte. */
export const extension: MatchExtension<TosMatch> = {
  name: 'tos',
  examples: ['--tos 0x00/0xff', '! --tos 0x00/0xff', '--tos 0xc0/0xff', '! --tos 0xc0/0xc0', '--tos 0x10/0x3f'],
  options: [{ name: 'tos', values: 1, invertible: true, mandatory: true }],
  parse(given) {
    const option = givenOption(given, 'tos')
    const read = parseTos(option?.values[0] ?? '')
    return typeof read === 'string' ? read : { name: 'tos', ...read, not: option?.not ?? false }
  },
  print: (m) => ` ${not(m.not)}--tos ${hex(m.tos)}/${hex(m.mask)}`,
  list(m, numeric) {
    const [name] = [...NAMES].find(([, tos]) => m.mask === NAMED_BITS && tos === m.tos) ?? []
    return `tos match${m.not ? '!' : ''}${name === undefined || numeric ? `${hex(m.tos)}/${hex(m.mask)}` : ` ${name}`}`
  },
  match: (m, { network }) => ((network.tos & m.mask) === m.tos) !== m.not,
  actual: ({ network }) => `its TOS is ${hex(network.tos)}`,
}
