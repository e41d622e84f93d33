import { describe, expect, it } from 'vitest'
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import { narratorContext } from '../engine/narrator/context.ts'
import { alongsideAnswer } from './alongside-answer.ts'
import type { Walked } from './answers.ts'
import { LAB } from './lab.fixture.ts'

const BACK = `---
apiVersion: packetwalk.dev/v1alpha1
kind: Walk
metadata: {name: back}
spec: {from: pod/server, to: "ping pod/client"}
`

const ACROSS: Walked = {
  ...{ id: 1, request: { name: 'across' }, seed: 0, branch: null, typed: [], records: [] },
  scenario: parseScenario(LAB + BACK),
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
