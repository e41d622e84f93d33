/** `packetwalk test FILE…`: run the Walks that carry `expect`. */
import { parseArgs } from 'node:util'
import { type CliCommand, FINE, NO, UsageError } from './command.ts'
import { judge } from './judge.ts'
import { openScenario } from './scenario-file.ts'
import { REPORTERS, type TestResult } from './test-reporters.ts'
import { seedOf } from './walk-options.ts'

export const test: CliCommand = {
  summary: 'run the Walks that carry an expectation',
  help: `Usage: packetwalk test FILE… [--reporter spec|tap|junit|json] [--seed N]

Runs each file's Walks in order and judges those that carry \`expect\`. A Walk that cannot be run fails.

  --reporter spec    one line a Walk (default)
  --reporter tap     TAP version 14
  --reporter junit   JUnit XML
  --reporter json    {passed, failed, tests: [{file, name, line, ok, errors}]}

Exit: 0 every expectation holds, 1 one does not, there is none at all, or the input has errors, 2 usage.
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
      const judged = scenario === null ? [] : judge(scenario, seed)
      if (scenario === null) results.push({ file, name: 'the file can be built', line: 1, errors: ['it has errors'] })
      else if (judged.length === 0) streams.err(`packetwalk test: ${file} has no Walk with an expectation: write spec.expect\n`)
      results.push(...judged.map(({ name, line, errors }) => ({ file, name, line, errors })))
    }
    streams.out(reporter(results))
    return results.length > 0 && results.every(({ errors }) => errors.length === 0) ? FINE : NO
  },
}
