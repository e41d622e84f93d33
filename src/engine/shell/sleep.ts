/** GNU coreutils 9.1: src/sleep.c. Lets virtual time pass. */
import { type Command, failed, printed } from './command.ts'
import type { SleepOptions } from './spawn.ts'

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }
const TRY = "Try 'sleep --help' for more information."

/** `sleep NUMBER[smhd]…`: the numbers add up. */
export const sleep: Command = (argv, context) => {
  const words = argv.slice(1)
  if (words.length === 0) return failed(`sleep: missing operand\n${TRY}`)
  const times = words.map((word) => /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(word))
  const bad = words.filter((_word, i) => times[i] === null)
  const option = bad.find((word) => /^-./.test(word))
  if (option !== undefined) return failed(`sleep: invalid option -- '${option.charAt(1)}'\n${TRY}`)
  if (bad.length > 0) return failed(`${bad.map((word) => `sleep: invalid time interval ‘${word}’\n`).join('')}${TRY}`)
  const seconds = times.reduce((sum, time) => sum + Number(time?.[1] ?? 0) * (UNITS[time?.[2] ?? ''] ?? 1), 0)
  if (seconds === 0) return printed('')
  if (context.spawn === null) return failed('sleep: no time passes while scripts are loaded, or inside a walk')
  return context.spawn(context.netns, { program: 'sleep', options: { ms: seconds * 1000 } satisfies SleepOptions })
}
