/** Runs the Scripts and Walks of a scenario, one by one, in a world. */
import { resolveTarget } from '../kubernetes/reference.ts'
import type { Scenario, ScriptSpec } from '../kubernetes/scenario.ts'
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
export type ScenarioWalk = Pick<WalkRun, 'spec' | 'maxEvents' | 'onRecord'>

/** Runs one walk with the Scripts that are placed inside it. */
export function walkInScenario(world: World, scenario: Scenario, walk: ScenarioWalk): ReturnType<typeof runWalk> | WalkProblem {
  const scripts = scenario.steps.flatMap((step) => (step.kind === 'script' && step.script.at?.walk === walk.spec.name ? [step.script] : []))
  return runWalk(world, {
    ...walk,
    scripts: scripts.map((script) => ({ timeMs: script.at?.timeMs ?? 0, run: () => runScript(world, script, false) })),
  })
}

/** Types the lines of a Script at its machine; what fails is kept in `world.failed`. */
function runScript(world: World, script: ScriptSpec, timePasses: boolean): void {
  const target = resolveTarget(world.cluster, script.on)
  const name = target.kind === 'error' ? null : netnsOf(target)
  const place = name === null ? null : findNetNs(world, name)
  const origin = { component: 'script', object: `script/${script.name}`, line: script.range.line }
  if (!place) {
    const stderr = target.kind === 'error' ? target.message : `${script.on} is no machine`
    world.failed.push({ machine: script.on, run: script.run, stderr, code: 1, origin })
    return
  }
  const result = typeLine(world, script.run, {
    ...place,
    origin: { ...origin, command: script.run },
    lineOrigins: null,
    stdin: '',
    timePasses,
  })
  for (const { text, line, stderr, code } of result.failures ?? []) {
    const { first, block, lines } = script.runLine
    const at = lines?.[line - 1] ?? first + (block ? line - 1 : 0)
    world.failed.push({ machine: script.on, run: text, stderr, code, origin: { ...origin, line: at } })
  }
}
