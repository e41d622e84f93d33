/** ip_vs_lblc.c and ip_vs_lblcr.c with servers that are loaded: which of them an address keeps, and when its set grows and shrinks. */
import { expect, test } from 'vitest'
import { ipv4 } from '../../../net/ipv4.ts'
import type { IpvsDest, IpvsService } from '../ipvs.ts'
import type { SchedulerData } from '../scheduler.ts'
import { lblc } from './lblc.ts'
import { lblcr } from './lblcr.ts'

type Server = IpvsDest & { name: string; active: number; inactive: number; weight: number; available: boolean; overloaded: boolean }

const server = (name: string, active: number, inactive = 0, weight = 1): Server =>
  ({ name, active, inactive, weight, available: true, overloaded: false }) as unknown as Server

const DAY_MS = 86_400_000

function balancer(scheduler: typeof lblc, dests: readonly Server[]) {
  const service = { dests } as unknown as IpvsService
  const data = scheduler.init(service) as SchedulerData | null
  const ask = (nowMs = 0, destination = 9): string | undefined =>
    (
      scheduler.schedule({ ...service, data } as IpvsService, {
        ...({ destination: ipv4(destination), nowMs, expirationMs: DAY_MS } as Parameters<typeof lblc.schedule>[1]),
      }) as Server | null
    )?.name
  const set = (): string =>
    (data?.kind === 'locality' ? (data.sets.get(ipv4(9))?.dests ?? []) : []).map((dest) => (dest as Server).name).join(' ')
  return { ask, set }
}

test.each([
  ['lblc', lblc],
  ['lblcr', lblcr],
] as const)('%s: the least loaded in proportion to its weight, and then the same', (_name, scheduler) => {
  const [a, b] = [server('a', 2, 0, 2), server('b', 1, 1, 1)]
  const { ask } = balancer(scheduler, [a, b])
  expect(ask()).toBe('a')
  a.active = 2
  b.active = 0
  expect(ask()).toBe('a')
  expect(ask(0, 10)).toBe('b')
})

test.each([
  ['more active connections than weight, another with less than half', 3, 0, 'b'],
  ['as many active connections as weight', 2, 0, 'a'],
  ['no other with less than half', 3, 1, 'a'],
])('a server with %s', (_what, active, others, next) => {
  for (const scheduler of [lblc, lblcr]) {
    const [a, b] = [server('a', 0, 0, 2), server('b', 1, 0, 2)]
    const { ask } = balancer(scheduler, [a, b])
    expect(ask()).toBe('a')
    a.active = active
    b.active = others
    expect(ask()).toBe(next)
  }
})

test('a server that has no weight any more is replaced', () => {
  const [a, b] = [server('a', 0), server('b', 1)]
  const { ask } = balancer(lblc, [a, b])
  expect(ask()).toBe('a')
  a.weight = 0
  expect(ask()).toBe('b')
})

test('lblcr: a busy server gets company, which the set loses again when it has not changed for long: first the most loaded', () => {
  const [a, b, c] = [server('a', 0), server('b', 0, 1), server('c', 0, 2)]
  const { ask, set } = balancer(lblcr, [a, b, c])
  expect([ask(0), set()]).toEqual(['a', 'a'])
  a.active = 2
  expect([ask(1000), set()]).toEqual(['b', 'b a'])
  b.active = 3
  expect([ask(2000), set()]).toEqual(['c', 'c b a'])
  // Unchanged for exactly as long as it may be, and a moment longer.
  expect([ask(2000 + DAY_MS), set()]).toEqual(['c', 'c b a'])
  expect([ask(2001 + DAY_MS), set()]).toEqual(['c', 'c a'])
  expect([ask(2001 + 2 * DAY_MS), set()]).toEqual(['c', 'c a'])
  expect([ask(2002 + 2 * DAY_MS), set()]).toEqual(['c', 'c'])
  expect([ask(2003 + 4 * DAY_MS), set()]).toEqual(['c', 'c'])
})

test('lblcr: load is in proportion to weight, and servers without weight are not taken out', () => {
  const [a, b, c] = [server('a', 0, 0, 4), server('b', 0, 1, 1), server('c', 0, 2, 1)]
  const { ask, set } = balancer(lblcr, [a, b, c])
  ask(0)
  a.active = 5
  ask(1)
  b.active = 2
  ask(2)
  expect(set()).toBe('c b a')
  b.weight = 0
  ask(3 + DAY_MS)
  expect(set()).toBe('c b')
})
