/** `packetwalk lab FILE`: the scenario as a bash script over real network namespaces. */
import { parseArgs } from 'node:util'
import { labScript } from '../engine/simulation/lab.ts'
import { scenarioLab } from '../engine/simulation/lab-scenario.ts'
import { type CliCommand, FINE, NO, onlyOne } from './command.ts'
import { openScenario } from './scenario-file.ts'

const TABLES = ['rules', 'conntrack', 'neighbours', 'fdb', 'links']

export const lab: CliCommand = {
  summary: 'print a bash script that builds the scenario from real network namespaces',
  help: `Usage: packetwalk lab FILE [--probe]

Prints a bash script (root, Linux) that builds every machine of the scenario as network namespaces from the very same
commands, starts the servers, runs the Walks and Scripts, prints one JSON value, and tears everything down:

  packetwalk lab lab.yaml >lab.sh && sudo bash lab.sh
  packetwalk lab lab.yaml | sudo bash

It works in mount, pid and network namespaces of its own, changes nothing outside them and loads no kernel module.

  --probe   capture at every interface of every namespace, and at the end print each namespace's rules with their
            counters, connections, neighbours and forwarding databases

Exit: 0 fine, 1 the input has errors, 2 usage. The script: 0 fine, 1 something failed, 3 the machine lacks what it needs (it says what).
`,
  run: async (argv, streams) => {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { probe: { type: 'boolean', default: false } },
    })
    const scenario = await openScenario(onlyOne(positionals, 'FILE'), streams)
    if (scenario === null || scenario.cluster === null) return NO
    const made = scenarioLab(scenario, scenario.cluster)
    if ('problem' in made) {
      streams.err(`packetwalk lab: ${made.problem}\n`)
      return NO
    }
    streams.out(
      labScript({
        ...made,
        everywhere: null,
        probe: values.probe ? { tables: TABLES, text: true, drains: false, counters: false } : null,
        checks: true,
      }),
    )
    return FINE
  },
}
