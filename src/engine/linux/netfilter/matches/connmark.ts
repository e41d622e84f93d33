/** Userspace: extensions/libxt_connmark.c. Kernel: net/netfilter/xt_connmark.c, connmark_mt(). */

import { conntrackEntryOf } from '../conntrack-table.ts'
import { withoutEntry } from '../conntrack-zone.ts'
import { formatMasked, givenOption, type MaskedValue, not, parseMasked } from '../option.ts'
import { connectionOf } from './actual.ts'
import type { Match, MatchExtension } from './match.ts'

export interface ConnmarkMatch extends Match {
  readonly name: 'connmark'
  readonly mark: MaskedValue
  readonly not: boolean
}

/** `-m connmark --mark VALUE[/MASK]`: the connection's mark. */
export const extension: MatchExtension<ConnmarkMatch> = {
  name: 'connmark',
  needsConntrack: true,
  options: [{ name: 'mark', values: 1, invertible: true, mandatory: true }],
  parse(given) {
    const option = givenOption(given, 'mark')
    const value = parseMasked(option?.values[0] ?? '', 'connmark', 'mark')
    return typeof value === 'string' ? value : { name: 'connmark', mark: value, not: option?.not ?? false }
  },
  print: (m) => ` ${not(m.not)}--mark ${formatMasked(m.mark)}`,
  list: (m) => `connmark match ${m.not ? '!' : ''} ${formatMasked(m.mark)}`,
  match(m, packet, context) {
    const entry = conntrackEntryOf(context.ns, packet)
    if (entry === null && withoutEntry(context.zone) === 'INVALID') return false
    return (((entry?.mark ?? 0) & m.mark.mask) === (m.mark.value | 0)) !== m.not
  },
  actual: connectionOf,
}
