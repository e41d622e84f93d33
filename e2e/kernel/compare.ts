/** One scenario, run by the simulator and by this machine's kernel, and what differs. */
import { release } from 'node:os'
import type { Cluster } from '../../src/engine/kubernetes/cluster.ts'
import { parseScenario } from '../../src/engine/kubernetes/manifest.ts'
import type { Scenario } from '../../src/engine/kubernetes/scenario.ts'
import { builtWorld, worldAt } from '../../src/engine/simulation/checkpoints.ts'
import { labScript } from '../../src/engine/simulation/lab.ts'
import { scenarioLab } from '../../src/engine/simulation/lab-scenario.ts'
import type { WalkOutcome } from '../../src/engine/simulation/trace.ts'
import { findNetNs, namespacesOf, type World } from '../../src/engine/simulation/world.ts'
import { distanceBetween, type Frame, kernelFrames, linesOf } from './captures.ts'
import { counterDifferences } from './counters.ts'
import { firstDifference } from './first-difference.ts'
import { type LabResult, type ProbedNamespace, runLab } from './kernel.ts'
import { fixedMacs, fixedPorts, macNames, RunNames } from './names.ts'
import { type KernelRun, type SimulatedRun, simulate, TIMERS_SCRIPT, typeIn } from './simulate.ts'
import {
  conntrackLines,
  fdbLines,
  ipsetLines,
  ipvsConnectionLines,
  ipvsLines,
  lineDifferences,
  neighbourDifferences,
  neighbourLines,
} from './tables.ts'
import { TICK_MS, wheelsOf } from './ticks.ts'
import { lackingHere } from './uml.ts'

const TABLES = ['rules', 'conntrack', 'neighbours', 'fdb', 'links', 'ipsets']
/** Asked of labs that use IPVS. */
const IPVS_TABLES = ['ipvs', 'ipvsConnections']

function clusterOf(scenario: Scenario): Cluster {
  const { cluster, diagnostics } = scenario
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  if (!cluster || errors.length > 0) throw new Error(errors.map((d) => `${d.range.line}: ${d.message}`).join('\n'))
  return cluster
}

/** The scenario's lab script, with everything this comparison looks at. */
export function labOf(scenario: Scenario): string {
  const made = scenarioLab(scenario, clusterOf(scenario))
  if ('problem' in made) throw new Error(made.problem)
  const balances = made.scripts.some(({ commands }) => commands.some(({ run }) => /\bipvsadm\b/.test(run)))
  const tables = balances ? [...TABLES, ...IPVS_TABLES] : TABLES
  // Which way a dice of no consequence fell, only a counter tells, and whether a server that ran late owned its socket yet.
  const counters = /--mode random|-m owner/.test(JSON.stringify(made.steps))
  return labScript({ ...made, everywhere: TIMERS_SCRIPT, probe: { tables, text: false, drains: true, counters }, checks: false })
}

/** Does the scenario need what this machine's kernel lacks? */
export const needsUml = (text: string): boolean => lackingHere(labOf(parseScenario(text))).length > 0

/** What two runs of a scenario showed: an empty list means that they agree on everything compared. */
export interface Comparison {
  readonly scenario: Scenario
  readonly run: SimulatedRun
  readonly differences: readonly string[]
  /** The kernel's run. */
  readonly measured: LabResult
}

/** Runs the scenario in both. */
export async function compareScenario(text: string): Promise<Comparison> {
  const scenario = parseScenario(text)
  return compareRuns(scenario, await runLab(labOf(scenario)))
}

/** The kernel of User-Mode-Linux. */
const UML_RELEASE = '6.1'

function isBefore(kernel: string, [major, minor]: readonly [number, number]): boolean {
  const [ours = 0, its = 0] = kernel.split('.').map(Number)
  return ours < major || (ours === major && its < minor)
}

/** Compares a kernel's run of a scenario with the simulator's, which takes its random choices from it. */
export function compareRuns(scenario: Scenario, measured: LabResult): Comparison {
  const script = labOf(scenario)
  const fixed = fixedPorts(`${script.slice(0, script.indexOf('PACKETWALK_AGENT'))}${scenario.text}`)
  const built = builtWorld(scenario)
  if (!built) throw new Error('the scenario has no cluster')
  const kernel = withOurNames(measured, built)
  const written = fixedMacs(scenario.text)
  const real = new RunNames(new Map([...written, ...macNames(Object.entries(kernel.namespaces).flatMap(linksOf))]), fixed)
  const wired = worldAt(scenario, 'end', 0) ?? built
  const realFrames = kernelFrames(kernel, (where, device) => isHeard(wired, where, device))
  const realLines = realFrames.map((frames) => linesOf(frames, real))
  const macs = new Map([...written, ...simulatedMacs(built)])
  const distance = (walk: number, frames: readonly Frame[], world: World): number => {
    // Ways that are tried draw other ports: only those of this walk can be told from each other.
    const names = { real: new RunNames(new Map(), fixed), ours: new RunNames(macs, fixed) }
    linesOf(realFrames[walk] ?? [], names.real)
    const frameDistance = distanceBetween(realLines[walk] ?? new Map(), linesOf(frames, names.ours))
    return frameDistance + tableDistance(kernel.walks[walk]?.counters ?? {}, world, names)
  }
  const uml = lackingHere(script).length > 0
  const oneTimerBase = isBefore(uml ? UML_RELEASE : release(), [6, 9])
  const tickMs = uml ? TICK_MS.uml : TICK_MS.here
  const wheels: KernelRun['wheels'] = (firstMs) => wheelsOf(realFrames.flat(), tickMs, firstMs)
  const run = simulate(scenario, { distance, startsMs: kernel.walks.map(({ startMs }) => startMs ?? 0), oneTimerBase, wheels })
  const ours = new RunNames(new Map([...written, ...[...run.worlds, run.world].flatMap((world) => [...simulatedMacs(world)])]), fixed)
  const ourLines = run.walks.map(({ frames }) => linesOf(frames, ours))
  const differences = [
    ...scriptDifferences(kernel, run.world),
    ...outcomeDifferences(kernel.walks, run),
    ...firstDifference(realLines, ourLines, run.walks),
    ...Object.entries(kernel.namespaces).flatMap(([name, namespace]) =>
      tableDifferences(name, namespace, { world: run.world, real, ours }),
    ),
  ]
  return { scenario, run, differences, measured }
}

/** Rules whose counters differ, and connections, in all namespaces whose names the simulator has. */
function tableDistance(tables: Readonly<Record<string, string>>, world: World, { real, ours }: Omit<Worlds, 'world'>): number {
  return Object.entries(tables).reduce((sum, [where, text]) => {
    if (!findNetNs(world, where)) return sum
    const differences = [
      ...counterDifferences(where, text, typeIn(world, where, 'iptables-save -c')),
      ...lineDifferences(where, conntrackLines(text, real), conntrackLines(typeIn(world, where, 'conntrack -L'), ours)),
    ]
    return sum + differences.length
  }, 0)
}

/** A Script that fails in one world must fail in the other, at the same command and in the same words. */
function scriptDifferences(kernel: LabResult, world: World): string[] {
  const real = (kernel.failed ?? []).map(({ netns, stderr }) => `${netns}: ${stderr.trim()}`)
  const ours = world.failed.map(({ machine, stderr }) => `${machine}: ${stderr.trim()}`)
  return lineDifferences('a Script failed', real, ours)
}

/** Namespaces that commands of the scenario made have their `ip netns` name in the lab, and a longer one in the simulator. */
function withOurNames(kernel: LabResult, world: World): LabResult {
  const long = new Map(
    [...world.machines.values()].flatMap((machine) => [...machine.netns].map(([short, ns]) => [short, ns.name] as const)),
  )
  return {
    ...kernel,
    namespaces: Object.fromEntries(Object.entries(kernel.namespaces).map(([name, namespace]) => [long.get(name) ?? name, namespace])),
  }
}

const linksOf = ([name, namespace]: [string, ProbedNamespace]): (readonly [string, string])[] => [
  [name, namespace.linksBefore],
  [name, namespace.links ?? ''],
]

const simulatedMacs = (world: World): Map<string, string> =>
  macNames([...namespacesOf(world)].map((ns) => [ns.name, typeIn(world, ns.name, 'ip -o link')] as const))

/** A NIC of the simulator takes no frames for other machines, unless it is promiscuous; a veth's end does. */
function isHeard(world: World, where: string, name: string): boolean {
  const device = findNetNs(world, where)?.netns.devices.get(name)
  return device?.kind !== 'physical' || device.promisc || device.master !== null
}

/** A refused connection has one errno, whether a RST or an ICMP error said so: the client cannot tell, so neither does this. */
const clientView = (ours: WalkOutcome): string => (ours.outcome === 'rejected' && ours.reason === 'ECONNREFUSED' ? 'refused' : ours.outcome)

/** The errno, where the outcome is an error that the sender was told. */
const errnoOf = (outcome: string, reason: string | null | undefined): string | null =>
  outcome === 'rejected' || outcome === 'reset' || outcome === 'refused' ? (reason ?? null) : null

function outcomeDifferences(kernel: LabResult['walks'], run: SimulatedRun): string[] {
  return run.walks.flatMap(({ trace: { outcome: ours } }, i) => {
    const real = kernel[i]
    if (!real) return [`walk ${ours.walk}: no result from the kernel`]
    const view = clientView(ours)
    const lines: string[] = []
    const errno = ours.outcome === 'refused' ? 'ECONNREFUSED' : ours.reason
    if (real.outcome !== view || errnoOf(real.outcome, real.reason) !== errnoOf(view, errno))
      lines.push(`outcome: kernel ${real.outcome} ${real.reason ?? ''}, simulator ${ours.outcome} ${ours.reason ?? ''}`)
    // ping tells only who answered.
    const fields = real.server === undefined ? (['answeredFrom'] as const) : (['server', 'seenFrom', 'answeredFrom'] as const)
    if (real.outcome === 'delivered')
      for (const field of fields)
        if ((real[field] ?? null) !== ours[field])
          lines.push(`${field}: kernel ${real[field] ?? 'none'}, simulator ${ours[field] ?? 'none'}`)
    return lines.map((line) => `walk ${ours.walk}: ${line}`)
  })
}

interface Worlds {
  readonly world: World
  readonly real: RunNames
  readonly ours: RunNames
}

/** Packets, bytes and connections of each service and server, and the connections with their states. */
function ipvsDifferences(where: string, kernel: ProbedNamespace, { world, real, ours }: Worlds): string[] {
  const statistics = typeIn(world, where, 'ipvsadm -Ln --stats --exact')
  const connections = typeIn(world, where, 'ipvsadm -Lnc')
  return [
    ...lineDifferences(`${where} ipvs`, ipvsLines(kernel.ipvs ?? ''), ipvsLines(statistics)),
    ...lineDifferences(
      `${where} ipvs connections`,
      ipvsConnectionLines(kernel.ipvsConnections ?? '', real),
      ipvsConnectionLines(connections, ours),
    ),
  ]
}

function tableDifferences(where: string, kernel: ProbedNamespace, { world, real, ours }: Worlds): string[] {
  // Deleted by a Script, after its frames were seen.
  const gone = kernel.links === undefined
  if (!findNetNs(world, where)) return gone ? [] : [`${where}: the simulator has no such namespace`]
  if (gone) return [`${where}: the kernel has no such namespace any more`]
  const type = (command: string): string => typeIn(world, where, command)
  return [
    ...counterDifferences(where, kernel.rules ?? '', type('iptables-save -c')),
    ...lineDifferences(`${where} conntrack`, conntrackLines(kernel.conntrack ?? '', real), conntrackLines(type('conntrack -L'), ours)),
    ...neighbourDifferences(
      `${where} neighbours`,
      neighbourLines(kernel.neighbours ?? '', real),
      neighbourLines(type('ip neigh show nud all'), ours),
    ),
    ...lineDifferences(`${where} fdb`, fdbLines(kernel.fdb ?? '', real), fdbLines(type('bridge fdb show'), ours)),
    ...lineDifferences(`${where} ipset`, ipsetLines(kernel.ipsets ?? '', real), ipsetLines(type('ipset save'), ours)),
    ...(kernel.ipvs === undefined ? [] : ipvsDifferences(where, kernel, { world, real, ours })),
  ]
}
