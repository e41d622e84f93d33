/** GNU grep 3.8. */
import { type Command, type CommandResult, failed } from './command.ts'
import { filterInput, linesOf } from './filter-input.ts'

/** `grep [-icnvowxqhlLsEFe] [-A N] [-B N] PATTERN [FILE…]`; basic and extended expressions. */
export const grep: Command = (argv, context) => {
  const flags = new Set<string>()
  const words: string[] = []
  const patterns: string[] = []
  const around = { A: 0, B: 0 }
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? ''
    const contextOption = /^-([a-z]*)([ABC])(\d*)$/.exec(word)
    if (contextOption) {
      const lines = Number(contextOption[3] || argv[++i])
      if (contextOption[2] !== 'B') around.A = lines
      if (contextOption[2] !== 'A') around.B = lines
      for (const flag of contextOption[1] ?? '') flags.add(flag)
    } else if (word === '-e') {
      const pattern = argv[++i]
      if (pattern === undefined) return usage("grep: option requires an argument -- 'e'\n")
      patterns.push(pattern)
    } else if (word === '--') {
      words.push(...argv.slice(i + 1))
      break
    } else if (/^-[a-zA-Z]+$/.test(word)) for (const flag of word.slice(1)) flags.add(flag)
    else words.push(word)
  }
  const unknown = [...flags].find((flag) => !'icnvowxqEFPhsylL'.includes(flag))
  if (unknown !== undefined)
    return usage(`grep: invalid option -- '${unknown}'
`)
  if (patterns.length === 0) {
    const pattern = words.shift()
    if (pattern === undefined) return usage('')
    patterns.push(pattern)
  }
  const expression = compile(patterns, flags)
  if (expression === null) return failed('grep: Invalid regular expression', 2)
  const { inputs, stderr: missing } = filterInput('grep', words, context)
  const stderr = flags.has('s') ? '' : missing
  let stdout = ''
  let found = false
  for (const { name, text } of inputs) {
    const result = select(linesOf(text), { expression, flags, around, prefix: words.length > 1 && !flags.has('h') ? name : '' })
    found ||= result.found
    if (flags.has('l') || flags.has('L')) {
      if (result.found === flags.has('l')) stdout += `${name === '' ? '(standard input)' : name}\n`
      continue
    }
    if (stdout !== '' && result.stdout !== '' && around.A + around.B > 0) stdout += '--\n'
    stdout += result.stdout
  }
  return { stdout: flags.has('q') ? '' : stdout, stderr, code: missing !== '' ? 2 : found ? 0 : 1, effects: [] }
}

function usage(complaint: string): CommandResult {
  return failed(`${complaint}Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.`, 2)
}

/** Basic expressions escape what extended ones do not. Null: not an expression. */
function compile(patterns: readonly string[], flags: ReadonlySet<string>): RegExp | null {
  const sources = patterns.map((pattern) => {
    if (flags.has('F')) return pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    const source =
      flags.has('E') || flags.has('P')
        ? pattern
        : pattern.replace(
            /\\([|(){}+?])|([|(){}+?])/g,
            (_all, escaped: string | undefined, plain: string | undefined) => escaped ?? `\\${plain}`,
          )
    return source.replaceAll('[[:space:]]', '\\s').replaceAll('[[:digit:]]', '\\d').replaceAll('\\<', '\\b').replaceAll('\\>', '\\b')
  })
  const whole = sources
    .map((source) => (flags.has('x') ? `^(?:${source})$` : flags.has('w') ? `(?<!\\w)(?:${source})(?!\\w)` : `(?:${source})`))
    .join('|')
  try {
    return new RegExp(whole, flags.has('i') || flags.has('y') ? 'gi' : 'g')
  } catch {
    return null
  }
}

interface Search {
  readonly expression: RegExp
  readonly flags: ReadonlySet<string>
  /** Lines of context after and before. */
  readonly around: { readonly A: number; readonly B: number }
  /** The file's name, where there are several. */
  readonly prefix: string
}

function select(
  lines: readonly string[],
  { expression, flags, around, prefix }: Search,
): { readonly stdout: string; readonly found: boolean } {
  const hits = new Set<number>()
  for (const [i, line] of lines.entries()) {
    expression.lastIndex = 0
    if (expression.test(line) !== flags.has('v')) hits.add(i)
  }
  if (flags.has('c')) return { stdout: `${prefix === '' ? '' : `${prefix}:`}${hits.size}\n`, found: hits.size > 0 }
  let stdout = ''
  let last = -1
  for (const [i, line] of lines.entries()) {
    const near = hits.has(i) || [...hits].some((hit) => i >= hit - around.B && i <= hit + around.A)
    if (!near) continue
    if (last >= 0 && i > last + 1 && around.A + around.B > 0) stdout += '--\n'
    last = i
    const mark = hits.has(i) ? ':' : '-'
    const place = `${prefix === '' ? '' : `${prefix}${mark}`}${flags.has('n') ? `${i + 1}${mark}` : ''}`
    if (flags.has('o'))
      stdout += (line.match(expression) ?? [])
        .filter((match) => match !== '')
        .map((match) => `${place}${match}\n`)
        .join('')
    else stdout += `${place}${line}\n`
  }
  return { stdout, found: hits.size > 0 }
}
