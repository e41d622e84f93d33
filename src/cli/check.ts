/** `packetwalk check FILE…`: parse, default, validate. */
import { parseArgs } from 'node:util'
import type { Diagnostic } from '../engine/kubernetes/diagnostic.ts'
import { parseScenario } from '../engine/kubernetes/manifest.ts'
import type { Scenario } from '../engine/kubernetes/scenario.ts'
import { type CliCommand, FINE, jsonText, NO, UsageError } from './command.ts'
import { checked, diagnosticLine, hasErrors } from './scenario-file.ts'

export const check: CliCommand = {
  summary: 'parse, default and validate scenario files',
  help: `Usage: packetwalk check [--json] FILE…

Parses, defaults and validates each file, builds it and runs its Scripts. Every problem goes to the error stream as file:line:column,
one line a file to the output: how many objects it has and how many problems.

  --json   {files: [{file, ok, objects, diagnostics: [{code, severity, message, range, fix?}]}]}

Exit: 0 no errors (warnings are fine), 1 a file has errors, 2 usage.
`,
  run: async (argv, streams) => {
    const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: { json: { type: 'boolean' } } })
    if (positionals.length === 0) throw new UsageError('FILE is missing')
    const files: { readonly file: string; readonly scenario: Scenario; readonly diagnostics: readonly Diagnostic[] }[] = []
    for (const file of positionals) {
      const scenario = parseScenario(await streams.read(file))
      files.push({ file, scenario, diagnostics: checked(scenario) })
    }
    if (values.json)
      streams.out(
        jsonText({
          files: files.map(({ file, scenario, diagnostics }) => ({
            file,
            ok: !hasErrors(scenario),
            objects: scenario.documents.length,
            diagnostics,
          })),
        }),
      )
    else {
      for (const { file, scenario, diagnostics } of files) {
        for (const diagnostic of diagnostics) streams.err(diagnosticLine(file, diagnostic))
        streams.out(`${file}: ${countText(scenario.documents.length, diagnostics)}\n`)
      }
    }
    return files.some(({ scenario }) => hasErrors(scenario)) ? NO : FINE
  },
}

function countText(objects: number, diagnostics: readonly Diagnostic[]): string {
  const count = (severity: string) => diagnostics.filter((diagnostic) => diagnostic.severity === severity).length
  const plural = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`
  return `${plural(objects, 'object')}, ${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}`
}
