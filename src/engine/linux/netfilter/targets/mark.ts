/** Userspace: extensions/libxt_MARK.c. Kernel: net/netfilter/xt_mark.c, mark_tg(). */
import { ipv4 } from '../../../net/ipv4.ts'
import {
  formatHex,
  formatMasked,
  type GivenOption,
  givenOption,
  type MaskedValue,
  parseMasked,
  parseUnsigned,
  requiredOption,
} from '../option.ts'
import type { Target, TargetExtension } from './target.ts'

/** mark = (mark & ~mask) ^ value. */
export interface MarkTarget extends Target {
  readonly name: 'MARK'
  readonly xmark: MaskedValue
}

const SETTERS = ['set-xmark', 'set-mark', 'and-mark', 'or-mark', 'xor-mark'] as const

/** `--set-mark`, `--set-xmark`, `--and-mark`, `--or-mark`, `--xor-mark` as one XOR with a mask: one of them is given. */
export function parseXmark(given: readonly GivenOption[], extension: string): MaskedValue | string {
  const option = requiredOption(given, ...SETTERS)
  const text = option.values[0] ?? ''
  if (option.name === 'set-mark' || option.name === 'set-xmark') {
    const value = parseMasked(text, extension, option.name)
    if (typeof value === 'string' || option.name === 'set-xmark') return value
    return { value: value.value, mask: ipv4(value.value | value.mask) }
  }
  const bits = parseUnsigned(text)
  if (bits === null) return `${extension}: bad value for option "--${option.name}", or out of range (0-4294967295).\n`
  if (option.name === 'and-mark') return { value: 0, mask: ipv4(~bits) }
  return option.name === 'or-mark' ? { value: bits, mask: bits } : { value: bits, mask: 0 }
}

/** "--set-xmark 0x4000/0x4000", always with the mask. */
export function printXmark(xmark: MaskedValue): string {
  return ` --set-xmark ${formatHex(xmark.value)}/${formatHex(xmark.mask)}`
}

/** What the XOR does, in the words of `iptables -L`. */
export function listXmark(what: string, xmark: MaskedValue): string {
  if (xmark.value === 0) return `${what} and ${formatHex(ipv4(~xmark.mask))}`
  if (xmark.value === xmark.mask) return `${what} or ${formatHex(xmark.value)}`
  if (xmark.mask === 0) return `${what} xor ${formatHex(xmark.value)}`
  return xmark.mask === 0xffffffff ? `${what} set ${formatHex(xmark.value)}` : `${what} xset ${formatMasked(xmark)}`
}

/** Applies the XOR to a mark. */
export function applyXmark(mark: number, xmark: MaskedValue): number {
  return ipv4((mark & ~xmark.mask) ^ xmark.value)
}

const NO_OPERATION = 'MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required'

/** `-j MARK`: changes the packet's mark and goes on. */
export const extension: TargetExtension<MarkTarget> = {
  name: 'MARK',
  tables: null,
  hooks: null,
  options: SETTERS.map((name) => ({ name, values: 1, excludes: SETTERS.filter((other) => other !== name) })),
  finalCheck: (given) => (SETTERS.some((name) => givenOption(given, name)) ? null : NO_OPERATION),
  parse(given) {
    const xmark = parseXmark(given, 'MARK')
    return typeof xmark === 'string' ? xmark : { name: 'MARK', xmark }
  },
  print: (target) => printXmark(target.xmark),
  list: (target) => listXmark('MARK', target.xmark),
  apply(target, packet) {
    const mark = applyXmark(packet.mark, target.xmark)
    return { kind: 'CONTINUE', packet: mark === packet.mark ? packet : { ...packet, mark } }
  },
}
