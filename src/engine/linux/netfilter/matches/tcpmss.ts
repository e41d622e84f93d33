/** Userspace: extensions/libxt_tcpmss.c. Kernel: net/netfilter/xt_tcpmss.c. */
import { not, readIntegerRange, requiredOption } from '../option.ts'
import type { Match, MatchExtension } from './match.ts'

export interface TcpmssMatch extends Match {
  readonly name: 'tcpmss'
  readonly min: number
  readonly max: number
  readonly not: boolean
}

function formatRange(m: TcpmssMatch): string {
  return m.min === m.max ? String(m.min) : `${m.min}:${m.max}`
}

/** `-m tcpmss --mss MIN[:MAX]`: the MSS option; a segment without one is as if outside the range. */
export const extension: MatchExtension<TcpmssMatch> = {
  name: 'tcpmss',
  protocol: 6,
  options: [{ name: 'mss', values: 1, invertible: true, mandatory: true }],
  parse(given) {
    const option = requiredOption(given, 'mss')
    const range = readIntegerRange('tcpmss', option, 65535)
    if (typeof range === 'string') return range
    return range.max < range.min ? 'tcpmss: invalid range given' : { name: 'tcpmss', ...range, not: option.not }
  },
  print: (m) => ` ${not(m.not)}--mss ${formatRange(m)}`,
  list: (m) => `tcpmss match ${m.not ? '!' : ''}${formatRange(m)}`,
  match(m, packet) {
    const header = packet.transport
    const mss = header?.kind === 'tcp' ? header.mss : null
    return (mss !== null && mss >= m.min && mss <= m.max) !== m.not
  },
}
