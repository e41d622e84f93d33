/** Userspace: extensions/libipt_ttl.c. Kernel: net/netfilter/xt_hl.c, ttl_mt(). */
import { givenOption, readInteger } from '../option.ts'
import type { Match, MatchExtension } from './match.ts'

const OPTIONS = ['ttl-eq', 'ttl-lt', 'ttl-gt'] as const

export interface TtlMatch extends Match {
  readonly name: 'ttl'
  readonly mode: 'eq' | 'ne' | 'lt' | 'gt'
  readonly ttl: number
}

const SIGNS = { eq: '==', ne: '!=', lt: '<', gt: '>' } as const

/** `-m ttl --ttl-eq|--ttl-lt|--ttl-gt TTL`. */
export const extension: MatchExtension<TtlMatch> = {
  name: 'ttl',
  options: [
    { name: 'ttl-lt', values: 1, excludes: ['ttl-gt', 'ttl-eq'] },
    { name: 'ttl-gt', values: 1, excludes: ['ttl-lt', 'ttl-eq'] },
    { name: 'ttl-eq', aliases: ['ttl'], values: 1, invertible: true, excludes: ['ttl-lt', 'ttl-gt'] },
  ],
  parse(given) {
    for (const name of OPTIONS) {
      const option = givenOption(given, name)
      if (!option) continue
      const value = readInteger('ttl', option, 255)
      if (typeof value === 'string') return value
      const mode = name === 'ttl-lt' ? 'lt' : name === 'ttl-gt' ? 'gt' : option.not ? 'ne' : 'eq'
      return { name: 'ttl', mode, ttl: value }
    }
    return "TTL match: You must specify one of `--ttl-eq', `--ttl-lt', `--ttl-gt"
  },
  print: (m) => (m.mode === 'ne' ? ` ! --ttl-eq ${m.ttl}` : ` --ttl-${m.mode} ${m.ttl}`),
  list: (m) => `TTL match TTL ${SIGNS[m.mode]} ${m.ttl}`,
  match(m, packet) {
    const { ttl } = packet.network
    if (m.mode === 'eq') return ttl === m.ttl
    if (m.mode === 'ne') return ttl !== m.ttl
    return m.mode === 'lt' ? ttl < m.ttl : ttl > m.ttl
  },
  actual: ({ network }) => `the ttl is ${network.ttl}`,
}
