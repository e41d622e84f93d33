import { describe, expect, it } from 'vitest'
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import { narratorContext } from '../engine/narrator/context.ts'
import { alongsideAnswer } from './alongside-answer.ts'
import type { Walked } from './answers.ts'

const LAB = `apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {nodeName: worker-1, containers: [{name: c, image: curl}]}
---
apiVersion: v1
kind: Pod
metadata: {name: server}
spec: {nodeName: worker-2, containers: [{name: c, image: web, ports: [{containerPort: 80}]}]}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: across}
spec: {from: pod/client, to: "tcp://pod/server:80"}
---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: back}
spec: {from: pod/server, to: "ping pod/client"}
`

const ACROSS: Walked = {
  ...{ id: 1, request: { name: 'across' }, seed: 0, branch: null, typed: [], records: [] },
  scenario: parseScenario(LAB),
  context: narratorContext({ machines: [], services: [], networks: [] }),
}

const outcomeOf = (name: string, typed: Walked['typed'] = []): string => {
  const answer = alongsideAnswer(ACROSS, { name, typed })
  return 'problem' in answer ? answer.problem : answer.outcome.outcome
}

describe('a Walk beside another one', () => {
  it('is walked in the same scenario', () => {
    expect(outcomeOf('back')).toBe('delivered')
  })

  it('has in it what was typed while it was on screen itself', () => {
    expect(outcomeOf('back', [{ timeMs: 0, on: 'node/worker-1', run: 'ip link set cni0 down' }])).not.toBe('delivered')
  })

  it('is refused in words where there is none of that name', () => {
    expect(outcomeOf('gone')).toContain('gone')
  })
})
