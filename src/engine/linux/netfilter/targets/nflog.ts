/** Userspace: extensions/libxt_NFLOG.c. Kernel: net/netfilter/xt_NFLOG.c. Nobody listens to the log: the packet goes on. */
import { givenOption, givenValue, quoteWord, readInteger } from '../option.ts'
import type { Target, TargetExtension } from './target.ts'

export interface NflogTarget extends Target {
  readonly name: 'NFLOG'
  readonly prefix: string
  readonly group: number
  /** Bytes to copy; null: all. */
  readonly size: number | null
  readonly threshold: number
}

/** The threshold that is not worth printing (`XT_NFLOG_DEFAULT_THRESHOLD`). */
const DEFAULT_THRESHOLD = 0

function describe(target: NflogTarget, dashes: string): string {
  return (
    (target.prefix === '' ? '' : ` ${dashes}nflog-prefix ${quoteWord(target.prefix)}`) +
    (target.group === 0 ? '' : ` ${dashes}nflog-group ${target.group}`) +
    (target.size === null ? '' : ` ${dashes}nflog-size ${target.size}`) +
    (target.threshold === DEFAULT_THRESHOLD ? '' : ` ${dashes}nflog-threshold ${target.threshold}`)
  )
}

/** `-j NFLOG --nflog-group --nflog-prefix --nflog-size --nflog-threshold`. */
export const extension: TargetExtension<NflogTarget> = {
  name: 'NFLOG',
  tables: null,
  hooks: null,
  options: [
    { name: 'nflog-group', values: 1 },
    { name: 'nflog-prefix', values: 1 },
    { name: 'nflog-size', values: 1 },
    { name: 'nflog-threshold', values: 1 },
  ],
  parse(given) {
    const number = (name: string, max: number) => {
      const option = givenOption(given, name)
      return option ? readInteger('NFLOG', option, max) : null
    }
    const group = number('nflog-group', 65535)
    if (typeof group === 'string') return group
    const size = number('nflog-size', 0xffffffff)
    if (typeof size === 'string') return size
    const threshold = number('nflog-threshold', 65535)
    if (typeof threshold === 'string') return threshold
    const prefix = givenValue(given, 'nflog-prefix') ?? ''
    return { name: 'NFLOG', prefix, group: group ?? 0, size, threshold: threshold ?? DEFAULT_THRESHOLD }
  },
  print: (target) => describe(target, '--'),
  list: (target) => describe(target, '').trimStart(),
  apply: (_target, packet) => ({ kind: 'CONTINUE', packet }),
}
