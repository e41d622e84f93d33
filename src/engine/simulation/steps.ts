/** Runs the Scripts and Walks of a scenario, one by one, in a world. */
import { resolveTarget } from '../kubernetes/reference.ts'
import { lineOf } from '../kubernetes/run-line.ts'
import type { Scenario, ScriptSpec } from '../kubernetes/scenario.ts'
import type { Origin } from '../linux/origin.ts'
import { typeLine } from './run-commands.ts'
import { runWalk, type WalkRun } from './run-walk.ts'
import { netnsOf, type WalkProblem } from './walk-client.ts'
import { findNetNs, type World } from './world.ts'

/** Runs step number `index`; a Script that stands inside a walk runs with that walk, not by itself. */
export function runStep(world: World, scenario: Scenario, index: number): void {
  const step = scenario.steps[index]
  if (step?.kind === 'script' && step.script.at === null) runScript(world, step.script, true)
  if (step?.kind === 'walk') walkInScenario(world, scenario, { spec: step.walk, maxEvents: null, onRecord: null })
}

/** What a walk of a scenario is run with: its spec, a bound other than the default, and who watches. */
export interface ScenarioWalk extends Pick<WalkRun, 'spec' | 'maxEvents' | 'onRecord' | 'onQuiet' | 'record'> {
  /** Commands typed in a terminal meanwhile, which no document holds. */
  readonly typed?: readonly TypedCommand[]
}

/** A command line typed at a moment of a walk. */
export interface TypedCommand {
  /** A machine or pod, as in a Script. */
  readonly on: string
  readonly run: string
  /** After the beginning of the walk. */
  readonly timeMs: number
}

/** Runs one walk with the Scripts that are placed inside it. */
export function walkInScenario(
  world: World,
  scenario: Scenario,
  { typed = [], ...walk }: ScenarioWalk,
): ReturnType<typeof runWalk> | WalkProblem {
  const scripts = scenario.steps.flatMap((step) => (step.kind === 'script' && step.script.at?.walk === walk.spec.name ? [step.script] : []))
  return runWalk(world, {
    ...walk,
    scripts: [
      ...scripts.map((script) => ({ timeMs: script.at?.timeMs ?? 0, run: () => runScript(world, script, false) })),
      ...typed.map((command) => ({ timeMs: command.timeMs, run: () => typeCommand(world, command) })),
    ],
  })
}

/** Types such a command; what it prints was seen when it was typed. */
export function typeCommand(world: World, { on, run }: TypedCommand): void {
  const place = placeOf(world, on)
  const origin = { component: 'terminal', object: null, line: null, command: run }
  if (!('problem' in place)) typeLine(world, run, { ...place, origin, lineOrigins: null, stdin: '', timePasses: false })
}

/** The machine and namespace in which commands for a reference run. */
export function placeOf(world: World, ref: string): NonNullable<ReturnType<typeof findNetNs>> | WalkProblem {
  const target = resolveTarget(world.cluster, ref)
  if (target.kind === 'error') return { problem: target.message }
  const name = netnsOf(target)
  return (name === null ? null : findNetNs(world, name)) ?? { problem: `${ref} is no machine` }
}

/** What came from a line of pasted output leads back to that line. */
function inputOrigins({ run, runLine }: ScriptSpec, origin: Origin): Map<number, Origin> {
  return new Map(run.split('\n').map((_row, i) => [i, { ...origin, line: lineOf(runLine, i) }]))
}

/** Types the lines of a Script at its machine; what fails is kept in `world.failed`. */
function runScript(world: World, script: ScriptSpec, timePasses: boolean): void {
  const place = placeOf(world, script.on)
  const origin = { component: 'script', object: `script/${script.name}`, line: script.range.line }
  if ('problem' in place) {
    world.failed.push({ machine: script.on, run: script.run, stderr: place.problem, code: 1, origin })
    return
  }
  if (script.runLine.input) world.pasted.add(place.machine.name)
  const result = typeLine(world, script.run, {
    ...place,
    origin: { ...origin, command: script.run },
    originAt: (line, command) => ({ ...origin, line: lineOf(script.runLine, line - 1), command }),
    lineOrigins: script.runLine.input ? inputOrigins(script, { ...origin, command: script.run }) : null,
    stdin: '',
    timePasses,
  })
  for (const { text, line, stderr, code } of result.failures ?? []) {
    world.failed.push({ machine: script.on, run: text, stderr, code, origin: { ...origin, line: lineOf(script.runLine, line - 1) } })
  }
}
