import { describe, expect, it } from 'vitest'
import { isIptablesError } from './iptables-error.ts'
import { MATCHES } from './matches/list.ts'
import type { Match } from './matches/match.ts'
import { parseLine } from './parsed-line.ts'
import type { Rule } from './rule.ts'
import measured from './testdata/iptables-1.8.9-rules.json' with { type: 'json' }
import { createTestMachine, packet } from './testdata/machine.ts'

function ruleOf(line: string, object: string): Rule {
  const command = parseLine('filter', line, { component: 'kube-proxy', object, line: null, command: '' })
  if (isIptablesError(command)) throw new Error(command.message)
  const [rule] = command.rules
  if (!rule) throw new Error('no rule')
  return rule
}

it.each([
  '-A FORWARD -m statistic --mode nth --every 2 --packet 0 -j DROP',
  '-A FORWARD -m limit --limit 1/sec -j ACCEPT',
  '-A FORWARD -s 10.0.0.1/32 -j ACCEPT',
])('the same line twice gives two rules that count by themselves: %s', (line) => {
  const first = ruleOf(line, 'node/a')
  const second = ruleOf(line, 'node/b')
  const fresh = structuredClone(second.matches)
  expect(second).toEqual({ ...first, origin: { component: 'kube-proxy', object: 'node/b', line: null, command: '' } })
  first.packets = 7
  for (const match of first.matches)
    Object.assign(match, match.name === 'statistic' ? { count: 5 } : match.name === 'limit' ? { bucket: null } : {})
  expect(second.packets).toBe(0)
  expect(second.matches).toEqual(fresh)
  expect(ruleOf(line, 'node/c').matches).toEqual(fresh)
})

it('a line that names a table is refused, again and again', () => {
  for (const _time of [1, 2]) expect(isIptablesError(parseLine('filter', '-t nat -A FORWARD -j ACCEPT', null))).toBe(true)
})

/** Rules that use each match in several ways. */
const LINES = [
  ...measured.map(({ table, saved }) => [table, saved] as const),
  ...[...MATCHES.values()].flatMap(({ name, examples = [] }) =>
    examples.map((text) => ['filter', `-A FORWARD -m ${name} ${text}`] as const),
  ),
  ['filter', '-A FORWARD -m ipvs --vaddr 10.0.0.3/32 --vport 80'],
] as const

const PACKETS = [
  'tcp 10.0.0.11:1000>10.0.0.3:80 S',
  'tcp 10.0.0.11:1000>10.0.0.3:80 A',
  'udp 10.0.0.11:1000>10.0.0.3:53',
  'icmp 10.0.0.11>10.0.0.3 8/0',
].map((text) => packet(text))

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(Object.freeze(value))) deepFreeze(inner)
  return value
}

/** The matches of all lines, as they are kept. */
const matchesOf = (remembers: boolean): readonly Match[] =>
  LINES.flatMap(([table, line]) => {
    const command = parseLine(table, line, null)
    if (isIptablesError(command)) throw new Error(`${line}: ${command.message}`)
    return command.rules.flatMap(({ matches }) => matches).filter(({ name }) => (MATCHES.get(name)?.remembers ?? false) === remembers)
  })

describe('what rules of several worlds share', () => {
  const { ns } = createTestMachine()
  const state = { in: 'cni0', out: 'eth1', route: null, bridged: false }
  const context = { ns, hook: 'FORWARD', state, table: 'filter', zone: null, chain: 'FORWARD', index: 1 } as const
  const pass = (match: Match): void => {
    for (const sent of [...PACKETS, ...PACKETS]) MATCHES.get(match.name)?.match(match, sent, context)
  }

  it('no match changes that does not say that it remembers; every match was asked', () => {
    const shared = matchesOf(false)
    for (const match of shared) pass(deepFreeze(match))
    const asked = new Set([...shared, ...matchesOf(true)].map(({ name }) => name))
    expect([...MATCHES.values()].flatMap(({ name, keepsText }) => (keepsText || asked.has(name) ? [] : [name]))).toEqual([])
  })

  it('those that say it do change', () => {
    const changed = new Set<string>()
    for (const match of matchesOf(true)) {
      const before = structuredClone(match)
      pass(match)
      if (JSON.stringify(before) !== JSON.stringify(match)) changed.add(match.name)
    }
    expect(changed).toEqual(new Set([...MATCHES.values()].flatMap(({ name, remembers }) => (remembers ? [name] : []))))
  })
})
