/** Userspace: extensions/libxt_LOG.c. Kernel: net/netfilter/xt_LOG.c. Nothing reads the log: the packet goes on. */
import { givenOption, givenValue, parseUnsigned, quoteWord } from '../option.ts'
import type { Target, TargetExtension } from './target.ts'

const LEVELS = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug']
/** How `iptables -L` calls the levels. */
const LISTED = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug']
const FLAGS = ['log-tcp-sequence', 'log-tcp-options', 'log-ip-options', 'log-uid', 'log-macdecode']
/** Bits of the flags as `iptables -L -n` shows them. */
const FLAG_BITS = [1, 2, 4, 8, 32]

const PREFIX_LENGTH = 29

export interface LogTarget extends Target {
  readonly name: 'LOG'
  readonly prefix: string
  readonly level: number
  readonly flags: readonly string[]
}

function parseLevel(text: string): number | null {
  const number = parseUnsigned(text, 7)
  if (number !== null) return number
  const named = text === 'panic' ? 0 : LEVELS.indexOf(text)
  return named >= 0 ? named : null
}

/** `-j LOG --log-prefix --log-level`. */
export const extension: TargetExtension<LogTarget> = {
  name: 'LOG',
  tables: null,
  hooks: null,
  options: [{ name: 'log-prefix', values: 1 }, { name: 'log-level', values: 1 }, ...FLAGS.map((name) => ({ name, values: 0 as const }))],
  parse(given) {
    const text = givenValue(given, 'log-prefix')
    if (text === '') return 'Argument must have a minimum length of 1 characters\n'
    const prefix = (text ?? '').slice(0, PREFIX_LENGTH)
    const levelText = givenValue(given, 'log-level') ?? '4'
    const level = parseLevel(levelText)
    if (level === null) return `log level "${levelText}" unknown\n`
    return { name: 'LOG', prefix, level, flags: FLAGS.filter((flag) => givenOption(given, flag)) }
  },
  print(target) {
    const prefix = target.prefix === '' ? '' : ` --log-prefix ${quoteWord(target.prefix)}`
    return prefix + (target.level === 4 ? '' : ` --log-level ${target.level}`) + target.flags.map((flag) => ` --${flag}`).join('')
  },
  list(target, numeric) {
    let bits = 0
    FLAGS.forEach((flag, i) => {
      if (target.flags.includes(flag)) bits |= FLAG_BITS[i] ?? 0
    })
    const words = target.flags.map((flag) => ` ${flag.slice(4)}`).join('')
    const level = numeric ? ` flags ${bits} level ${target.level}` : ` level ${LISTED[target.level]}`
    return `LOG${level}${numeric ? '' : words}${target.prefix === '' ? '' : ` prefix "${target.prefix}"`}`
  },
  apply: (_target, packet) => ({ kind: 'CONTINUE', packet }),
}
