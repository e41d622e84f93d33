/** How commands hand over to programs that need virtual time. */
import { type CommandResult, failed, type ShellContext, type Spawn } from './command.ts'

/** An address in square brackets, as in a URL, or one with two colons at least. */
const IPV6 = /^\[?[\da-f]*:[\da-f:.]*:[\da-f.]*(%\w+)?\]?$/i

/** The place that a program's configuration names, whatever it calls it. */
function placeOf(options: unknown): string {
  const { host, server, name } = { ...(options as { readonly host?: unknown; readonly server?: unknown; readonly name?: unknown }) }
  return [host, server, name].map((one) => (typeof one === 'string' ? one : '')).find((one) => IPV6.test(one)) ?? ''
}

/** Runs the program to its end; where time cannot pass (while scripts load), or to where no IPv4 goes, says so. */
export function startProgram(context: ShellContext, spawn: Spawn): CommandResult {
  const place = placeOf(spawn.options)
  if (place !== '') return failed(`${spawn.program}: ${place}: IPv6 is not modelled`)
  if (context.spawn === null) return failed(`${spawn.program}: no packets can be sent while scripts are loaded`, 1)
  return context.spawn(context.netns, spawn)
}

/** Options in getopt(3) style. `withValue`: letters that take one. Long options are handed over whole. */
export interface ReadOptions {
  readonly flags: readonly string[]
  readonly values: ReadonlyMap<string, readonly string[]>
  readonly words: readonly string[]
}

/** Reads short options (`-c1`, `-c 1`, `-zv`) and words; the offending letter when one is unknown. */
export function readOptions(
  argv: readonly string[],
  flags: string,
  withValue: string,
): ReadOptions | { readonly unknown: string } | { readonly missing: string } {
  const given: string[] = []
  const values = new Map<string, string[]>()
  const words: string[] = []
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '--') {
      words.push(...argv.slice(i + 1))
      break
    }
    if (!/^-[^-]/.test(word)) {
      words.push(word)
      continue
    }
    for (let j = 1; j < word.length; j++) {
      const letter = word.charAt(j)
      if (withValue.includes(letter)) {
        const value = j + 1 < word.length ? word.slice(j + 1) : argv[++i]
        if (value === undefined) return { missing: letter }
        values.set(letter, [...(values.get(letter) ?? []), value])
        break
      }
      if (!flags.includes(letter)) return { unknown: letter }
      given.push(letter)
    }
  }
  return { flags: given, values, words }
}
