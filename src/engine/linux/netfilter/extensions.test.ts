import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseIptables } from './iptables-command.ts'
import { isIptablesError } from './iptables-error.ts'
import { printRule } from './iptables-text.ts'
import { MATCHES } from './matches/list.ts'
import { splitWords } from './split-words.ts'
import { TARGETS } from './targets/list.ts'
import { KNOWN_MATCHES, KNOWN_TARGETS } from './unmodelled.ts'

/** The files of a folder that declare an extension, whatever they are called. */
function extensionFiles(folder: 'matches' | 'targets'): string[] {
  const files = readdirSync(`${import.meta.dirname}/${folder}`).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  return files.filter((name) => /^export const \w+: \w+Extension</m.test(readFileSync(`${import.meta.dirname}/${folder}/${name}`, 'utf8')))
}

const modelled = (map: ReadonlyMap<string, { readonly name: string; readonly keepsText?: true }>): string[] =>
  [...map.values()].flatMap(({ name, keepsText }) => (keepsText ? [] : [name]))

describe.each([
  ['matches', MATCHES, KNOWN_MATCHES],
  ['targets', TARGETS, KNOWN_TARGETS],
] as const)('%s', (folder, map, known) => {
  it('every file is found, by the name of its extension', () => {
    expect(
      modelled(map)
        .map((name) => (folder === 'targets' ? `${name.toLowerCase()}.ts` : `${name}.ts`))
        .sort(),
    ).toEqual(extensionFiles(folder).sort())
  })

  it('what has no file keeps its text', () => {
    const rest = [...map.values()].filter(({ keepsText }) => keepsText).map(({ name }) => name)
    expect(rest.length).toBeGreaterThan(5)
    for (const name of rest) expect(known).toContain(name)
  })
})

const EXAMPLES = [
  ...[...MATCHES.values()].flatMap(({ name, examples = [] }) =>
    examples.map((text) => ['filter', `-m ${name} ${text} -j ACCEPT`] as const),
  ),
  ...[...TARGETS.values()].flatMap(({ name, tables, examples = [] }) =>
    examples.map((text) => [tables?.[0] ?? 'filter', `-j ${name} ${text}`.trimEnd()] as const),
  ),
]

describe('examples of extensions', () => {
  it.each(EXAMPLES)('%s: %s is printed as it was written', (table, text) => {
    const line = `-A X ${text}`
    const command = parseIptables(splitWords(line), null, table)
    if (isIptablesError(command)) throw new Error(command.message)
    expect(command.rules.map((rule) => printRule('X', rule))).toEqual([line])
  })
})
