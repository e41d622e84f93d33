/** What text filters (grep, head, sort, wc) read: the files named, or standard input. */
import type { ShellContext } from './command.ts'
import { readFile } from './files.ts'

/** The inputs, and what the tool says about files that are not there. */
export interface FilterInput {
  readonly inputs: readonly { readonly name: string; readonly text: string }[]
  readonly stderr: string
}

/** Reads the paths (`-`, or none: standard input) for a tool of the given name. */
export function filterInput(tool: string, paths: readonly string[], context: ShellContext): FilterInput {
  const inputs: { name: string; text: string }[] = []
  let stderr = ''
  for (const path of paths.length > 0 ? paths : ['-']) {
    const text = path === '-' ? context.stdin : readFile(context, path)
    if (text === null) stderr += `${tool}: ${path}: No such file or directory\n`
    else inputs.push({ name: path === '-' ? '' : path, text })
  }
  return { inputs, stderr }
}

/** The lines of a text, without their newlines. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}
