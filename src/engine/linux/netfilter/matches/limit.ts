/** Userspace: extensions/libxt_limit.c. Kernel: net/netfilter/xt_limit.c, limit_mt(). */
import { givenValue, parseUnsigned } from '../option.ts'
import type { Match, MatchExtension } from './match.ts'

/** Seconds of each unit, as it is printed. */
const UNITS: readonly (readonly [string, number])[] = [
  ['day', 86400],
  ['hour', 3600],
  ['min', 60],
  ['sec', 1],
]
const DEFAULT_BURST = 5

export interface LimitMatch extends Match {
  readonly name: 'limit'
  readonly rate: number
  readonly unit: string
  readonly burst: number
  /** Token bucket in packets, and when it was last filled: state of the rule. */
  credit: number
  filledMs: number | null
}

function parseRate(text: string): { rate: number; unit: string } | null {
  const [amount = '', unit = 'second'] = text.split('/')
  const rate = parseUnsigned(amount)
  const name = unit.toLowerCase()
  const known = ['second', 'minute', 'hour', 'day'].find((word) => name !== '' && word.startsWith(name))
  const seconds = known === undefined ? undefined : { second: 'sec', minute: 'min', hour: 'hour', day: 'day' }[known]
  return rate === null || rate === 0 || seconds === undefined ? null : { rate, unit: seconds }
}

/** `-m limit --limit RATE --limit-burst N`. */
export const limit: MatchExtension<LimitMatch> = {
  name: 'limit',
  options: [
    { name: 'limit', values: 1 },
    { name: 'limit-burst', values: 1 },
  ],
  parse(given) {
    const text = givenValue(given, 'limit') ?? '3/hour'
    const rate = parseRate(text)
    if (!rate) return `bad rate "${text}"'`
    const burst = parseUnsigned(givenValue(given, 'limit-burst') ?? String(DEFAULT_BURST), 10000)
    if (burst === null) return 'limit: bad value for option "--limit-burst", or out of range (0-10000).\n'
    return { name: 'limit', rate: rate.rate, unit: rate.unit, burst, credit: burst, filledMs: null }
  },
  print: (m) => ` --limit ${m.rate}/${m.unit}${m.burst === DEFAULT_BURST ? '' : ` --limit-burst ${m.burst}`}`,
  list: (m) => `limit: avg ${m.rate}/${m.unit} burst ${m.burst}`,
  match(m, _packet, { ns }) {
    const now = ns.kernel.nowMs
    const seconds = UNITS.find(([unit]) => unit === m.unit)?.[1] ?? 1
    const elapsed = now - (m.filledMs ?? now)
    m.credit = Math.min(m.burst, m.credit + (elapsed / 1000) * (m.rate / seconds))
    m.filledMs = now
    if (m.credit < 1) return false
    m.credit -= 1
    return true
  },
}
