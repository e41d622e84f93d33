import { describe, expect, it } from 'vitest'
import { CLIENT_AND_WEB } from '../engine/kubernetes/client-and-web.fixture.ts'
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import { narratorContext } from '../engine/narrator/context.ts'
import { builtWorld } from '../engine/simulation/checkpoints.ts'
import { topologyOf } from '../engine/simulation/topology-of.ts'
import { compareAnswer, type OtherWorld } from './compare-answer.ts'

function compared(other: OtherWorld) {
  const scenario = parseScenario(CLIENT_AND_WEB)
  const world = builtWorld(scenario)
  if (world === null) throw new Error('no cluster')
  const context = narratorContext(topologyOf(world, world.cluster))
  const request = { from: 'pod/client', to: 'tcp://pod/web:80' }
  return compareAnswer({ scenario, context, request, seed: 0, branch: null, typed: [] }, other)
}

describe('a walk beside the same walk in another world', () => {
  it('tells each step in the words of its world, and both ends', () => {
    const told = compared({ instead: { cni: 'flannel' } })
    if ('problem' in told) throw new Error(told.problem)
    expect(told.a.summary).toMatch(/^client reaches web on port 80/)
    const part = told.rows[told.first ?? -1]
    expect(part?.a?.sentence).not.toBe(part?.b?.sentence)
    expect(told.rows.some(({ b }) => b?.sentence.includes('flannel.1'))).toBe(true)
  })

  it.each([
    ['The other text has errors', 'kind: ['],
    ['In the other text: ', CLIENT_AND_WEB.replace('{name: client}', '{name: other}')],
  ])('says why there is nothing to compare with: %s', (problem, text) => {
    expect(compared({ text })).toEqual({ problem: expect.stringContaining(problem) })
  })
})
