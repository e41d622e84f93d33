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

it('is silent where every command works, those of the components too', () => {
  expect(failedCommands(parseScenario(text('ip link show')))).toEqual([])
})
