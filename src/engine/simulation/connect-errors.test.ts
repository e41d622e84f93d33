/** What a client learns of a connection that is made and refused at once (SO_ERROR), as measured on Linux 6.18. */
import { expect, test } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import { worldAt } from './checkpoints.ts'
import { walkInScenario } from './steps.ts'

function outcomeOf(rule: string): string {
  const scenario = parseScenario(`
apiVersion: packetwalk.dev/v1alpha1
kind: Host
metadata: {name: server}
spec: {network: lan, ip: 172.18.0.50, listen: [80/tcp]}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Script
metadata: {name: refuse}
spec: {on: node/worker-1, run: "iptables -A OUTPUT -d 172.18.0.50 ${rule}"}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: connect}
spec: {from: node/worker-1, to: "tcp://172.18.0.50:80"}
`)
  const world = worldAt(scenario, 'end', 0)
  const step = scenario.steps.find((one) => one.kind === 'walk')
  if (!world || !step) throw new Error('no walk')
  const trace = walkInScenario(world, scenario, { spec: step.walk, maxEvents: null, onRecord: null })
  if ('problem' in trace) throw new Error(trace.problem)
  return `${trace.outcome.outcome} ${trace.outcome.reason ?? ''}`.trim()
}

test.each([
  ['-m state --state ESTABLISHED -j REJECT --reject-with icmp-host-prohibited', 'rejected EHOSTUNREACH'],
  ['-m state --state ESTABLISHED -j REJECT', 'rejected ECONNREFUSED'],
  // connect() has returned by then: the connection goes on trying.
  ['-p tcp --tcp-flags PSH PSH -m statistic --mode nth --every 9 --packet 0 -j REJECT', 'delivered'],
  ['-p tcp --tcp-flags FIN FIN -j REJECT', 'delivered'],
])('OUTPUT %s: %s', (rule, outcome) => {
  expect(outcomeOf(rule)).toBe(outcome)
})
