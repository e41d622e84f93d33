/** Commands that failed while a scenario was built and its Scripts ran, as warnings at the text they come from. */
import type { Diagnostic, TextRange } from '../kubernetes/diagnostic.ts'
import type { Scenario } from '../kubernetes/scenario.ts'
import { worldAt } from './checkpoints.ts'
import type { FailedCommand } from './world.ts'

/** Runs all Scripts of the text (no Walks) and returns a warning for each command that failed, a component's included. */
export function failedCommands(scenario: Scenario): Diagnostic[] {
  return (worldAt(scenario, 'end', 0)?.failed ?? []).map((failed) => diagnosticOf(scenario.text, failed))
}

function diagnosticOf(text: string, { machine, run, stderr, code, origin }: FailedCommand): Diagnostic {
  const command = run.trim().split('\n', 1)[0] ?? ''
  const said = stderr.trim() === '' ? `it returned ${code}` : stderr.trim()
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
