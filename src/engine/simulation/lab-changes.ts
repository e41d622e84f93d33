/**
 * kubectl in a Script of a lab: real namespaces have no API server, so the lab runs what the components of each machine would run then. A world of
 * its own takes the requests and tells which commands they lead to.
 */
import type { Cluster } from '../kubernetes/cluster.ts'
import type { Scenario, ScriptSpec } from '../kubernetes/scenario.ts'
import type { NodeScript } from '../net/node-script.ts'
import { type Pipeline, parseCommandLine } from '../shell/command-line.ts'
import { buildWorld } from './build-world.ts'
import { commandText, type LabConfigure, type LabScript, type LabServe, type LabStep, type LabStop, type LabWalk } from './lab.ts'
import { typeLine } from './run-commands.ts'
import { placeOf } from './steps.ts'
import type { WalkProblem } from './walk-client.ts'
import type { World } from './world.ts'

/** A step between walks, and how long after the Script began it comes, ms. */
export interface LabChange {
  readonly step: LabScript | LabServe | LabStop | LabConfigure
  readonly afterMs: number
}

/** Reads Scripts in the order in which they run. */
export interface LabCluster {
  /** The Script's text in the namespace `on`, with what its kubectl leads to in place of it. */
  changesOf(script: ScriptSpec, on: string): readonly LabChange[] | WalkProblem
}

const usesKubectl = (script: ScriptSpec): boolean => /\bkubectl\b/.test(script.run)
const isKubectl = ({ commands }: Pipeline): boolean => commands.some(({ argv }) => argv[0] === 'kubectl')

/** The cluster that the Scripts of a scenario change; where none uses kubectl, they stay as they are. */
export function labCluster(scenario: Scenario, cluster: Cluster): LabCluster {
  const uses = scenario.steps.some((step) => step.kind === 'script' && usesKubectl(step.script))
  if (!uses) return { changesOf: (script, on) => [{ step: { on, run: script.run }, afterMs: 0 }] }
  const world = buildWorld(cluster)
  const netns = new Map(world.scripts.flatMap((script) => [...script.netns]))
  const machines = new Set(world.scripts.map(({ machine }) => machine))
  return { changesOf: (script, on) => changesOf({ world, netns, machines }, script, on) }
}

interface Following {
  readonly world: World
  /** `ip netns` name → NetNs.name. */
  readonly netns: Map<string, string>
  readonly machines: ReadonlySet<string>
}

function changesOf(following: Following, script: ScriptSpec, on: string): LabChange[] | WalkProblem {
  const parsed = parseCommandLine(script.run)
  if (!parsed.ok) return { problem: parsed.error }
  const { pipelines, places } = parsed
  if (usesKubectl(script) && pipelines.some(({ after }) => after === '||'))
    return { problem: `script/${script.name}: a lab cannot tell which side of || kubectl would take: write two Scripts` }
  const changes: LabChange[] = []
  const startMs = following.world.kernel.nowMs
  for (const [i, pipeline] of pipelines.entries()) {
    const text = partOf(script.run, places[i]?.from ?? 0, places[i + 1]?.from)
    const ran = typeAt(following, script, text)
    if ('problem' in ran) return ran
    const before = changes.at(-1)
    const afterMs = following.world.kernel.nowMs - startMs
    if (isKubectl(pipeline)) changes.push(...ran.flatMap(({ scripts, atMs }) => stepsOf(following, scripts, atMs - startMs)))
    else if (before && 'run' in before.step && i > 0 && !isKubectl(pipelines[i - 1] ?? pipeline))
      changes[changes.length - 1] = { ...before, step: { on, run: `${before.step.run}${text}` } }
    else changes.push({ step: { on, run: text }, afterMs })
  }
  const unknown = changes.find(({ step }) => 'run' in step && step.on !== on && !following.machines.has(step.on))
  return unknown && 'on' in unknown.step
    ? { problem: `${unknown.step.on} comes to be while walks run: a lab cannot add a machine` }
    : changes
}

/** One pipeline with its here-documents, without the operator after it. */
const partOf = (text: string, from: number, to: number | undefined): string =>
  text
    .slice(from, to)
    .replace(/(?:\s|;|&&)+$/, '')
    .concat('\n')

interface Ran {
  readonly scripts: readonly NodeScript[]
  readonly atMs: number
}

/** Types it; gives what the components ran for it. */
function typeAt({ world }: Following, script: ScriptSpec, text: string): Ran[] | WalkProblem {
  const place = placeOf(world, script.on)
  if ('problem' in place) return place
  const ran: Ran[] = []
  world.onChange = (scripts) => ran.push({ scripts, atMs: world.kernel.nowMs })
  typeLine(world, text, { ...place, origin: null, lineOrigins: null, stdin: '', timePasses: true })
  return ran
}

function stepsOf({ netns }: Following, scripts: readonly NodeScript[], afterMs: number): LabChange[] {
  const steps: LabChange['step'][] = []
  const made: LabServe[] = []
  for (const script of scripts) {
    for (const [short, on] of script.netns) {
      if (netns.has(short)) continue
      netns.set(short, on)
      made.push({ on, netns: short, programs: script.programs.filter((program) => program.netns === short) })
    }
    for (const { run } of script.commands) {
      const deleted = netns.get(/^ip netns del (\S+)$/.exec(run)?.[1] ?? '')
      if (deleted !== undefined) steps.push({ stop: deleted })
    }
    if (script.commands.length > 0) steps.push({ on: script.machine, run: script.commands.map(commandText).join('\n') })
  }
  const configured = scripts
    .flatMap((script) => script.reconfigured ?? [])
    .flatMap(({ netns: short, program, config }): LabConfigure[] => {
      const configure = netns.get(short ?? '')
      return program === 'coredns' && configure !== undefined ? [{ configure, config }] : []
    })
  return [...steps, ...made, ...configured].map((step) => ({ step, afterMs }))
}

/** Steps inside a walk: servers neither start nor end while a client waits. */
export function duringWalk(changes: readonly LabChange[], script: ScriptSpec): LabWalk['scripts'] | WalkProblem {
  const startMs = script.at?.timeMs ?? 0
  const commands = changes.flatMap(({ step, afterMs }) =>
    'run' in step || 'configure' in step ? [{ ...step, timeMs: startMs + afterMs }] : [],
  )
  return commands.length === changes.length
    ? commands
    : { problem: `script/${script.name}: pods come or go while a walk runs: a lab can do that between walks only` }
}

/** Steps between walks. */
export const betweenWalks = (changes: readonly LabChange[]): LabStep[] => changes.map(({ step }) => step)
