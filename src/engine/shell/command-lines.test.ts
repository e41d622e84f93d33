/**
 * What each command makes of its command line, word for word: the options that reach the programs which take virtual time, and what is said of those that
 * are refused or not modelled, for which there is no real tool to ask. `UPDATE_GOLDEN=1` writes the file anew.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { testTerminal } from './test-machine.ts'

const FILE = 'src/engine/shell/testdata/command-lines.txt'

/** A machine for each block of lines; `$` and a command, then what it printed or started. */
function typed(text: string): string {
  return text
    .split(/^# .*\n/m)
    .slice(1)
    .map((block) => {
      const { see, spawned } = testTerminal()
      const lines = block.split('\n').filter((line) => line.startsWith('$ '))
      return lines
        .map((line) => {
          const [before, seen] = [spawned.length, see(line.slice(2))]
          return `${line}\n${seen === '' || seen.endsWith('\n') ? seen : `${seen}\n`}${spawned.slice(before).map(startedText).join('')}`
        })
        .join('')
    })
    .map((block) => `# a machine\n${block}`)
    .join('')
}

/** The name servers are tested elsewhere. */
function startedText({ program, options }: { readonly program: string; readonly options: unknown }): string {
  return `runs ${program} ${JSON.stringify(options, (key, value: unknown) => (key === 'resolver' ? undefined : value))}\n`
}

it('says what it makes of each command line', () => {
  const text = readFileSync(FILE, 'utf8')
  const seen = typed(text)
  if (process.env.UPDATE_GOLDEN) writeFileSync(FILE, seen)
  expect(seen).toBe(text)
})
