/** procps 4.0.2: src/sysctl.c. */
import type { NetNs } from '../linux/netns.ts'
import { isUnmodelled, setSysctl, sysctlNames, sysctlText } from '../linux/sysctl.ts'
import { type Command, failed } from './command.ts'
import { readFile } from './files.ts'
import { linesOf } from './filter-input.ts'

interface Options {
  readonly values: boolean
  readonly names: boolean
  readonly quiet: boolean
  readonly ignore: boolean
  readonly write: boolean
}

const NO_VARIABLES = "sysctl: no variables specified\nTry `sysctl --help' for more information."

/** `sysctl [-n] [-N] [-q] [-e] [-w] KEY[=VALUE]…`, `sysctl -a [-r PATTERN]`, `sysctl -p [FILE]`. */
export const sysctlCommand: Command = (argv, context) => {
  let flags = ''
  let pattern: string | null = null
  const words: string[] = []
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? ''
    const before = /^-([a-zA-Z]*)r$/.exec(word)?.[1]
    if (before !== undefined || word === '--pattern') {
      pattern = argv[++i] ?? ''
      flags += before ?? ''
    } else if (word === '--all') flags += 'a'
    else if (word === '--write') flags += 'w'
    else if (word === '--values') flags += 'n'
    else if (word === '--quiet') flags += 'q'
    else if (word === '--ignore') flags += 'e'
    else if (word === '--system') flags += 'S'
    else if (/^-[a-zA-Z]+$/.test(word)) flags += word.slice(1)
    else words.push(word)
  }
  const unknown = /[^anNqewpfAXoxS]/.exec(flags)
  if (unknown) return failed(`sysctl: invalid option -- '${unknown[0]}'\n\nUsage:\n sysctl [options] [variable[=value] ...]`)
  const options = {
    values: flags.includes('n'),
    names: flags.includes('N'),
    quiet: flags.includes('q'),
    ignore: flags.includes('e'),
    write: flags.includes('w'),
  }
  if (/[aAX]/.test(flags)) return listAll(context.netns, options, pattern)
  if (flags.includes('S')) return failed('sysctl: --system is not modelled')
  if (/[pf]/.test(flags)) {
    const path = words[0] ?? '/etc/sysctl.conf'
    const text = readFile(context, path)
    if (text === null) return failed(`sysctl: cannot open "${path}": No such file or directory`)
    return setAll(
      linesOf(text)
        .filter((line) => !/^\s*([#;]|$)/.test(line))
        .map((line) =>
          line
            .replace(/^\s*-?/, '')
            .replace(/\s*=\s*/, '=')
            .trim(),
        ),
      context.netns,
      { ...options, write: true },
    )
  }
  if (words.length === 0) return failed(NO_VARIABLES)
  return setAll(words, context.netns, options)
}

function listAll(ns: NetNs, options: Options, pattern: string | null): ReturnType<Command> {
  let expression: RegExp
  try {
    expression = new RegExp(pattern ?? '')
  } catch {
    return failed(`sysctl: invalid regular expression`)
  }
  const lines = sysctlNames(ns)
    .filter((name) => expression.test(name))
    .map((name) => line(name, sysctlText(ns, name) ?? '', options))
  return { stdout: lines.join(''), stderr: '', code: 0, effects: [] }
}

function line(name: string, value: string, options: Options): string {
  if (options.names) return `${name}\n`
  return options.values ? `${value}\n` : `${name} = ${value}\n`
}

/** Reads or writes each variable; goes on after an error, as the tool does. */
function setAll(words: readonly string[], ns: NetNs, options: Options): ReturnType<Command> {
  let stdout = ''
  let stderr = ''
  let skipped = false
  for (const word of words) {
    const equals = word.indexOf('=')
    // parse_setting_line(): no line of a file.
    if ((options.write || equals >= 0) && (word.trim().length < 2 || /^[#;]/.test(word))) {
      skipped = true
      continue
    }
    if (equals === 0) {
      stderr += 'sysctl: Path is not under /proc/sys/: /proc/sys/\n'
      continue
    }
    if (equals < 0 && options.write) {
      stderr += 'sysctl: command line(0): invalid syntax, continuing...\n'
      continue
    }
    const given = equals < 0 ? word : word.slice(0, equals)
    const path = procPath(given)
    const name = exchanged(path)
    const before = sysctlText(ns, name)
    if (before === null) {
      if (!options.ignore) stderr += `sysctl: cannot stat /proc/sys/${path}: No such file or directory\n`
      continue
    }
    if (equals < 0) {
      stdout += line(name, before, options)
      continue
    }
    const value = word.slice(equals + 1)
    if (isUnmodelled(name, value)) {
      stderr += `sysctl: ${name}=${value} is not modelled\n`
      continue
    }
    // Every key modelled holds integers, one or several.
    if (!/^\s*-?\d+(\s+-?\d+)*\s*$/.test(value) || !setSysctl(ns, name, value.trim()))
      stderr += `sysctl: setting key "${name}": Invalid argument\n`
    else if (!options.quiet) stdout += line(name, value, options)
  }
  return { stdout, stderr, code: stderr === '' && !skipped ? 0 : 1, effects: [] }
}

/** slashdot(): a name written with slashes is a path already; in a dotted one, slashes stand for dots. */
function procPath(name: string): string {
  const first = /[./]/.exec(name)?.[0]
  return first === '/' ? name : exchanged(name)
}

/** With dots for slashes and slashes for dots. */
function exchanged(name: string): string {
  if (!name.includes('/')) return name.replaceAll('.', '/')
  return name.includes('.') ? name.replace(/[./]/g, (c) => (c === '.' ? '/' : '.')) : name.replaceAll('/', '.')
}
