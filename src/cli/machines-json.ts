/** NodeScripts as JSON: what is plugged in, what is typed, what runs. */
import type { NodeScript } from '../engine/net/node-script.ts'

/** {machines: [{machine, hostname, nics, commands: [{run, stdin, origin}], programs}]} */
export function machinesJson(scripts: readonly NodeScript[]): unknown {
  return {
    machines: scripts.map(({ machine, hostname, nics, commands, programs }) => ({
      machine,
      hostname,
      nics,
      commands: commands.map(({ run, stdin, origin }) => ({ run, stdin, origin })),
      programs,
    })),
  }
}
