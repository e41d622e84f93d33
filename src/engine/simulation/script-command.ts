/** Types the commands of NodeScripts at their machines. */
import type { LineOrigins, Origin } from '../linux/origin.ts'
import type { ScriptCommand, ScriptOrigin } from '../net/node-script.ts'
import { runCommandLine } from '../shell/commands.ts'
import { applyEffects } from './transport.ts'
import type { World } from './world.ts'

/** Runs one command of a NodeScript in its machine's initial namespace; a failure is kept in `world.failed`. Did it succeed? */
export function runScriptCommand(world: World, machineName: string, command: ScriptCommand): boolean {
  const machine = world.machines.get(machineName)
  if (!machine) return true
  const result = runCommandLine(command.run, {
    machine,
    netns: machine.root,
    stdin: command.stdin ?? '',
    origin: originOf(command.origin, command.run),
    lineOrigins: command.lines && lineOrigins(command.lines, command.run),
    kube: null,
    spawn: null,
  })
  applyEffects(world, machine.root, result.effects)
  for (const other of result.elsewhere ?? []) applyEffects(world, other.netns, other.effects)
  if (result.code !== 0)
    world.failed.push({ machine: machineName, run: command.run, stderr: result.stderr, code: result.code, origin: command.origin })
  return result.code === 0
}

/** Of each line; most have theirs in common with their neighbours. */
function lineOrigins(lines: readonly (ScriptOrigin | null)[], command: string): LineOrigins {
  const made = new Map<ScriptOrigin, Origin>()
  return {
    get: (line) => {
      const from = lines[line - 1] ?? null
      if (from === null) return undefined
      const known = made.get(from)
      if (known !== undefined) return known
      const origin = originOf(from, command)
      made.set(from, origin)
      return origin
    },
  }
}

function originOf({ component, object, line }: ScriptOrigin, command: string): Origin {
  return { component, object, line, command }
}
