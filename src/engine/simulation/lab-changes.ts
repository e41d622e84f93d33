/**
 * kubectl in a Script of a lab: real namespaces have no API server, so the lab runs what the components of each machine would run then. A world of
 * its own takes the requests and tells which commands they lead to.
 */
import type { Cluster } from '../kubernetes/cluster.ts'
import type { Scenario, ScriptSpec } from '../kubernetes/scenario.ts'
import type { NodeScript } from '../net/node-script.ts'
import { type Pipeline, parseCommandLine, printCommandLine } from '../shell/command-line.ts'
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
const isKubectl = ({ commands }: Pipeline): boolean => commands.some(({ argv }) => (argv[0] === 'sudo' ? argv[1] : argv[0]) === 'kubectl')

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

function changesOf(following: Following, script: ScriptSpec, on: string): readonly LabChange[] | WalkProblem {
  const place = placeOf(following.world, script.on)
  if ('problem' in place) return place
  if (!usesKubectl(script)) {
    typeAt(following, place, script.run)
    return [{ step: { on, run: script.run }, afterMs: 0 }]
  }
  const parsed = parseCommandLine(script.run)
  if (!parsed.ok) return { problem: `script/${script.name}: ${parsed.error}` }
  const changes: LabChange[] = []
  const startMs = following.world.kernel.nowMs
  for (const part of partsOf(parsed.pipelines)) {
    if (part.kubectl.length > 0 && part.before !== null)
      return {
        problem: `script/${script.name}: whether ${printCommandLine(part.kubectl.slice(0, 1))} runs depends on ${part.before}, which a lab does not know before it runs: put kubectl on a line of its own`,
      }
    const { ran, rest } = typeKubectl(following, place, part)
    changes.push(...ran.flatMap(({ scripts, atMs }) => stepsOf(following, scripts, atMs - startMs)))
    if (rest.length === 0) continue
    const run = `${printCommandLine(rest)}\n`
    const afterMs = following.world.kernel.nowMs - startMs
    if (typeAt(following, place, run).ran.length > 0)
      return { problem: `script/${script.name}: a lab does not see the kubectl inside ${run.trim()}: put kubectl on a line of its own` }
    changes.push({ step: { on, run }, afterMs })
  }
  const unknown = changes.find(({ step }) => 'run' in step && step.on !== on && !following.machines.has(step.on))
  return unknown && 'on' in unknown.step
    ? { problem: `${unknown.step.on} comes to be while walks run: a lab cannot add a machine` }
    : changes
}

/** Pipelines of kubectl, and those that follow them with their operators. */
interface Part {
  readonly kubectl: Pipeline[]
  readonly others: Pipeline[]
  /** What else decides whether its kubectl runs. */
  readonly before: string | null
}

/** A part ends where kubectl comes, or what does not depend on a kubectl before it. */
function partsOf(pipelines: readonly Pipeline[]): Part[] {
  const parts: Part[] = []
  for (const pipeline of pipelines) {
    const part = parts.at(-1)
    const { after } = pipeline
    const last = part?.others.at(-1)
    if (isKubectl(pipeline)) {
      if (part && last === undefined && after !== ';') part.kubectl.push(pipeline)
      else parts.push({ kubectl: [pipeline], others: [], before: last && after !== ';' ? printCommandLine([last]) : null })
    } else if (part && (after !== ';' || part.kubectl.length === 0)) part.others.push(pipeline)
    else parts.push({ kubectl: [], others: [pipeline], before: null })
  }
  return parts
}

/** What the components ran for one command. */
interface Ran {
  readonly scripts: readonly NodeScript[]
  readonly atMs: number
}

type Place = Exclude<ReturnType<typeof placeOf>, WalkProblem>

/** Types the kubectl of a part; gives what ran for it, and what its answers leave of the others. */
function typeKubectl(
  following: Following,
  place: Place,
  { kubectl, others }: Part,
): { readonly ran: readonly Ran[]; readonly rest: Pipeline[] } {
  if (kubectl.length === 0) return { ran: [], rest: others }
  const { ran, code } = typeAt(following, place, printCommandLine(kubectl))
  const first = others.findIndex(({ after }) => (after === '&&') === (code === 0))
  return { ran, rest: first < 0 ? [] : others.slice(first) }
}

/** Types it in the world that is followed. */
function typeAt({ world }: Following, place: Place, text: string): { readonly ran: readonly Ran[]; readonly code: number } {
  const ran: Ran[] = []
  world.onChange = (scripts) => ran.push({ scripts, atMs: world.kernel.nowMs })
  const { code } = typeLine(world, text, { ...place, origin: null, lineOrigins: null, stdin: '', timePasses: true })
  return { ran, code }
}

function stepsOf({ netns }: Following, scripts: readonly NodeScript[], afterMs: number): LabChange[] {
  const steps: LabChange['step'][] = []
  const made: LabServe[] = []
  for (const script of scripts) {
    for (const { run } of script.commands) {
      const short = /^ip netns del (\S+)$/.exec(run)?.[1] ?? ''
      const deleted = netns.get(short)
      if (deleted === undefined) continue
      steps.push({ stop: deleted })
      // A pod of the same name has the same again.
      netns.delete(short)
    }
    for (const [short, on] of script.netns) {
      if (netns.has(short)) continue
      netns.set(short, on)
      made.push({ on, netns: short, programs: script.programs.filter((program) => program.netns === short) })
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
