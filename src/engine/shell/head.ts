/** coreutils: src/head.c, src/tail.c. */
import { type Command, failed } from './command.ts'
import { filterInput, linesOf } from './filter-input.ts'

/** `head [-n N | -N] [FILE…]`; a negative N leaves out the last N lines. */
export const head: Command = ends('head', (lines, count) =>
  count.startsWith('-') ? lines.slice(0, Math.max(0, lines.length + Number(count))) : lines.slice(0, Number(count)),
)

/** `tail [-n N | -N] [FILE…]`; `+N` begins at line N. */
export const tail: Command = ends('tail', (lines, count) =>
  count.startsWith('+') ? lines.slice(Math.max(0, Number(count) - 1)) : Number(count) === 0 ? [] : lines.slice(-Math.abs(Number(count))),
)

function ends(tool: string, cut: (lines: string[], count: string) => string[]): Command {
  return (argv, context) => {
    let count = '10'
    const paths: string[] = []
    let quiet = false
    for (let i = 1; i < argv.length; i++) {
      const word = argv[i] ?? ''
      if (word === '-n') count = argv[++i] ?? ''
      else if (/^-n.|^--lines=/.test(word)) count = word.replace(/^-n|^--lines=/, '')
      else if (/^-\d+$/.test(word)) count = word.slice(1)
      else if (word === '-q') quiet = true
      else if (/^-./.test(word))
        return failed(`${tool}: invalid option -- '${word.slice(1, 2)}'\nTry '${tool} --help' for more information.`)
      else paths.push(word)
    }
    if (!/^[+-]?\d+$/.test(count)) return failed(`${tool}: invalid number of lines: ‘${count}’`)
    const { inputs, stderr: missing } = filterInput(tool, paths, context)
    const stderr = missing.replace(/^(\w+): (.*): (.*)$/gm, "$1: cannot open '$2' for reading: $3")
    const parts = inputs.map(
      ({ name, text }) =>
        (paths.length > 1 && !quiet ? `==> ${name} <==\n` : '') +
        cut(linesOf(text), count)
          .map((line) => `${line}\n`)
          .join(''),
    )
    return { stdout: parts.join(quiet ? '' : '\n'), stderr, code: stderr === '' ? 0 : 1, effects: [] }
  }
}
