/** The commands of Scripts, each with its line of the text, and the edit that takes one out. */
import type { TextChange } from '../kubernetes/diagnostic.ts'
import { lineOf } from '../kubernetes/run-line.ts'
import type { Scenario, ScriptSpec } from '../kubernetes/scenario.ts'
import { parseCommandLine } from '../shell/command-line.ts'

/** One command of a Script. */
export interface ScriptCommand {
  /** Name of the Script. */
  readonly script: string
  /** 'node/worker-1', 'pod/default/web'. */
  readonly where: string
  readonly text: string
  /** 1-based line of the scenario text that it begins in. */
  readonly line: number
}

/** Commands of the Scripts that have run before or during a walk; of all of them when it is no walk of the text. */
export function commandsAbove({ steps }: Scenario, walk: string): readonly ScriptCommand[] {
  const at = steps.findIndex((step) => step.kind === 'walk' && step.walk.name === walk)
  return steps.flatMap((step, index) => {
    if (step.kind !== 'script') return []
    const { script } = step
    const runs = script.at === null ? at < 0 || index < at : script.at.walk === walk
    return runs ? commandsOf(script) : []
  })
}

function commandsOf({ name, on, run, runLine }: ScriptSpec): readonly ScriptCommand[] {
  const [kind = '', ...names] = on.split('/')
  const where = kind === 'pod' && names.length === 1 ? `pod/default/${names[0]}` : on
  const parsed = parseCommandLine(run)
  if (!parsed.ok) return []
  return parsed.places.map(({ from, to }) => {
    const row = run.slice(0, from).split('\n').length - 1
    return { script: name, where, text: run.slice(from, to), line: lineOf(runLine, row) }
  })
}

/** Takes a command out of its Script. Null where it does not have a line to itself, or is all that the Script does. */
export function withoutCommand(
  { text, steps }: Scenario,
  { script: name, text: command, line }: Omit<ScriptCommand, 'where'>,
): { readonly title: string; readonly changes: readonly TextChange[] } | null {
  const script = steps.flatMap((step) => (step.kind === 'script' && step.script.name === name ? [step.script] : []))[0]
  if (!script?.runLine.block || script.run.split('\n').filter((row) => row.trim() !== '').length < 2) return null
  const rows = text.split('\n')
  const row = rows[line - 1] ?? ''
  // What ends in `<<EOF` or a backslash is no command without the lines below it.
  if (row.trim() !== command || !parseCommandLine(command).ok) return null
  const from = rows.slice(0, line - 1).reduce((sum, above) => sum + above.length + 1, 0)
  const to = Math.min(text.length, from + row.length + 1)
  return { title: `Take out ${command}`, changes: [{ from, to, insert: '' }] }
}
