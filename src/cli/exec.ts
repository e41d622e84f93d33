/** `packetwalk exec FILE TARGET -- COMMAND…`: the app's terminal. */
import { parseArgs } from 'node:util'
import { quoteWord } from '../engine/shell/command-line.ts'
import { exec } from '../engine/simulation/exec.ts'
import { type CliCommand, FINE, jsonText, NO, UsageError } from './command.ts'
import { openScenario } from './scenario-file.ts'
import { seedOf } from './walk-options.ts'

export const execCommand: CliCommand = {
  summary: 'run a command on a machine or in a pod',
  help: `Usage: packetwalk exec FILE TARGET [--after WALK] [--seed N] [--json] -- COMMAND…

Example: packetwalk exec lab.yaml node/worker-1 -- iptables-save -t nat
One word after -- is a whole command line ("ip addr; ip route"); several are the words of one command.

  TARGET         node/NAME, pod/NAME, pod/NAMESPACE/NAME, host/NAME, gateway or internet
  --after WALK   when this Walk of the file is over; default: when everything is built and all Scripts have run
  --json         {stdout, stderr, code}

Exit: 0 the command returned 0, 1 it returned another code or the input has errors, 2 usage.
`,
  run: async (argv, streams) => {
    const dashes = argv.indexOf('--')
    const command = dashes < 0 ? [] : argv.slice(dashes + 1)
    const { values, positionals } = parseArgs({
      args: argv.slice(0, dashes < 0 ? argv.length : dashes),
      allowPositionals: true,
      options: { after: { type: 'string' }, seed: { type: 'string' }, json: { type: 'boolean', default: false } },
    })
    const [file, target, more] = positionals
    if (file === undefined || target === undefined) throw new UsageError(`${file === undefined ? 'FILE' : 'TARGET'} is missing`)
    if (command.length === 0) throw new UsageError('the command is missing: write it after --')
    if (more !== undefined) throw new UsageError(`"${more}" is too much: write the command after --`)
    const seed = seedOf(values.seed)
    const scenario = await openScenario(file, streams)
    if (scenario === null) return NO
    const result = exec(scenario, target, commandLine(command), { after: values.after ?? null, seed })
    if ('problem' in result) {
      streams.err(`packetwalk exec: ${result.problem}\n`)
      return NO
    }
    if (values.json) streams.out(jsonText(result))
    else {
      streams.out(result.stdout)
      streams.err(result.stderr)
    }
    return result.code === 0 ? FINE : NO
  },
}

/** One word is a line for the shell; several are quoted, so that each stays one word. */
function commandLine(words: readonly string[]): string {
  if (words.length === 1) return words.join('')
  return words.map(quoteWord).join(' ')
}
