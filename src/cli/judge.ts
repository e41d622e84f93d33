/** Runs the Walks of a scenario and judges those that carry an expectation. */
import type { Scenario } from '../engine/kubernetes/scenario.ts'
import { expectationErrors } from '../engine/simulation/expectation.ts'
import { walkAll } from '../engine/simulation/walk.ts'

export interface Judgement {
  readonly name: string
  /** 1-based line of the Walk. */
  readonly line: number
  readonly ok: boolean
  /** What differs from the expectation. */
  readonly errors: readonly string[]
}

/** One judgement a Walk with `expect`, in document order; a Walk that cannot be run fails. Nothing is run where none is expected. */
export function judge(scenario: Scenario, seed: number): Judgement[] {
  const { cluster } = scenario
  const walks = scenario.steps.flatMap((step) => (step.kind === 'walk' ? [step.walk] : []))
  if (cluster === null || !walks.some(({ expect }) => expect !== null)) return []
  const traces = walkAll(scenario, { seed })
  return walks.flatMap(({ name, expect, range }, index) => {
    const trace = traces[index]
    if (expect === null || trace === undefined) return []
    const errors = 'problem' in trace ? [trace.problem] : expectationErrors(expect, trace, cluster)
    return [{ name, line: range?.line ?? 1, ok: errors.length === 0, errors }]
  })
}
