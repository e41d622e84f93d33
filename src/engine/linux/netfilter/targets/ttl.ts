/** Userspace: extensions/libipt_TTL.c. Kernel: net/netfilter/xt_HL.c, ttl_tg(). */
import { givenOption, readInteger } from '../option.ts'
import type { Target, TargetExtension } from './target.ts'

const MODES = ['set', 'inc', 'dec'] as const
const WORDS = { set: 'set to', inc: 'increment by', dec: 'decrement by' } as const

export interface TtlTarget extends Target {
  readonly name: 'TTL'
  readonly mode: (typeof MODES)[number]
  readonly ttl: number
}

/** `-j TTL --ttl-set|--ttl-inc|--ttl-dec N`: it stays within 0 … 255. */
export const extension: TargetExtension<TtlTarget> = {
  name: 'TTL',
  tables: ['mangle'],
  hooks: null,
  options: [
    { name: 'ttl-set', values: 1, excludes: ['ttl-inc', 'ttl-dec'] },
    { name: 'ttl-dec', values: 1, excludes: ['ttl-set', 'ttl-inc'] },
    { name: 'ttl-inc', values: 1, excludes: ['ttl-set', 'ttl-dec'] },
  ],
  parse(given) {
    for (const mode of MODES) {
      const option = givenOption(given, `ttl-${mode}`)
      if (!option) continue
      const ttl = readInteger('TTL', option, 255, mode === 'set' ? 0 : 1)
      return typeof ttl === 'string' ? ttl : { name: 'TTL', mode, ttl }
    }
    return 'TTL: You must specify an action'
  },
  print: (target) => ` --ttl-${target.mode} ${target.ttl}`,
  list: (target) => `TTL ${WORDS[target.mode]} ${target.ttl}`,
  apply(target, packet) {
    const { network } = packet
    const wanted = target.mode === 'set' ? target.ttl : network.ttl + (target.mode === 'inc' ? target.ttl : -target.ttl)
    const ttl = Math.max(0, Math.min(255, wanted))
    return { kind: 'CONTINUE', packet: ttl === network.ttl ? packet : { ...packet, network: { ...network, ttl } } }
  },
}
