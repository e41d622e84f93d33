import { describe, expect, it } from 'vitest'
import { framesOf } from './frames.ts'
import { haltBetween } from './playback.ts'
import { hitsOf, type Stop, stopAtRecord, stopKey, stopOf, toggled, WATCHES } from './stops.ts'
import { recordsOf, smallTopology, WALK } from './walk.fixture.ts'

const records = recordsOf(WALK)
const numbers = (test: (record: (typeof records)[number]) => boolean) => records.filter(test).map(({ n }) => n)
const halts = (...stops: Stop[]) => hitsOf(stops, records).map(({ n }) => n)

const rule = records.find(({ event }) => event.at === 'ipt_rule' && event.rule !== null)
if (rule?.event.at !== 'ipt_rule' || rule.event.rule === null) throw new Error('no rule matches in the fixture')
const { table, chain } = rule.event
const { index } = rule.event.rule

describe('playing halts', () => {
  it('at every rewrite', () => {
    expect(halts({ kind: 'rewrite' })).toEqual(numbers(({ event }) => event.at === 'nat_manip'))
    expect(halts({ kind: 'rewrite' }).length).toBeGreaterThan(0)
  })

  it('at a rule where it matches, and not at its neighbour', () => {
    const stop: Stop = { kind: 'rule', where: rule.where, table, chain, index }
    expect(halts(stop)).toContain(rule.n)
    expect(halts({ ...stop, index: index + 40 })).toEqual([])
    expect(halts({ ...stop, where: 'node/elsewhere' })).toEqual([])
  })

  it('where the destination changes, but not where only the source does', () => {
    const changed = halts({ kind: 'field', field: 'destination' })
    for (const n of numbers(({ event }) => event.at === 'nat_manip' && event.manip === 'destination')) expect(changed).toContain(n)
    for (const n of numbers(({ event }) => event.at === 'nat_manip' && event.manip === 'source')) expect(changed).not.toContain(n)
  })

  it('once on arrival at a machine, not at each thing that happens there', () => {
    const arrivals = halts({ kind: 'namespace', where: rule.where })
    expect(arrivals.length).toBeGreaterThan(0)
    expect(arrivals.length).toBeLessThan(numbers(({ where }) => where === rule.where).length)
  })

  it.each(records.map((record) => [`${record.n} ${record.event.at}`, record] as const))('at record %s, told to stop here', (_, record) => {
    expect(halts(stopAtRecord(record))).toContain(record.n)
  })
})

describe('a stop', () => {
  it.each([
    ...WATCHES,
    { kind: 'namespace', where: 'pod/default/web' } as const,
    { kind: 'device', where: 'node/a', device: 'eth0' } as const,
    { kind: 'hook', where: 'node/a', hook: 'FORWARD' } as const,
    { kind: 'chain', where: 'node/a', table: 'nat', chain: 'KUBE-SERVICES' } as const,
    { kind: 'rule', where: 'node/a', table: 'nat', chain: 'KUBE-SERVICES', index: 4 } as const,
    { kind: 'event', where: 'node/a', at: 'fib_lookup' } as const,
  ])('goes through a link: %j', (stop) => {
    expect(stopOf(stopKey(stop))).toEqual(stop)
    expect(toggled(toggled([], stop), stop)).toEqual([])
  })

  it.each(['', 'moon', 'rule|node/a|nat|X|0', 'rule|node/a|nat', 'device|node/a', 'field|shape'])('is not read from %j', (key) => {
    expect(stopOf(key)).toBeNull()
  })
})

describe('between two moments', () => {
  const frames = framesOf(records, smallTopology())
  const last = frames.moments.length - 1
  const start = { moment: -1, n: -1 }

  it('the first of several is the one to halt at, wherever they stand in the list', () => {
    const [a, b] = [frames.moments[3], frames.moments[5]]
    expect(haltBetween(frames, [b?.n ?? 0, a?.n ?? 0], start, last)).toEqual({ moment: 3, n: a?.n })
    expect(haltBetween(frames, [b?.n ?? 0, a?.n ?? 0], start, 2)).toBeNull()
  })

  it('the one on screen is left; a later one in the same moment is not passed over', () => {
    const many = frames.moments.find((moment) => moment.records.length > 1)
    const [first = 0, second = 0] = [...(many?.records ?? [])].sort((x, y) => x - y)
    const here = { moment: many?.index ?? 0, n: first }
    expect(haltBetween(frames, [first], here, last)).toBeNull()
    expect(haltBetween(frames, [first, second], here, last)).toEqual({ moment: here.moment, n: second })
  })
})
