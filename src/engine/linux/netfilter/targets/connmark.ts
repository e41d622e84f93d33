/** Userspace: extensions/libxt_CONNMARK.c. Kernel: net/netfilter/xt_connmark.c, connmark_tg(). */
import { ipv4 } from '../../../net/ipv4.ts'
import { conntrackEntryOf } from '../conntrack-table.ts'
import { formatHex, givenOption, givenValue, type MaskedValue, parseUnsigned } from '../option.ts'
import { applyXmark, listXmark, parseXmark, printXmark } from './mark.ts'
import type { Target, TargetExtension } from './target.ts'

export interface ConnmarkTarget extends Target {
  readonly name: 'CONNMARK'
  readonly mode: 'set' | 'save' | 'restore'
  readonly xmark: MaskedValue
  readonly nfmask: number
  readonly ctmask: number
}

const NOTHING: MaskedValue = { value: 0, mask: 0 }

function listMasks(what: string, target: ConnmarkTarget): string {
  if (target.nfmask === 0xffffffff && target.ctmask === 0xffffffff) return `CONNMARK ${what}`
  if (target.nfmask === target.ctmask) return `CONNMARK ${what} mask ${formatHex(target.nfmask)}`
  return `CONNMARK ${what} nfmask ${formatHex(target.nfmask)} ctmask ~${formatHex(target.ctmask)}`
}

/** `-j CONNMARK`: carries marks between a packet and its connection. */
export const connmarkTarget: TargetExtension<ConnmarkTarget> = {
  name: 'CONNMARK',
  needsConntrack: true,
  tables: null,
  hooks: null,
  options: [
    ...['set-mark', 'set-xmark', 'and-mark', 'or-mark', 'xor-mark'].map((name) => ({ name, values: 1 as const })),
    { name: 'save-mark', values: 0 },
    { name: 'restore-mark', values: 0 },
    { name: 'nfmask', values: 1 },
    { name: 'ctmask', values: 1 },
    { name: 'mask', values: 1 },
  ],
  parse(given) {
    const masks = ['nfmask', 'ctmask'].map((name) => parseUnsigned(givenValue(given, 'mask') ?? givenValue(given, name) ?? '0xffffffff'))
    const [nfmask = null, ctmask = null] = masks
    if (nfmask === null || ctmask === null) return 'CONNMARK: bad mask'
    if (givenOption(given, 'save-mark')) return { name: 'CONNMARK', mode: 'save', xmark: NOTHING, nfmask, ctmask }
    if (givenOption(given, 'restore-mark')) return { name: 'CONNMARK', mode: 'restore', xmark: NOTHING, nfmask, ctmask }
    const xmark = parseXmark(given, 'CONNMARK')
    if (xmark === null) return 'CONNMARK target: No operation specified'
    return typeof xmark === 'string' ? xmark : { name: 'CONNMARK', mode: 'set', xmark, nfmask, ctmask }
  },
  print(target) {
    if (target.mode === 'set') return printXmark(target.xmark)
    return ` --${target.mode}-mark --nfmask ${formatHex(target.nfmask)} --ctmask ${formatHex(target.ctmask)}`
  },
  list(target) {
    return target.mode === 'set' ? listXmark('CONNMARK', target.xmark) : listMasks(target.mode, target)
  },
  apply(target, packet, context) {
    const entry = conntrackEntryOf(context.ns, packet)
    if (entry === null) return { kind: 'CONTINUE', packet }
    if (target.mode === 'set') entry.mark = applyXmark(entry.mark, target.xmark)
    else if (target.mode === 'save') entry.mark = ipv4((entry.mark & ~target.ctmask) ^ (packet.mark & target.nfmask))
    else return { kind: 'CONTINUE', packet: { ...packet, mark: ipv4((packet.mark & ~target.nfmask) ^ (entry.mark & target.ctmask)) } }
    return { kind: 'CONTINUE', packet }
  },
}
