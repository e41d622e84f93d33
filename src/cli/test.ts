/** `packetwalk test FILE…`: run the Walks that carry `expect`. */
import { parseArgs } from 'node:util'
import type { Scenario } from '../engine/kubernetes/scenario.ts'
import { expectationErrors } from '../engine/simulation/expectation.ts'
import { walkAll } from '../engine/simulation/walk.ts'
import { type CliCommand, FINE, NO, UsageError } from './command.ts'
import { openScenario } from './scenario-file.ts'
import { REPORTERS, type TestResult } from './test-reporters.ts'
import { seedOf } from './walk.ts'

export const test: CliCommand = {
  summary: 'run the Walks that carry an expectation',
  help: `Usage: packetwalk test FILE… [--reporter spec|tap|junit|json] [--seed N]

Runs each file's Walks in order and judges those that carry \`expect\`. A Walk that cannot be run fails.

  --reporter spec    one line a Walk (default)
  --reporter tap     TAP version 14
  --reporter junit   JUnit XML
  --reporter json    {passed, failed, tests: [{file, name, line, ok, errors}]}

Exit: 0 every expectation holds, 1 one does not or the input has errors, 2 usage.
`,
  run: async (argv, streams) => {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { reporter: { type: 'string', default: 'spec' }, seed: { type: 'string' } },
    })
    if (positionals.length === 0) throw new UsageError('FILE is missing')
    const reporter = Object.hasOwn(REPORTERS, values.reporter) ? REPORTERS[values.reporter] : undefined
    if (reporter === undefined) throw new UsageError(`there is no reporter "${values.reporter}": ${Object.keys(REPORTERS).join(', ')}`)
    const seed = seedOf(values.seed)
    const results: TestResult[] = []
    for (const file of positionals) {
      const scenario = await openScenario(file, streams)
      results.push(
        ...(scenario === null
          ? [{ file, name: 'the file can be built', line: 1, errors: ['it has errors'] }]
          : judge(file, scenario, seed)),
      )
    }
    streams.out(reporter(results))
    return results.every(({ errors }) => errors.length === 0) ? FINE : NO
  },
}

function judge(file: string, scenario: Scenario, seed: number): readonly TestResult[] {
  const { cluster } = scenario
  const walks = scenario.steps.flatMap((step) => (step.kind === 'walk' ? [step.walk] : []))
  if (cluster === null || !walks.some(({ expect }) => expect !== null)) return []
  const traces = walkAll(scenario, { seed })
  return walks.flatMap(({ name, expect, range }, index) => {
    const trace = traces[index]
    if (expect === null || trace === undefined) return []
    const errors = 'problem' in trace ? [trace.problem] : expectationErrors(expect, trace, cluster)
    return [{ file, name, line: range?.line ?? 1, errors }]
  })
}
