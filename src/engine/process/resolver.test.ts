/** The behaviour of glibc 2.36's stub resolver, as resolv.conf(5) and res_search() have it. */
import { describe, expect, test } from 'vitest'
import { formatAddress, parseAddress } from '../net/address.ts'
import { parseResolvConf } from '../shell/resolv-conf.ts'
import type { dnsQuery, Rcode } from './dns-message.ts'
import { callText } from './drive.ts'
import { type ResolverState, searchOrder, startResolver, stepResolver } from './resolver.ts'

const POD = parseResolvConf(
  'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
  '10.244.1.7 web web.local\n',
)
const SERVER = { address: parseAddress('10.96.0.10') ?? POD.nameservers[0], port: 53 } as {
  address: (typeof POD.nameservers)[number]
  port: number
}

describe('the order of names', () => {
  test.each([
    ['kubernetes', ['kubernetes.default.svc.cluster.local.', 'kubernetes.svc.cluster.local.', 'kubernetes.cluster.local.', 'kubernetes.']],
    [
      'kubernetes.default.svc.cluster.local',
      [
        'kubernetes.default.svc.cluster.local.default.svc.cluster.local.',
        'kubernetes.default.svc.cluster.local.svc.cluster.local.',
        'kubernetes.default.svc.cluster.local.cluster.local.',
        'kubernetes.default.svc.cluster.local.',
      ],
    ],
    ['www.example.com.', ['www.example.com.']],
    [
      'a.b.c.d.e.f',
      ['a.b.c.d.e.f.', 'a.b.c.d.e.f.default.svc.cluster.local.', 'a.b.c.d.e.f.svc.cluster.local.', 'a.b.c.d.e.f.cluster.local.'],
    ],
  ])('%s', (name, order) => {
    expect(searchOrder(POD, name).candidates).toEqual(order)
  })
})

/** Plays a name server that has only `zone`; gives the questions asked and how it ended. */
function resolve(name: string, zone: Readonly<Record<string, string>>, miss: Rcode | 'silence' | 'ECONNREFUSED' = 'NXDOMAIN') {
  let { state, calls } = startResolver(POD, name, ['A', 'AAAA'])
  const asked: string[] = []
  let waitedMs = 0
  for (let round = 0; state.outcome === null && round < 50; round++) {
    const { fd } = state
    const questions = calls.flatMap((call) => (call.kind === 'send' ? [call.data as ReturnType<typeof dnsQuery>] : []))
    asked.push(...calls.flatMap((call) => (call.kind === 'send' ? [callText(call).replace(/^send \d+ /, '')] : [])))
    const timer = calls.find((call) => call.kind === 'timer')
    const step = (input: Parameters<typeof stepResolver>[1]): void => {
      const next = stepResolver(state, input)
      state = next.state
      calls = next.calls
    }
    const known = questions.some(({ question }) => question.name in zone)
    if (!known && miss === 'silence') {
      waitedMs += timer?.kind === 'timer' ? timer.afterMs : 0
      step({ kind: 'timer', id: `resolver ${fd}` })
    } else if (!known && miss === 'ECONNREFUSED') step({ kind: 'socket', fd, event: { kind: 'error', errno: 'ECONNREFUSED' } })
    else {
      for (const query of questions) {
        const data = zone[query.question.name]
        const answers = data !== undefined && query.question.type === 'A' ? [{ name: query.question.name, type: 'A', ttl: 30, data }] : []
        const rcode: Rcode = data !== undefined ? 'NOERROR' : miss === 'silence' || miss === 'ECONNREFUSED' ? 'NXDOMAIN' : miss
        step({ kind: 'socket', fd, event: { kind: 'data', data: { ...query, response: true, rcode, answers }, length: 60, from: SERVER } })
      }
    }
  }
  return { asked, waitedMs, outcome: ended(state) }
}

function ended({ outcome }: ResolverState): string {
  if (outcome === null) return 'unfinished'
  return outcome.ok ? outcome.addresses.map(formatAddress).join(' ') : `${outcome.error} ${outcome.rcode ?? outcome.errno}`
}

test('a Service in the same namespace is found at the first name', () => {
  expect(resolve('db', { 'db.default.svc.cluster.local.': '10.96.0.20' })).toEqual({
    asked: ['A? db.default.svc.cluster.local.', 'AAAA? db.default.svc.cluster.local.'],
    waitedMs: 0,
    outcome: '10.96.0.20',
  })
})

test('an outside name costs three times two misses', () => {
  const { asked, outcome } = resolve('www.example.com', { 'www.example.com.': '203.0.113.80' })
  expect(asked).toHaveLength(8)
  expect(outcome).toBe('203.0.113.80')
})

test.each([
  ['nowhere', 'NXDOMAIN', 8, 0, 'EAI_NONAME NXDOMAIN'],
  // Nobody answers: two attempts of 5 s for the first name, then as many for the name as given.
  ['nowhere', 'silence', 8, 20_000, 'EAI_AGAIN ETIMEDOUT'],
  ['nowhere', 'ECONNREFUSED', 4, 0, 'EAI_AGAIN ECONNREFUSED'],
  // SERVFAIL is asked again, then the list goes on.
  ['nowhere', 'SERVFAIL', 16, 0, 'EAI_AGAIN SERVFAIL'],
  ['nowhere', 'NOERROR', 8, 0, 'EAI_NODATA NODATA'],
] as const)('%s with %s: %i questions in %i ms, %s', (name, miss, questions, waitedMs, outcome) => {
  const result = resolve(name, {}, miss)
  expect({ questions: result.asked.length, waitedMs: result.waitedMs, outcome: result.outcome }).toEqual({ questions, waitedMs, outcome })
})

test.each([
  ['10.0.0.7', '10.0.0.7'],
  ['localhost', '127.0.0.1'],
  ['WEB.local', '10.244.1.7'],
])('%s needs no packet', (name, addresses) => {
  const { state, calls } = startResolver(POD, name, ['A', 'AAAA'])
  expect([ended(state), calls]).toEqual([addresses, []])
})
