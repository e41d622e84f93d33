/** Userspace: extensions/libipt_REJECT.c. Kernel: net/ipv4/netfilter/ipt_REJECT.c. */
import type { RejectWith } from '../hook.ts'
import { givenValue } from '../option.ts'
import type { Target, TargetExtension } from './target.ts'

/** Full name, and the short form that is accepted too. */
const KINDS: readonly (readonly [RejectWith, string])[] = [
  ['icmp-net-unreachable', 'net-unreach'],
  ['icmp-host-unreachable', 'host-unreach'],
  ['icmp-proto-unreachable', 'proto-unreach'],
  ['icmp-port-unreachable', 'port-unreach'],
  ['icmp-net-prohibited', 'net-prohib'],
  ['icmp-host-prohibited', 'host-prohib'],
  ['tcp-reset', 'tcp-rst'],
  ['icmp-admin-prohibited', 'admin-prohib'],
]

export interface RejectTarget extends Target {
  readonly name: 'REJECT'
  readonly with: RejectWith
}

/** `-j REJECT --reject-with KIND`: dropped, and the sender is told. */
export const extension: TargetExtension<RejectTarget> = {
  name: 'REJECT',
  tables: ['filter'],
  hooks: ['INPUT', 'FORWARD', 'OUTPUT'],
  options: [{ name: 'reject-with', values: 1 }],
  parse(given) {
    const text = givenValue(given, 'reject-with') ?? 'icmp-port-unreachable'
    const lower = text.toLowerCase()
    const kind = lower === '' ? undefined : KINDS.find(([name, short]) => name.startsWith(lower) || short.startsWith(lower))
    return kind ? { name: 'REJECT', with: kind[0] } : `unknown reject type "${text}"`
  },
  print: (target) => ` --reject-with ${target.with}`,
  list: (target) => `reject-with ${target.with}`,
  apply: (target, packet) => ({ kind: 'DROP', packet, reason: 'NETFILTER_DROP', reject: target.with }),
}
