/** One scenario, run by the simulator and by this machine's kernel, and what differs. */

import type { Cluster } from '../../src/engine/kubernetes/cluster.ts'
import { parseScenario } from '../../src/engine/kubernetes/manifest.ts'
import { nodeScripts } from '../../src/engine/cloud/node-scripts.ts'
import { addressOf, resolveDestination, resolveTarget } from '../../src/engine/kubernetes/reference.ts'
import type { Scenario, WalkSpec } from '../../src/engine/kubernetes/scenario.ts'
import { formatAddress } from '../../src/engine/net/address.ts'
import { worldAt } from '../../src/engine/simulation/checkpoints.ts'
import { type LabScript, type LabWalk, labScript } from '../../src/engine/simulation/lab.ts'
import { typeLine } from '../../src/engine/simulation/run-commands.ts'
import { runStep, walkInScenario } from '../../src/engine/simulation/steps.ts'
import type { WalkOutcome } from '../../src/engine/simulation/trace.ts'
import { netnsOf } from '../../src/engine/simulation/walk-client.ts'
import { findNetNs, namespacesOf, type World } from '../../src/engine/simulation/world.ts'
import { counterDifferences } from './counters.ts'
import { type LabResult, runLab } from './kernel.ts'

/** Seconds a real client waits for silence; kept short, since a silent drop is silent for ever. */
const CLIENT_TIMEOUT = 2

/** Runs that are tried to find the simulator's seed whose random choices are those the kernel made. */
const SEEDS = 64

function placeOf(cluster: Cluster, text: string): string {
  const target = resolveTarget(cluster, text)
  const name = target.kind === 'error' ? null : netnsOf(target)
  if (name === null) throw new Error(`${text} is no place of this scenario`)
  return name
}

function labWalk(cluster: Cluster, walk: WalkSpec): LabWalk {
  const to = resolveDestination(cluster, walk.to)
  if (to.kind === 'error') throw new Error(to.message)
  const { protocol, host, port, path } = to
  if (protocol !== 'http' && protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'ping')
    throw new Error(`${protocol} walks have no lab yet`)
  const from = resolveTarget(cluster, walk.from)
  const address =
    host.kind === 'address' ? host.address : host.kind === 'target' && from.kind !== 'error' ? addressOf(cluster, host.target, from) : null
  const text = host.kind === 'name' ? host.name : address === null ? null : formatAddress(address)
  if (text === null) throw new Error(`${walk.to} has no address`)
  return {
    name: walk.name,
    from: placeOf(cluster, walk.from),
    kind: protocol,
    host: text,
    port: port ?? 0,
    path: path ?? '/',
    timeout: CLIENT_TIMEOUT,
  }
}

function labSteps(scenario: Scenario, cluster: Cluster): (LabWalk | LabScript)[] {
  return scenario.steps.map((step) =>
    step.kind === 'walk' ? labWalk(cluster, step.walk) : { on: placeOf(cluster, step.script.on), run: step.script.run },
  )
}

function simulate(scenario: Scenario, seed: number): { readonly world: World; readonly outcomes: WalkOutcome[] } {
  const world = worldAt(scenario, 'built', seed)
  if (!world) throw new Error('the scenario has no cluster')
  const outcomes: WalkOutcome[] = []
  for (const [index, step] of scenario.steps.entries()) {
    if (step.kind === 'script') runStep(world, scenario, index)
    else {
      const trace = walkInScenario(world, scenario, { spec: step.walk, maxEvents: null, onRecord: null })
      if ('problem' in trace) throw new Error(trace.problem)
      outcomes.push(trace.outcome)
    }
  }
  return { world, outcomes }
}

function outcomeDifferences(kernel: LabResult['walks'], outcomes: readonly WalkOutcome[]): string[] {
  return outcomes.flatMap((ours, i) => {
    const real = kernel[i]
    const fields = ['outcome', 'server', 'seenFrom', 'answeredFrom'] as const
    return fields
      .filter((field) => (real?.[field] ?? null) !== (ours[field] ?? null))
      .map((field) => `walk ${ours.walk}: ${field}: kernel ${real?.[field] ?? 'none'}, simulator ${ours[field] ?? 'none'}`)
  })
}

function ruleDifferences(kernel: LabResult['rules'], world: World): string[] {
  return [...namespacesOf(world)].flatMap((ns) => {
    const place = findNetNs(world, ns.name)
    if (!place) return []
    const save = typeLine(world, 'iptables-save -c', { ...place, origin: null, lineOrigins: null, stdin: '', timePasses: false })
    return counterDifferences(ns.name, kernel[ns.name] ?? '', save.stdout)
  })
}

/** Runs the scenario in both; an empty list means that they agree on every outcome, address and rule counter. */
export function differences(text: string): string[] {
  const scenario = parseScenario(text)
  const { cluster } = scenario
  if (!cluster) throw new Error(scenario.diagnostics.map((d) => d.message).join('\n'))
  const kernel = runLab(labScript({ scripts: nodeScripts(null, cluster), steps: labSteps(scenario, cluster) }))
  for (let seed = 0; seed < SEEDS; seed++) {
    const { world, outcomes } = simulate(scenario, seed)
    const sameChoices = outcomes.every(
      (ours, i) => ours.server === null || !kernel.walks[i]?.server || ours.server === kernel.walks[i]?.server,
    )
    if (sameChoices || seed === SEEDS - 1) return [...outcomeDifferences(kernel.walks, outcomes), ...ruleDifferences(kernel.rules, world)]
  }
  return []
}
