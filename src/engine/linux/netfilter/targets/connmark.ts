/** Userspace: extensions/libxt_CONNMARK.c. Kernel: net/netfilter/xt_connmark.c, connmark_tg_shift(). */
import { ipv4 } from '../../../net/ipv4.ts'
import { conntrackEntryOf } from '../conntrack-table.ts'
import { formatHex, type GivenOption, givenOption, type MaskedValue, readInteger } from '../option.ts'
import { applyXmark, listXmark, parseXmark, printXmark } from './mark.ts'
import type { Target, TargetExtension } from './target.ts'

const OPERATIONS = ['set-xmark', 'set-mark', 'and-mark', 'or-mark', 'xor-mark', 'save-mark', 'restore-mark'] as const
const SHIFTS = ['left', 'right'] as const

/** Bits that a mark is moved by. */
interface Shift {
  readonly direction: (typeof SHIFTS)[number]
  readonly bits: number
}

export interface ConnmarkTarget extends Target {
  readonly name: 'CONNMARK'
  readonly mode: 'set' | 'save' | 'restore'
  readonly xmark: MaskedValue
  readonly nfmask: number
  readonly ctmask: number
  readonly shift: Shift | null
}

const NOTHING: MaskedValue = { value: 0, mask: 0 }
const ALL_ONES = 0xffffffff

function listMasks(target: ConnmarkTarget): string {
  const { mode, nfmask, ctmask } = target
  const front = `CONNMARK ${mode}`
  if (nfmask === ALL_ONES && ctmask === ALL_ONES) return front
  if (nfmask === ctmask) return `${front} mask ${formatHex(nfmask)}`
  return mode === 'save'
    ? `${front} nfmask ${formatHex(nfmask)} ctmask ~${formatHex(ctmask)}`
    : `${front} ctmask ${formatHex(ctmask)} nfmask ~${formatHex(nfmask)}`
}

function shiftText(shift: Shift | null, dashes: string): string {
  return shift ? ` ${dashes}${shift.direction}-shift-mark ${shift.bits}` : ''
}

function shifted(mark: number, shift: Shift | null): number {
  if (!shift) return mark
  const factor = 2 ** shift.bits
  return shift.direction === 'left' ? (mark * factor) % 0x100000000 : Math.floor(mark / factor)
}

function parseShift(given: readonly GivenOption[]): Shift | null | string {
  for (const direction of SHIFTS) {
    const option = givenOption(given, `${direction}-shift-mark`)
    const bits = option ? readInteger('CONNMARK', option, 32) : 0
    if (typeof bits === 'string') return bits
    if (option) return { direction, bits }
  }
  return null
}

/** What `--mask`, `--nfmask` and `--ctmask` say. */
function parseMasks(given: readonly GivenOption[]): { nfmask: number; ctmask: number; masked: boolean } | string {
  const masks = { nfmask: ALL_ONES, ctmask: ALL_ONES, masked: false }
  for (const name of ['mask', 'nfmask', 'ctmask'] as const) {
    const option = givenOption(given, name)
    if (!option) continue
    const mask = readInteger('CONNMARK', option, ALL_ONES)
    if (typeof mask === 'string') return mask
    if (name !== 'ctmask') masks.nfmask = mask
    if (name !== 'nfmask') masks.ctmask = mask
    masks.masked ||= name !== 'nfmask'
  }
  return masks
}

const NO_OPERATION = 'CONNMARK target: No operation specified'

/** `-j CONNMARK`: carries marks between a packet and its connection. */
export const extension: TargetExtension<ConnmarkTarget> = {
  name: 'CONNMARK',
  needsConntrack: true,
  tables: null,
  hooks: null,
  options: [
    ...OPERATIONS.map((name) => ({
      name,
      values: name === 'save-mark' || name === 'restore-mark' ? (0 as const) : (1 as const),
      excludes: OPERATIONS.filter((other) => other !== name),
    })),
    ...SHIFTS.map((direction) => ({ name: `${direction}-shift-mark`, values: 1 as const })),
    { name: 'ctmask', values: 1, excludes: ['mask'] },
    { name: 'nfmask', values: 1, excludes: ['mask'] },
    { name: 'mask', values: 1, excludes: ['ctmask', 'nfmask'] },
  ],
  finalCheck: (given) => (OPERATIONS.some((name) => givenOption(given, name)) ? null : NO_OPERATION),
  parse(given) {
    const masks = parseMasks(given)
    if (typeof masks === 'string') return masks
    const shift = parseShift(given)
    if (typeof shift === 'string') return shift
    const { nfmask, ctmask } = masks
    if (givenOption(given, 'save-mark')) return { name: 'CONNMARK', mode: 'save', xmark: NOTHING, nfmask, ctmask, shift }
    if (givenOption(given, 'restore-mark')) return { name: 'CONNMARK', mode: 'restore', xmark: NOTHING, nfmask, ctmask, shift }
    const xmark = parseXmark(given, 'CONNMARK')
    if (typeof xmark === 'string') return xmark
    return { name: 'CONNMARK', mode: 'set', xmark: masks.masked ? { ...xmark, mask: ctmask } : xmark, nfmask, ctmask, shift }
  },
  print(target) {
    if (target.mode === 'set') return printXmark(target.xmark) + shiftText(target.shift, '--')
    return ` --${target.mode}-mark --nfmask ${formatHex(target.nfmask)} --ctmask ${formatHex(target.ctmask)}${shiftText(target.shift, '--')}`
  },
  list(target) {
    return (target.mode === 'set' ? listXmark('CONNMARK', target.xmark) : listMasks(target)) + shiftText(target.shift, '')
  },
  apply(target, packet, context) {
    const entry = conntrackEntryOf(context.ns, packet)
    if (entry === null) return { kind: 'CONTINUE', packet }
    const { shift, nfmask, ctmask } = target
    if (target.mode === 'set') entry.mark = shifted(applyXmark(entry.mark, target.xmark), shift)
    else if (target.mode === 'save') entry.mark = ipv4((entry.mark & ~ctmask) ^ shifted(ipv4(packet.mark & nfmask), shift))
    else {
      const mark = ipv4((packet.mark & ~nfmask) ^ shifted(ipv4(entry.mark & ctmask), shift))
      return { kind: 'CONTINUE', packet: mark === packet.mark ? packet : { ...packet, mark } }
    }
    return { kind: 'CONTINUE', packet }
  },
}
