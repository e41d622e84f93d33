/** Rates as `limit` and `hashlimit` take them. Userspace: extensions/libxt_limit.c, parse_rate() and print_rate(). */

/** One second in the unit of `avg`: the time between two packets (XT_LIMIT_SCALE). */
export const RATE_SCALE = 10000

/** Periods by the name that is printed. */
const PERIODS: readonly (readonly [string, number])[] = [
  ['day', 86400 * RATE_SCALE],
  ['hour', 3600 * RATE_SCALE],
  ['min', 60 * RATE_SCALE],
  ['sec', RATE_SCALE],
]
const UNITS: readonly (readonly [string, number])[] = [
  ['second', RATE_SCALE],
  ['minute', 60 * RATE_SCALE],
  ['hour', 3600 * RATE_SCALE],
  ['day', 86400 * RATE_SCALE],
]

/** Reads "5/sec"; null when it cannot be read, 0 when it is faster than one packet in 1/10000 s. */
export function parseRate(text: string): number | null {
  const [amount = '', unit = 'second'] = text.split('/')
  const rate = /^\d+/.exec(amount) ? Number.parseInt(amount, 10) : 0
  const scale = UNITS.find(([name]) => unit !== '' && name.startsWith(unit.toLowerCase()))?.[1]
  return rate === 0 || scale === undefined ? null : Math.floor(scale / rate)
}

/** "5/sec", in the largest unit that says it well. */
export function formatRate(avg: number): string {
  let at = 1
  for (; at < PERIODS.length; at++) {
    const period = PERIODS[at]?.[1] ?? 0
    if (avg > period || Math.floor(period / avg) < period % avg) break
  }
  const [name, period] = PERIODS[at - 1] ?? ['sec', RATE_SCALE]
  return `${Math.floor(period / avg)}/${name}`
}

/** A bucket of credit, in units of 1/10000 s. */
export interface Credit {
  credit: number
  filledMs: number
}

/** Fills the bucket up to now and takes `cost` out; false where there is not enough. */
export function takeCredit(bucket: Credit, cost: number, cap: number, nowMs: number): boolean {
  bucket.credit = Math.min(cap, bucket.credit + ((nowMs - bucket.filledMs) * RATE_SCALE) / 1000)
  bucket.filledMs = nowMs
  if (bucket.credit < cost) return false
  bucket.credit -= cost
  return true
}
