/** Commands that failed while a scenario was built and its Scripts ran, as warnings at the text they come from. */
import type { Diagnostic, TextRange } from '../kubernetes/diagnostic.ts'
import { resolveTarget } from '../kubernetes/reference.ts'
import type { Scenario } from '../kubernetes/scenario.ts'
import { worldAt } from './checkpoints.ts'
import type { FailedCommand } from './world.ts'

/**
 * Runs all Scripts of the text, and of its Walks those that have Scripts inside, and returns a warning for each command that failed,
 * a component's included.
 */
export function failedCommands(scenario: Scenario): Diagnostic[] {
  const failed = worldAt(scenario, 'end', 0)?.failed ?? []
  const reported = misplacedScripts(scenario)
  return [...failed, ...failedInside(scenario)]
    .filter(({ origin }) => !reported.has(origin.object ?? ''))
    .map((one) => diagnosticOf(scenario.text, one))
}

/** Scripts whose place is nowhere from the beginning: reading the text has said so already. */
function misplacedScripts({ cluster, steps }: Scenario): ReadonlySet<string> {
  const nowhere = (on: string): boolean => cluster !== null && ['error', 'service'].includes(resolveTarget(cluster, on).kind)
  return new Set(steps.flatMap((step) => (step.kind === 'script' && nowhere(step.script.on) ? [`script/${step.script.name}`] : [])))
}

/** What failed in the middle of walks. */
function failedInside(scenario: Scenario): FailedCommand[] {
  const last = scenario.steps.findLastIndex((step) => step.kind === 'walk' && hasScripts(scenario, step.walk.name))
  if (last < 0) return []
  const inside = new Set(scenario.steps.flatMap((step) => (step.kind === 'script' && step.script.at ? [`script/${step.script.name}`] : [])))
  const { failed } = worldAt(scenario, { before: last + 1 }, 0) ?? { failed: [] }
  return failed.filter(({ origin }) => origin.component === 'script' && inside.has(origin.object ?? ''))
}

function hasScripts(scenario: Scenario, walk: string): boolean {
  return scenario.steps.some((step) => step.kind === 'script' && step.script.at?.walk === walk)
}

function diagnosticOf(text: string, { machine, run, stderr, code, origin }: FailedCommand): Diagnostic {
  const command = run.trim().split('\n', 1)[0] ?? ''
  const said = stderr.trim() === '' ? `it returned ${code}` : stderr.trim().replace(/\s*\n\s*/g, ' ')
  return {
    code: 'command-failed',
    severity: 'warning',
    message: `On ${machine}, "${command}" failed: ${said}`,
    range: lineRange(text, origin.line ?? 1),
  }
}

/** The range of one line, without its end. */
function lineRange(text: string, line: number): TextRange {
  let from = 0
  for (let at = 1; at < line; at++) {
    const next = text.indexOf('\n', from)
    if (next < 0) break
    from = next + 1
  }
  const end = text.indexOf('\n', from)
  const to = end < 0 ? text.length : end
  return { from, to, line, column: 1, endLine: line, endColumn: to - from + 1 }
}
