/** One scenario, run by the simulator and by this machine's kernel, and what differs. */

import { nodeScripts } from '../../src/engine/cloud/node-scripts.ts'
import type { Cluster } from '../../src/engine/kubernetes/cluster.ts'
import { parseScenario } from '../../src/engine/kubernetes/manifest.ts'
import { addressOf, resolveDestination, resolveTarget } from '../../src/engine/kubernetes/reference.ts'
import type { Scenario, WalkSpec } from '../../src/engine/kubernetes/scenario.ts'
import { formatAddress } from '../../src/engine/net/address.ts'
import type { NodeScript } from '../../src/engine/net/node-script.ts'
import { worldAt } from '../../src/engine/simulation/checkpoints.ts'
import { type LabScript, type LabWalk, labScript } from '../../src/engine/simulation/lab.ts'
import { typeLine } from '../../src/engine/simulation/run-commands.ts'
import { runStep, walkInScenario } from '../../src/engine/simulation/steps.ts'
import type { WalkOutcome } from '../../src/engine/simulation/trace.ts'
import { netnsOf } from '../../src/engine/simulation/walk-client.ts'
import { findNetNs, namespacesOf, type World } from '../../src/engine/simulation/world.ts'
import { counterDifferences } from './counters.ts'
import { type LabResult, runLab } from './kernel.ts'

/** Seconds a real client waits: longer than its kernel takes to give up with TIMERS. */
const CLIENT_TIMEOUT = 9

/** Typed everywhere before the first step, in both worlds: a SYN is sent at 0, 1 and 3 s and given up at 7 s. */
const TIMERS = 'sysctl -w net.ipv4.tcp_syn_linear_timeouts=0 net.ipv4.tcp_syn_retries=2'

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

const timers = (scripts: readonly NodeScript[]): LabScript[] =>
  scripts.flatMap((script) => [script.machine, ...script.netns.values()].map((on) => ({ on, run: TIMERS })))

function labSteps(scenario: Scenario, cluster: Cluster): (LabWalk | LabScript)[] {
  return scenario.steps.map((step) =>
    step.kind === 'walk' ? labWalk(cluster, step.walk) : { on: placeOf(cluster, step.script.on), run: step.script.run },
  )
}

/** Types the timers into every namespace of the simulated world. */
function setTimers(world: World): void {
  for (const ns of namespacesOf(world)) type(world, ns.name, TIMERS)
}

function type(world: World, where: string, line: string): string {
  const place = findNetNs(world, where)
  if (!place) throw new Error(`no namespace ${where}`)
  const result = typeLine(world, line, { ...place, origin: null, lineOrigins: null, stdin: '', timePasses: false })
  if (result.code !== 0) throw new Error(`${where}: ${line}: ${result.stderr}`)
  return result.stdout
}

function simulate(scenario: Scenario, seed: number): { readonly world: World; readonly outcomes: WalkOutcome[] } {
  const world = worldAt(scenario, 'built', seed)
  if (!world) throw new Error('the scenario has no cluster')
  setTimers(world)
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

/** A refused connection has one errno, whether a RST or an ICMP error said so: the client cannot tell, so neither does this. */
const clientView = (ours: WalkOutcome): string => (ours.outcome === 'rejected' && ours.reason === 'ECONNREFUSED' ? 'refused' : ours.outcome)

function outcomeDifferences(kernel: LabResult['walks'], outcomes: readonly WalkOutcome[]): string[] {
  return outcomes.flatMap((ours, i) => {
    const real = kernel[i]
    if (!real) return [`walk ${ours.walk}: no result from the kernel`]
    const outcome =
      real.outcome === clientView(ours)
        ? []
        : [`outcome: kernel ${real.outcome} ${real.reason ?? ''}, simulator ${ours.outcome} ${ours.reason ?? ''}`]
    // ping tells only who answered.
    const fields = real.server === undefined ? (['answeredFrom'] as const) : (['server', 'seenFrom', 'answeredFrom'] as const)
    const rest = fields
      .filter((field) => (real[field] ?? null) !== ours[field])
      .map((field) => `${field}: kernel ${real[field] ?? 'none'}, simulator ${ours[field] ?? 'none'}`)
    return [...outcome, ...rest].map((difference) => `walk ${ours.walk}: ${difference}`)
  })
}

function ruleDifferences(kernel: LabResult['rules'], world: World): string[] {
  return [...namespacesOf(world)].flatMap((ns) =>
    counterDifferences(ns.name, kernel[ns.name] ?? '', type(world, ns.name, 'iptables-save -c')),
  )
}

/** The scenario's lab script, with the timers set. */
export function labOf(scenario: Scenario, cluster: Cluster): string {
  const scripts = nodeScripts(null, cluster)
  return labScript({ scripts, steps: [...timers(scripts), ...labSteps(scenario, cluster)] })
}

/** Runs the scenario in both; an empty list means that they agree on every outcome, address and rule counter. */
export function differences(text: string): string[] {
  const scenario = parseScenario(text)
  const { cluster } = scenario
  if (!cluster) throw new Error(scenario.diagnostics.map((d) => d.message).join('\n'))
  const kernel = runLab(labOf(scenario, cluster))
  for (let seed = 0; seed < SEEDS; seed++) {
    const { world, outcomes } = simulate(scenario, seed)
    const sameChoices = outcomes.every(
      (ours, i) => ours.server === null || !kernel.walks[i]?.server || ours.server === kernel.walks[i]?.server,
    )
    if (sameChoices || seed === SEEDS - 1) return [...outcomeDifferences(kernel.walks, outcomes), ...ruleDifferences(kernel.rules, world)]
  }
  return []
}
