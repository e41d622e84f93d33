/** Userspace: extensions/libxt_length.c. Kernel: net/netfilter/xt_length.c. */
import { ipLength } from '../../../net/packet-length.ts'
import { not, readIntegerRange, requiredOption } from '../option.ts'
import type { Match, MatchExtension } from './match.ts'

export interface LengthMatch extends Match {
  readonly name: 'length'
  readonly min: number
  readonly max: number
  readonly not: boolean
}

function formatRange(m: LengthMatch): string {
  return m.min === m.max ? String(m.min) : `${m.min}:${m.max}`
}

/** `-m length --length MIN[:MAX]`: the whole IP packet, in bytes. */
export const extension: MatchExtension<LengthMatch> = {
  name: 'length',
  options: [{ name: 'length', values: 1, invertible: true, mandatory: true }],
  parse(given) {
    const option = requiredOption(given, 'length')
    const range = readIntegerRange('length', option, 65535)
    return typeof range === 'string' ? range : { name: 'length', ...range, not: option.not }
  },
  print: (m) => ` ${not(m.not)}--length ${formatRange(m)}`,
  list: (m) => `length ${m.not ? '!' : ''}${formatRange(m)}`,
  match(m, packet) {
    const bytes = ipLength(packet)
    return (bytes >= m.min && bytes <= m.max) !== m.not
  },
  actual: (packet) => `its length is ${ipLength(packet)} bytes`,
}
