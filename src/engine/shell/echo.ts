/** bash: builtins/echo.def. */
import { type Command, printed } from './command.ts'
import { unescapeText } from './escapes.ts'

/** `echo [-n] [-e] [-E] WORD…`. */
export const echo: Command = (argv) => {
  let at = 1
  let newline = true
  let escapes = false
  for (; /^-[neE]+$/.test(argv[at] ?? ''); at++) {
    for (const flag of (argv[at] ?? '').slice(1)) {
      if (flag === 'n') newline = false
      else escapes = flag === 'e'
    }
  }
  const text = argv.slice(at).join(' ')
  return printed((escapes ? unescapeText(text) : text) + (newline ? '\n' : ''))
}
