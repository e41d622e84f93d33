/** What every iptables target extension provides. One file a target; `list.ts` finds them. Kernel: struct xt_target. */
import type { IpPacket } from '../../../net/packet.ts'
import type { DropReason } from '../../drop-reason.ts'
import type { RejectWith } from '../hook.ts'
import type { KernelRefusal, PacketContext } from '../matches/match.ts'
import type { GivenOption, OptionSpec } from '../option.ts'
import type { Hook, Rule, Table } from '../rule.ts'

/** The data of one `-j NAME …`. A jump or goto to a user chain is `{name: 'jump', chain, goto}`. */
export interface Target {
  readonly name: string
}

/** What a target decides. CONTINUE: the next rule is tried, with `packet` as it is now. */
export type TargetVerdict =
  | { readonly kind: 'ACCEPT' | 'CONTINUE' | 'RETURN'; readonly packet: IpPacket }
  | { readonly kind: 'DROP'; readonly packet: IpPacket; readonly reason: DropReason; readonly reject: RejectWith | null }
  | { readonly kind: 'UNSUPPORTED'; readonly packet: IpPacket }

/** One target extension. `tables` and `hooks`: where the kernel allows it (null: everywhere). */
export interface TargetExtension<T extends Target> {
  readonly name: string
  readonly tables: readonly Table[] | null
  readonly hooks: readonly Hook[] | null
  readonly options: readonly OptionSpec[]
  /** Ways to write it, as iptables-save prints them: where generated rules and labs have none of their own for it, they draw from these. */
  readonly examples?: readonly string[]
  /** Not modelled: its options are kept as they were written. */
  readonly keepsText?: true
  readonly needsConntrack?: boolean
  /** Where that depends on the options. */
  asksConntrack?(target: T): boolean
  /** The protocol that the kernel demands of the rule. */
  readonly protocol?: number
  /** The sets it changes or looks into. */
  sets?(target: T): readonly string[]
  /** Why the kernel would refuse it in this place (xt_check_target()); null: it takes it. `hook`: null in a chain of the user's. */
  check?(target: T, place: { readonly table: Table; readonly hook: Hook | null }): KernelRefusal | null
  /** What it asks before libxtables asks whether options fit together (`x6_fcheck`); null: nothing is missing. */
  finalCheck?(given: readonly GivenOption[]): string | null
  parse(given: readonly GivenOption[], protocol: number): T | string
  /** The options as iptables-save prints them, each preceded by a space; without `-j NAME`. */
  print(target: T): string
  /** As `iptables -L` words it. */
  list(target: T, numeric: boolean): string
  apply(target: T, packet: IpPacket, context: PacketContext, rule: Rule): TargetVerdict
}
