/** Reads scenario files and says what is wrong with them, as compilers do: file:line:column. */
import type { Diagnostic } from '../engine/kubernetes/diagnostic.ts'
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import type { Scenario } from '../engine/kubernetes/scenario.ts'
import { failedCommands } from '../engine/simulation/failed-commands.ts'
import type { Streams } from './command.ts'

/** "lab.yaml:3:7: error: … [duplicate-name]". */
export function diagnosticLine(file: string, { range, severity, message, code }: Diagnostic): string {
  return `${file === '-' ? '<stdin>' : file}:${range.line}:${range.column}: ${severity}: ${message} [${code}]\n`
}

/** True where something cannot be built. */
export function hasErrors(scenario: Scenario): boolean {
  return scenario.cluster === null || scenario.diagnostics.some(({ severity }) => severity === 'error')
}

/** Everything that is wrong with the text, and, where it can be built, every command of its Scripts that fails; in text order. */
export function checked(scenario: Scenario): readonly Diagnostic[] {
  if (hasErrors(scenario)) return scenario.diagnostics
  return [...scenario.diagnostics, ...failedCommands(scenario)].sort((a, b) => a.range.from - b.range.from)
}

/** Parses one file; its errors and warnings go to the error stream, commands of its Scripts that fail too. Null when it has errors. */
export async function openScenario(file: string, streams: Streams): Promise<Scenario | null> {
  const scenario = parseScenario(await streams.read(file))
  for (const diagnostic of scenario.diagnostics) if (diagnostic.severity !== 'info') streams.err(diagnosticLine(file, diagnostic))
  if (hasErrors(scenario)) return null
  for (const diagnostic of failedCommands(scenario)) streams.err(diagnosticLine(file, diagnostic))
  return scenario
}
