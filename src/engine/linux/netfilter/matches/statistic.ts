/** Userspace: extensions/libxt_statistic.c. Kernel: net/netfilter/xt_statistic.c. */
import { type GivenOption, givenOption, not, parseUnsigned, requiredOption } from '../option.ts'
import type { Match, MatchExtension } from './match.ts'

const TWO_31 = 0x80000000

export interface StatisticMatch extends Match {
  readonly name: 'statistic'
  readonly mode: 'random' | 'nth'
  readonly not: boolean
  /** Probability × 2³¹, as the kernel keeps it. */
  readonly probability: number
  readonly every: number
  readonly packet: number
  /** Packets seen since the last match: state of the rule. */
  count: number
}

function parseNth(given: readonly GivenOption[]): StatisticMatch | string {
  const everyOption = givenOption(given, 'every')
  if (!everyOption) return '--every and --packet must be specified when using nth mode'
  const every = parseUnsigned(everyOption.values[0] ?? '')
  if (every === null || every === 0) return 'statistic: bad value for option "--every", or out of range (1-4294967295).\n'
  const packetOption = givenOption(given, 'packet')
  const packet = parseUnsigned(packetOption?.values[0] ?? '')
  if (packet === null) return 'statistic: bad value for option "--packet", or out of range (0-4294967295).\n'
  if (packet >= every) return 'the --packet p must be 0 <= p <= n-1'
  return { name: 'statistic', mode: 'nth', not: everyOption.not, probability: 0, every, packet, count: every - packet - 1 }
}

const NO_PROBABILITY = '--probability must be specified when using random mode'

/** `-m statistic --mode random --probability P` or `--mode nth --every N --packet P`. */
export const extension: MatchExtension<StatisticMatch> = {
  name: 'statistic',
  remembers: true,
  askedOnce: 'the draw went otherwise',
  options: [
    { name: 'mode', values: 1, mandatory: true },
    { name: 'probability', values: 1, invertible: true, excludes: ['every', 'packet'] },
    { name: 'every', values: 1, invertible: true, excludes: ['probability'], also: 'packet' },
    { name: 'packet', values: 1, also: 'every' },
  ],
  // statistic_check(): the mode is random until another is given.
  finalCheck(given) {
    const mode = givenOption(given, 'mode')?.values[0] ?? 'random'
    if (mode !== 'random' && mode !== 'nth') return `Bad mode "${mode}"`
    return mode === 'nth' || givenOption(given, 'probability') ? null : NO_PROBABILITY
  },
  parse(given) {
    if (givenOption(given, 'mode')?.values[0] === 'nth') return parseNth(given)
    const option = requiredOption(given, 'probability')
    const text = option.values[0] ?? ''
    const probability = Number(text)
    if (text.trim() === '' || !(probability >= 0 && probability <= 1)) {
      return 'statistic: bad value for option "--probability", or out of range (0-1).\n'
    }
    const fixed = Math.round(probability * TWO_31)
    return { name: 'statistic', mode: 'random', not: option.not, probability: fixed, every: 0, packet: 0, count: 0 }
  },
  print(m) {
    if (m.mode === 'random') return ` --mode random ${not(m.not)}--probability ${(m.probability / TWO_31).toFixed(11)}`
    return ` --mode nth ${not(m.not)}--every ${m.every} --packet ${m.packet}`
  },
  list(m) {
    if (m.mode === 'random') return `statistic mode random ${not(m.not)}probability ${(m.probability / TWO_31).toFixed(11)}`
    return `statistic mode nth ${not(m.not)}every ${m.every}${m.packet ? ` packet ${m.packet}` : ''}`
  },
  match(m, _packet, context) {
    if (m.mode === 'nth') {
      const matched = m.count === m.every - 1
      m.count = matched ? 0 : m.count + 1
      return matched !== m.not
    }
    const odds = m.probability / TWO_31
    if (odds === 0 || odds === 1) return (odds === 1) !== m.not
    const where = `${context.ns.name} ${context.table} statistic ${odds.toFixed(11)}`
    return (context.ns.kernel.chooser.choose({ kind: 'statistic', where, odds: [odds, 1 - odds] }) === 0) !== m.not
  },
}
