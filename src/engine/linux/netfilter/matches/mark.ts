/** Userspace: extensions/libxt_mark.c. Kernel: net/netfilter/xt_mark.c. */
import { formatMasked, givenOption, type MaskedValue, not, parseMasked } from '../option.ts'
import type { Match, MatchExtension } from './match.ts'

export interface MarkMatch extends Match {
  readonly name: 'mark'
  readonly mark: MaskedValue
  readonly not: boolean
}

/** `-m mark --mark VALUE[/MASK]`: the packet's mark. */
export const extension: MatchExtension<MarkMatch> = {
  name: 'mark',
  options: [{ name: 'mark', values: 1, invertible: true, mandatory: true }],
  parse(given) {
    const option = givenOption(given, 'mark')
    const value = parseMasked(option?.values[0] ?? '', 'mark', 'mark')
    return typeof value === 'string' ? value : { name: 'mark', mark: value, not: option?.not ?? false }
  },
  print: (m) => ` ${not(m.not)}--mark ${formatMasked(m.mark)}`,
  list: (m) => `mark match ${not(m.not)}${formatMasked(m.mark)}`,
  match: (m, packet) => ((packet.mark & m.mark.mask) === (m.mark.value | 0)) !== m.not,
  actual: (packet) => `the mark is 0x${packet.mark.toString(16)}`,
}
