/** `packetwalk reach FILE`: who can open a connection to whom. */
import { parseArgs } from 'node:util'
import type { Scenario } from '../engine/kubernetes/scenario.ts'
import { type ReachRow, reach } from '../engine/simulation/reach.ts'
import { reachMatrix } from '../engine/simulation/reach-matrix.ts'
import type { Probe } from '../engine/simulation/reach-plan.ts'
import { type CliCommand, FINE, jsonText, NO, onlyOne, UsageError } from './command.ts'
import { matrixCsv, matrixMarkdown, matrixRows, matrixText, objectsOf, remarkNotes } from './reach-text.ts'
import { openScenario } from './scenario-file.ts'
import { seedOf } from './walk-options.ts'

export const reachCommand: CliCommand = {
  summary: 'who can open a connection to whom, and who forbids it',
  help: `Usage: packetwalk reach FILE [--to pods] [--protocol tcp|udp|sctp] [--port N] [--seed N] [--json]
       packetwalk reach FILE --to services [--seed N] [--json]
       packetwalk reach FILE --to all [--seed N] [--json | --md | --csv]

  --to pods       from every pod and Host to every other, on --protocol (tcp) and --port (80); so it is without --to
  --to services   from every pod and Host to every port of every Service
  --to all        the matrix: from every workload's pods, every Host and the internet to every port of every Service, of
                  every workload's pods and of every Host, and to the internet
  --md, --csv     the matrix as a Markdown table, or a line for each pair
  --json          {rows: [{from, to, protocol, port, outcome, by, reason, remarks?}]}

A star marks pairs of which NetworkPolicies select an end that nothing enforces here; what is said of them follows.

Exit: 0 the matrix was made, 1 the input has errors, 2 usage.
`,
  run: async (argv, streams) => {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        to: { type: 'string' },
        protocol: { type: 'string' },
        port: { type: 'string' },
        seed: { type: 'string' },
        json: { type: 'boolean', default: false },
        md: { type: 'boolean', default: false },
        csv: { type: 'boolean', default: false },
      },
    })
    const file = onlyOne(positionals, 'FILE')
    const asked = askedOf(values)
    const scenario = await openScenario(file, streams)
    if (scenario === null) return NO
    const answer = asked.to === 'all' ? matrix(scenario, asked) : rows(scenario, { ...asked, to: asked.to })
    if ('problem' in answer) {
      streams.err(`packetwalk reach: ${answer.problem}\n`)
      return NO
    }
    streams.out(answer.text)
    return FINE
  },
}

interface Asked {
  readonly to: 'pods' | 'services' | 'all'
  readonly probe: Probe
  readonly seed: number
  readonly form: 'text' | 'json' | 'md' | 'csv'
}

interface Words {
  readonly to?: string | undefined
  readonly protocol?: string | undefined
  readonly port?: string | undefined
  readonly seed?: string | undefined
  readonly json: boolean
  readonly md: boolean
  readonly csv: boolean
}

function askedOf({ to, protocol, port, seed, json, md, csv }: Words): Asked {
  if (Number(json) + Number(md) + Number(csv) > 1) throw new UsageError('--json, --md and --csv exclude each other')
  const form = json ? 'json' : md ? 'md' : csv ? 'csv' : 'text'
  const goal = to ?? 'pods'
  if (goal !== 'pods' && goal !== 'services' && goal !== 'all') throw new UsageError(`--to is pods, services or all, not "${goal}"`)
  if ((md || csv) && goal !== 'all') throw new UsageError('--md and --csv print the matrix: say --to all')
  if (goal !== 'pods' && (protocol !== undefined || port !== undefined))
    throw new UsageError(`--protocol and --port go with --to pods: with --to ${goal} every port is asked that there is`)
  const probe = probeOf({ protocol: protocol ?? 'tcp', port: Number(port ?? '80') })
  if (probe === null)
    throw new UsageError(`--protocol is tcp, udp or sctp and --port is 1 to 65535, not "${protocol ?? 'tcp'}" and "${port ?? '80'}"`)
  return { to: goal, probe, seed: seedOf(seed), form }
}

type Answer = { readonly text: string } | { readonly problem: string }

function matrix(scenario: Scenario, { seed, form }: Asked): Answer {
  const steps = reachMatrix(scenario, { seed })
  let step = steps.next()
  while (!step.done) step = steps.next()
  const made = step.value
  if ('problem' in made) return made
  switch (form) {
    case 'json':
      return { text: jsonText({ rows: matrixRows(made) }) }
    case 'md':
      return { text: matrixMarkdown(made) }
    case 'csv':
      return { text: matrixCsv(made) }
    case 'text':
      return { text: matrixText(made) }
  }
}

function rows(scenario: Scenario, { to, probe, seed, form }: Asked & { readonly to: 'pods' | 'services' }): Answer {
  const made = reach(scenario, { to, probes: [probe], seed })
  if ('problem' in made) return made
  return { text: form === 'json' ? jsonText({ rows: made }) : tableText(made) }
}

/** Checks a probe; null when it is none. */
export function probeOf({ protocol, port }: { readonly protocol: unknown; readonly port: unknown }): Probe | null {
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp') return null
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65535 ? { protocol, port } : null
}

function tableText(rows: readonly ReachRow[]): string {
  const cells = rows.map(({ from, to, protocol, port, outcome, by, reason, remarks }) => [
    from,
    to,
    `${port}/${protocol}`,
    `${outcome}${remarks === undefined ? '' : '*'}`,
    remarks === undefined
      ? [reason, by === null ? null : `${by.where}${by.rule === null ? '' : `: ${by.rule}`}`].filter((part) => part !== null).join(' ')
      : `not enforced: ${objectsOf(remarks)}`,
  ])
  const table = [['FROM', 'TO', 'PORT', 'OUTCOME', 'WHY'], ...cells]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const notes = remarkNotes(rows.flatMap(({ remarks = [] }) => remarks))
  return [...lines, ...notes].map((line) => `${line}\n`).join('')
}
