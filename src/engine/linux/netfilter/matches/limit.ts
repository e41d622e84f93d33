/** Userspace: extensions/libxt_limit.c. Kernel: net/netfilter/xt_limit.c, limit_mt(). */
import { givenOption, givenValue, readInteger } from '../option.ts'
import { type Credit, formatRate, parseRate, takeCredit } from '../rate.ts'
import type { Match, MatchExtension } from './match.ts'

const DEFAULT_RATE = '3/hour'
const DEFAULT_BURST = 5

export interface LimitMatch extends Match {
  readonly name: 'limit'
  /** Time between two packets, 1/10000 s. */
  readonly avg: number
  readonly burst: number
  /** State of the rule; null before its first packet. */
  bucket: Credit | null
}

/** `-m limit --limit RATE --limit-burst N`. */
export const extension: MatchExtension<LimitMatch> = {
  name: 'limit',
  remembers: true,
  askedOnce: 'the limit is used up',
  options: [
    { name: 'limit', values: 1 },
    { name: 'limit-burst', values: 1 },
  ],
  parse(given) {
    const text = givenValue(given, 'limit') ?? DEFAULT_RATE
    const avg = parseRate(text)
    if (avg === null) return `bad rate "${text}"'`
    if (avg === 0) return `Rate too fast "${text}"`
    const option = givenOption(given, 'limit-burst')
    const burst = option ? readInteger('limit', option, 10000) : DEFAULT_BURST
    if (typeof burst === 'string') return burst
    return { name: 'limit', avg, burst: burst || DEFAULT_BURST, bucket: null }
  },
  print: (m) => ` --limit ${formatRate(m.avg)}${m.burst === DEFAULT_BURST ? '' : ` --limit-burst ${m.burst}`}`,
  list: (m) => `limit: avg ${formatRate(m.avg)} burst ${m.burst}`,
  match(m, _packet, { ns }) {
    const cap = m.avg * m.burst
    m.bucket ??= { credit: cap, filledMs: ns.kernel.nowMs }
    return takeCredit(m.bucket, m.avg, cap, ns.kernel.nowMs)
  },
}
