import { expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { failedCommands } from './failed-commands.ts'

const text = (run: string) => `apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Script
metadata: {name: fault}
spec: {on: node/worker-1, run: "${run}"}
`

it('warns of a Script that fails, at its line, with the words of the tool', () => {
  const [warning, ...more] = failedCommands(parseScenario(text('ip link set nothing up')))
  expect(more).toEqual([])
  expect(warning).toMatchObject({
    code: 'command-failed',
    severity: 'warning',
    message: 'On node/worker-1, "ip link set nothing up" failed: Cannot find device "nothing"',
  })
  expect(warning?.range.line).toBeGreaterThanOrEqual(6)
  expect(warning && text('ip link set nothing up').slice(warning.range.from, warning.range.to)).toBe(
    text('ip link set nothing up').split('\n')[(warning?.range.line ?? 0) - 1],
  )
})

const script = (spec: string): string => `apiVersion: packetwalk.dev/v1alpha1
kind: Script
metadata: {name: lines}
spec: ${spec}
`
const WALK = `---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: one}
spec: {from: node/worker-1, to: ping 127.0.0.1}
`

/** Message and the text of the line it points to. */
const told = (source: string): [string, string | undefined][] => {
  const scenario = parseScenario(source)
  expect(scenario.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  return failedCommands(scenario).map(({ message, range }) => [message, source.split('\n')[range.line - 1]])
}

it('warns of each line that fails, not of the last alone, on the line it stands on', () => {
  const lines = ['', 'ip link set nothing up', 'true', 'cat /nope || true', 'ip link | grep -q nothing && echo there', 'nosuch; echo fine']
  expect(told(script(`\n  on: node/worker-1\n  run: |\n${lines.map((line) => `    ${line}`).join('\n')}`))).toEqual([
    ['On node/worker-1, "ip link set nothing up" failed: Cannot find device "nothing"', '    ip link set nothing up'],
    ['On node/worker-1, "nosuch" failed: bash: nosuch: command not found', '    nosuch; echo fine'],
  ])
})

it('says on one line what a tool says on several', () => {
  const [[message = ''] = []] = told(script(`{on: node/worker-1, run: "iptables -A INPUT --nope"}`))
  expect(message).toContain('--nope')
  expect(message).not.toContain('\n')
})

it('warns of what fails inside a walk', () => {
  expect(told(`${script('{on: node/worker-1, run: "nosuch", at: {walk: one, timeMs: 0.05}}')}${WALK}`)).toEqual([
    ['On node/worker-1, "nosuch" failed: bash: nosuch: command not found', expect.stringContaining('run: "nosuch"')],
  ])
})

it('is silent where every command works, those of the components too', () => {
  expect(failedCommands(parseScenario(text('ip link show')))).toEqual([])
})

it.each(['node/worker-9', 'svc/kubernetes', 'nonsense'])('leaves a Script on %s to those who read the text: they have said so', (on) => {
  const scenario = parseScenario(script(`{on: ${on}, run: "true"}`))
  expect(scenario.diagnostics.filter(({ severity }) => severity === 'error')).toHaveLength(1)
  expect(failedCommands(scenario)).toEqual([])
})
