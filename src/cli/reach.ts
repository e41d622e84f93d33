/** `packetwalk reach FILE`: who can open a connection to whom. */
import { parseArgs } from 'node:util'
import { type Probe, type ReachRow, reach } from '../engine/simulation/reach.ts'
import { type CliCommand, FINE, jsonText, NO, onlyOne, UsageError } from './command.ts'
import { openScenario } from './scenario-file.ts'
import { seedOf } from './walk.ts'

export const reachCommand: CliCommand = {
  summary: 'who can open a connection to whom, and who forbids it',
  help: `Usage: packetwalk reach FILE [--to pods|services] [--protocol tcp|udp|sctp] [--port N] [--seed N] [--json]

  --to pods       from every pod and Host to every other (default), on --protocol (tcp) and --port (80)
  --to services   from every pod and Host to every port of every Service
  --json          {rows: [{from, to, protocol, port, outcome, by, reason}]}

Exit: 0 the matrix was made, 1 the input has errors, 2 usage.
`,
  run: async (argv, streams) => {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        to: { type: 'string', default: 'pods' },
        protocol: { type: 'string', default: 'tcp' },
        port: { type: 'string', default: '80' },
        seed: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    const file = onlyOne(positionals, 'FILE')
    const { to } = values
    if (to !== 'pods' && to !== 'services') throw new UsageError(`--to is pods or services, not "${to}"`)
    const probe = probeOf({ protocol: values.protocol, port: Number(values.port) })
    if (probe === null)
      throw new UsageError(`--protocol is tcp, udp or sctp and --port is 1 to 65535, not "${values.protocol}" and "${values.port}"`)
    const seed = seedOf(values.seed)
    const scenario = await openScenario(file, streams)
    if (scenario === null) return NO
    const rows = reach(scenario, { to, probes: [probe], seed })
    if ('problem' in rows) {
      streams.err(`packetwalk reach: ${rows.problem}\n`)
      return NO
    }
    streams.out(values.json ? jsonText({ rows }) : tableText(rows))
    return FINE
  },
}

/** Checks a probe; null when it is none. */
export function probeOf({ protocol, port }: { readonly protocol: unknown; readonly port: unknown }): Probe | null {
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp') return null
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65535 ? { protocol, port } : null
}

function tableText(rows: readonly ReachRow[]): string {
  const cells = rows.map(({ from, to, protocol, port, outcome, by, reason }) => [
    from,
    to,
    `${port}/${protocol}`,
    outcome,
    [reason, by === null ? null : `${by.where}${by.rule === null ? '' : `: ${by.rule}`}`].filter((part) => part !== null).join(' '),
  ])
  const table = [['FROM', 'TO', 'PORT', 'OUTCOME', 'WHY'], ...cells]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  return table
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
