/** The gallery: every walk of every scenario ends as it expects, keeps the invariants, and is the golden trace beside it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseScenario } from '../kubernetes/manifest.ts'
import type { WalkExpectation } from '../kubernetes/scenario.ts'
import { checkTrace } from './check-trace.ts'
import { builtWorld } from './checkpoints.ts'
import { expectationErrors } from './expectation.ts'
import { traceText } from './trace-text.ts'
import { walkAll } from './walk.ts'

const folder = fileURLToPath(new URL('../../scenarios/', import.meta.url))
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'))

/** `UPDATE_GOLDEN=1 npx vitest run gallery` writes the traces anew; read the difference before committing it. */
const update = process.env.UPDATE_GOLDEN === '1'

describe.each(files)('%s', (file) => {
  const scenario = parseScenario(readFileSync(folder + file, 'utf8'))
  const { cluster } = scenario
  if (!cluster) throw new Error(scenario.diagnostics.map((one) => one.message).join('\n'))

  it('has no errors, and every command of its machines succeeds', () => {
    expect(scenario.diagnostics.filter((one) => one.severity === 'error')).toEqual([])
    expect(builtWorld(scenario)?.failed).toEqual([])
  })

  const traces = walkAll(scenario)
  const specs = scenario.steps.flatMap((step) => (step.kind === 'walk' ? [step.walk] : []))

  it.each(specs.map((spec, index) => ({ name: spec.name, spec, trace: traces[index] })))('walk $name', ({ spec, trace }) => {
    if (!trace || 'problem' in trace) throw new Error(trace?.problem ?? 'no trace')
    const world = builtWorld(scenario)
    if (!world) throw new Error('no world')
    const nothing: WalkExpectation = { outcome: null, by: null, reason: null, seenFrom: null, path: null }
    expect(expectationErrors(spec.expect ?? nothing, trace, cluster)).toEqual([])
    expect(checkTrace(trace, world)).toEqual([])
  })

  it('ends the same when only that is recorded', () => {
    const ends = (all: typeof traces): unknown[] => all.map((trace) => ('problem' in trace ? trace.problem : trace.outcome))
    expect(ends(walkAll(scenario, { record: 'outcome' }))).toEqual(ends(traces))
  })

  it('is its golden trace', () => {
    const golden = `${folder}${file.replace(/\.yaml$/, '.trace.txt')}`
    const text = traces.map((trace) => ('problem' in trace ? `problem: ${trace.problem}\n` : traceText(trace))).join('\n')
    if (update) writeFileSync(golden, text)
    expect(existsSync(golden)).toBe(true)
    expect(text).toBe(readFileSync(golden, 'utf8'))
  })
})
