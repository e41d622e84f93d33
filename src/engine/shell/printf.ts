/** bash: builtins/printf.def. */
import { type Command, failed, printed } from './command.ts'
import { unescapeText } from './escapes.ts'

const USAGE = 'printf: usage: printf [-v var] format [arguments]'

/** `printf FORMAT [ARGUMENT…]`: the format is used again while arguments remain. Conversions %s %b %d %i %x %c and %%, with width. */
export const printf: Command = (argv) => {
  const first = argv[1]
  if (first?.startsWith('-v')) return failed('bash: printf: -v is not modelled', 2)
  if (first !== undefined && first !== '--' && /^-./.test(first))
    return failed(`bash: printf: ${first.slice(0, 2)}: invalid option\n${USAGE}`, 2)
  const [format, ...rest] = argv.slice(first === '--' ? 2 : 1)
  if (format === undefined) return failed(USAGE, 2)
  let stdout = ''
  let stderr = ''
  do {
    const before = rest.length
    for (const piece of format.match(/%%|%[^a-zA-Z%]*[a-zA-Z]|[^%]+|%/gs) ?? []) {
      const conversion = /^%([-0]*)(\d*)(?:\.(\d+))?([a-zA-Z])$/.exec(piece)
      if (!conversion) {
        stdout += unescapeText(piece === '%%' ? '%' : piece)
        continue
      }
      const [, flags = '', width = '', precision, letter = ''] = conversion
      const argument = rest.shift()
      const value = convert(letter, argument, precision)
      if (value === null) return { ...failed(`bash: printf: \`${letter}': invalid format character`), stdout }
      if ('dix'.includes(letter) && argument !== undefined && !/^[+-]?(\d+|0x[\da-fA-F]+)$/.test(argument))
        stderr += `bash: printf: ${argument}: invalid number\n`
      const pad = flags.includes('0') && 'dix'.includes(letter) ? '0' : ' '
      stdout += flags.includes('-') ? value.padEnd(Number(width)) : value.padStart(Number(width), pad)
    }
    if (rest.length === before) break
  } while (rest.length > 0)
  return { ...printed(stdout), stderr, code: stderr === '' ? 0 : 1 }
}

function convert(letter: string, argument: string | undefined, precision: string | undefined): string | null {
  const text = argument ?? ''
  if (letter === 's') return precision === undefined ? text : text.slice(0, Number(precision))
  if (letter === 'b') return unescapeText(text)
  if (letter === 'c') return text.slice(0, 1)
  const number = Number(text)
  const integer = Number.isFinite(number) ? Math.trunc(number) : 0
  if (letter === 'd' || letter === 'i') return String(integer)
  return letter === 'x' ? integer.toString(16) : null
}
