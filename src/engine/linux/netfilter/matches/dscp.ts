/** Userspace: extensions/libxt_dscp.c, dscp_helper.c. Kernel: net/netfilter/xt_dscp.c, dscp_mt(). */
import { givenOption, not, readInteger } from '../option.ts'
import type { Match, MatchExtension } from './match.ts'

/** RFC 2474, 2597, 3246: class selectors, assured and expedited forwarding. */
const CLASSES: ReadonlyMap<string, number> = new Map([
  ['BE', 0],
  ['EF', 46],
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => [`CS${n}`, 8 * n] as const),
  ...[1, 2, 3, 4].flatMap((n) => [1, 2, 3].map((drop) => [`AF${n}${drop}`, 8 * n + 2 * drop] as const)),
])

export interface DscpMatch extends Match {
  readonly name: 'dscp'
  readonly dscp: number
  readonly not: boolean
}

function hex(dscp: number): string {
  return `0x${dscp.toString(16).padStart(2, '0')}`
}

/** `-m dscp --dscp VALUE|--dscp-class CLASS`: the upper six bits of the TOS byte. */
export const extension: MatchExtension<DscpMatch> = {
  name: 'dscp',
  examples: ['--dscp 0x00', '! --dscp 0x00', '--dscp 0x30', '! --dscp 0x30'],
  options: [
    { name: 'dscp', values: 1, invertible: true, excludes: ['dscp-class'] },
    { name: 'dscp-class', values: 1, invertible: true, excludes: ['dscp'] },
  ],
  parse(given) {
    const option = givenOption(given, 'dscp') ?? givenOption(given, 'dscp-class')
    if (!option) return 'DSCP match: Parameter --dscp is required'
    const [text = ''] = option.values
    const value =
      option.name === 'dscp' ? readInteger('dscp', option, 63) : (CLASSES.get(text.toUpperCase()) ?? `Invalid DSCP value \`${text}'`)
    return typeof value === 'string' ? value : { name: 'dscp', dscp: value, not: option.not }
  },
  print: (m) => ` ${not(m.not)}--dscp ${hex(m.dscp)}`,
  list: (m) => `DSCP match ${m.not ? '!' : ''}${hex(m.dscp)}`,
  match: (m, { network }) => (network.tos >> 2 === m.dscp) !== m.not,
  actual: ({ network }) => `its DSCP is ${hex(network.tos >> 2)}`,
}
