import { expect, it } from 'vitest'
import { isIptablesError } from './iptables-error.ts'
import { parseLine } from './parsed-line.ts'
import type { Rule } from './rule.ts'

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
