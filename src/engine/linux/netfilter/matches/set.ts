/** Userspace: extensions/libxt_set.c. Kernel: net/netfilter/xt_set.c, set_match_v4(). */
import { type CounterTest, packetInSet, type SetQuery } from '../ipset/set-packet.ts'
import { type GivenOption, givenOption, not, parseUnsigned } from '../option.ts'
import { formatSetReference, parseSetReference } from '../set-option.ts'
import type { Match, MatchExtension } from './match.ts'

export interface SetMatch extends Match, SetQuery {
  readonly name: 'set'
  readonly set: string
  readonly not: boolean
}

const COUNTERS = ['packets', 'bytes'] as const

/** `--packets-eq N`, `! --packets-eq N`, `--packets-lt N`, `--packets-gt N`. */
function parseCounter(given: readonly GivenOption[], what: (typeof COUNTERS)[number]): CounterTest | null | string {
  const asked = (['eq', 'lt', 'gt'] as const).flatMap((op) => {
    const option = givenOption(given, `${what}-${op}`)
    return option ? [{ op, option }] : []
  })
  if (asked.length > 1) return `only one of the --${what}-[eq|lt|gt] is allowed`
  for (const { op, option } of asked) {
    const value = parseUnsigned(option.values[0] ?? '', Number.MAX_SAFE_INTEGER)
    if (value === null) return `Cannot parse ${option.values[0]} as a counter value`
    return { op: op === 'eq' && option.not ? 'ne' : op, value }
  }
  return null
}

function describeCounter(test: CounterTest | null, what: string, dashes: string): string {
  if (test === null) return ''
  return test.op === 'ne' ? ` ! ${dashes}${what}-eq ${test.value}` : ` ${dashes}${what}-${test.op} ${test.value}`
}

function describe(m: SetMatch, dashes: string): string {
  return (
    ` ${not(m.not)}${dashes}match-set ${formatSetReference(m)}` +
    (m.returnNomatch ? ` ${dashes}return-nomatch` : '') +
    (m.updateCounters ? '' : ` ! ${dashes}update-counters`) +
    (m.updateSubcounters ? '' : ` ! ${dashes}update-subcounters`) +
    describeCounter(m.packets, 'packets', dashes) +
    describeCounter(m.bytes, 'bytes', dashes)
  )
}

/** `-m set --match-set NAME src,dst`. */
export const extension: MatchExtension<SetMatch> = {
  name: 'set',
  options: [
    { name: 'match-set', values: 2, invertible: true, onlyOnce: '--match-set can be specified only once' },
    { name: 'return-nomatch', values: 0, repeatable: true },
    { name: 'update-counters', values: 0, invertible: true, repeatable: true },
    { name: 'update-subcounters', values: 0, invertible: true, repeatable: true },
    ...COUNTERS.flatMap((what) => [
      { name: `${what}-eq`, values: 1 as const, invertible: true },
      { name: `${what}-lt`, values: 1 as const, notInverted: `--${what}-lt option cannot be inverted` },
      { name: `${what}-gt`, values: 1 as const, notInverted: `--${what}-gt option cannot be inverted` },
    ]),
  ],
  sets: (m) => [m.set],
  parse(given) {
    const option = givenOption(given, 'match-set')
    const reference = parseSetReference(option)
    if (!option || reference === undefined) return "You must specify `--match-set' with proper arguments"
    if (typeof reference === 'string') return reference
    const [packets, bytes] = COUNTERS.map((what) => parseCounter(given, what))
    if (typeof packets === 'string') return packets
    if (typeof bytes === 'string') return bytes
    return {
      name: 'set',
      ...reference,
      not: option.not,
      returnNomatch: givenOption(given, 'return-nomatch') !== undefined,
      updateCounters: !givenOption(given, 'update-counters')?.not,
      updateSubcounters: !givenOption(given, 'update-subcounters')?.not,
      packets: packets ?? null,
      bytes: bytes ?? null,
    }
  },
  print: (m) => describe(m, '--'),
  list: (m) => describe(m, '').trimStart(),
  match(m, packet, { ns }) {
    const { sets } = ns.netfilter.ip
    const found = sets.get(m.set)
    return (found !== undefined && packetInSet(found, packet, m, { sets, nowMs: ns.kernel.nowMs })) !== m.not
  },
}
