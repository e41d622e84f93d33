/** Userspace: extensions/libxt_NFQUEUE.c. Kernel: net/netfilter/xt_NFQUEUE.c, nf_queue.c. */
import { givenOption, readInteger, readIntegerRange } from '../option.ts'
import type { Target, TargetExtension } from './target.ts'

export interface NfqueueTarget extends Target {
  readonly name: 'NFQUEUE'
  readonly first: number
  /** How many queues share the packets; 1: no `--queue-balance`. */
  readonly total: number
  readonly bypass: boolean
  readonly cpuFanout: boolean
}

function describe(target: NfqueueTarget, dashes: string): string {
  const queue = dashes === '' ? '' : `${dashes}queue-`
  const which = target.total > 1 ? ` ${queue}balance ${target.first}:${target.first + target.total - 1}` : ` ${queue}num ${target.first}`
  return which + (target.bypass ? ` ${queue}bypass` : '') + (target.cpuFanout ? ` ${queue}cpu-fanout` : '')
}

/** `-j NFQUEUE`: to a program in userspace. None is listening: with `--queue-bypass` the packet is accepted, else it is dropped. */
export const extension: TargetExtension<NfqueueTarget> = {
  name: 'NFQUEUE',
  tables: null,
  hooks: null,
  options: [
    { name: 'queue-num', values: 1, excludes: ['queue-balance'] },
    { name: 'queue-balance', values: 1, excludes: ['queue-num'] },
    { name: 'queue-bypass', values: 0 },
    { name: 'queue-cpu-fanout', values: 0, also: 'queue-balance' },
  ],
  parse(given) {
    const numberOption = givenOption(given, 'queue-num')
    const number = numberOption ? readInteger('NFQUEUE', numberOption, 65535) : 0
    if (typeof number === 'string') return number
    const balanceOption = givenOption(given, 'queue-balance')
    const balance = balanceOption ? readIntegerRange('NFQUEUE', balanceOption, 65535) : { min: number, max: number }
    if (typeof balance === 'string') return balance
    if (balanceOption && !balanceOption.values[0]?.includes(':')) return `Bad range "${balanceOption.values[0]}"`
    if (balanceOption && balance.min >= balance.max) return `${balance.min} should be less than ${balance.max}`
    return {
      name: 'NFQUEUE',
      first: balance.min,
      total: balance.max - balance.min + 1,
      bypass: givenOption(given, 'queue-bypass') !== undefined,
      cpuFanout: givenOption(given, 'queue-cpu-fanout') !== undefined,
    }
  },
  check: (target) => (target.first + target.total - 1 > 65535 || target.total > 65535 ? 'Invalid argument' : null),
  print: (target) => describe(target, '--'),
  list: (target) => `NFQUEUE${describe(target, '')}`,
  apply(target, packet) {
    // Nobody listens: nf_queue() frees the packet, and its sender hears nothing.
    return target.bypass ? { kind: 'ACCEPT', packet } : { kind: 'DROP', packet, reason: 'NOT_SPECIFIED', reject: null }
  },
}
