/** The terminal: command lines typed at a machine or in a pod. */
import { resolveTarget } from '../kubernetes/reference.ts'
import type { Scenario } from '../kubernetes/scenario.ts'
import { worldAt } from './checkpoints.ts'
import { typeLine } from './run-commands.ts'
import { netnsOf, type WalkProblem } from './walk-client.ts'
import { findNetNs } from './world.ts'

export interface ExecOptions {
  /** Name of the Walk after which to type; default: as the machines were built, with all Scripts run. */
  readonly after?: string | null
  readonly seed?: number
}

export interface ExecResult {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

/** Runs `line` where `target` ('node/worker-1', 'pod/default/web', 'host/client' …) says; ping, curl, nc and dig take virtual time. */
export function exec(scenario: Scenario, target: string, line: string, options: ExecOptions = {}): ExecResult | WalkProblem {
  const index = options.after ? scenario.steps.findIndex((step) => step.kind === 'walk' && step.walk.name === options.after) : -1
  if (options.after && index < 0) return { problem: `no Walk is called "${options.after}"` }
  const world = worldAt(scenario, index < 0 ? 'end' : { before: index + 1 }, options.seed ?? 0)
  if (!world) return { problem: 'no cluster can be built of this text' }
  const resolved = resolveTarget(world.cluster, target)
  if (resolved.kind === 'error') return { problem: resolved.message }
  const name = netnsOf(resolved)
  const place = name === null ? null : findNetNs(world, name)
  if (!place) return { problem: `${target} has no terminal: commands run on nodes, hosts, the gateway and in pods` }
  const { stdout, stderr, code } = typeLine(world, line, { ...place, origin: null, lineOrigins: null, stdin: '', timePasses: true })
  return { stdout, stderr, code }
}
