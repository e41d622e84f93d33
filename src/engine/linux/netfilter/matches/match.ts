/** What every iptables match extension provides. One file a match; `list.ts` finds them. Kernel: struct xt_match; userspace: struct xtables_match. */
import type { IpPacket } from '../../../net/packet.ts'
import type { NetNs } from '../../netns.ts'
import type { ZoneTemplate } from '../conntrack-zone.ts'
import type { HookState } from '../hook.ts'
import type { GivenOption, OptionSpec } from '../option.ts'
import type { Hook, Table } from '../rule.ts'

/** The data of one `-m NAME …` of one rule. Plain data; each extension adds its own fields. */
export interface Match {
  readonly name: string
}

/** Where a packet is when a match or target looks at it. One object per hook call. */
export interface PacketContext {
  readonly ns: NetNs
  readonly hook: Hook
  readonly state: HookState
  /** The table that is running. */
  table: Table
  /** The zone that `-j CT` gave the packet; conntrack reads it. */
  zone: ZoneTemplate | null
  /** The rule that is running: its chain and 1-based place; set before a target is applied. */
  chain: string
  index: number
}

/** `unsupported`: a real extension that is not modelled; the packet's fate is unknown from here. */
export type MatchResult = boolean | 'unsupported'

/** Why the kernel refuses a rule, in words of errno. */
export type KernelRefusal = 'Invalid argument' | 'No such file or directory' | 'Operation not supported'

/** One match extension. `parse` takes the options given and returns the data, or the error as iptables words it. */
export interface MatchExtension<M extends Match> {
  readonly name: string
  readonly options: readonly OptionSpec[]
  /** Ways to write it, as iptables-save prints them: where generated rules and labs have none of their own for it, they draw from these. */
  readonly examples?: readonly string[]
  /** Not modelled: its options are kept as they were written. */
  readonly keepsText?: true
  /** Its answer changes something or was drawn, so that nobody can ask it again: what it then had said no for. */
  readonly askedOnce?: string
  /** Its data count or fill up while packets pass: every rule has data of its own. State kept by name in the namespace is none of the rule's. */
  readonly remembers?: true
  /** Does a rule that uses it turn connection tracking on (nf_ct_netns_get)? */
  readonly needsConntrack?: boolean
  /** The protocol (IANA number) that the rule must have, and what the tool says otherwise. */
  readonly requires?: { readonly protocol: number; readonly error: string }
  /** Hooks where it makes sense; absent: everywhere. */
  readonly hooks?: readonly Hook[]
  /** Tables that may use it; absent: all. */
  readonly tables?: readonly Table[]
  /** The protocol that the kernel demands of the rule. */
  readonly protocol?: number
  /** The sets it looks into. */
  sets?(match: M): readonly string[]
  /** Why the kernel would refuse it in this place (xt_check_match()); null: it takes it. `hook`: null in a chain of the user's. */
  check?(match: M, hook: Hook | null): KernelRefusal | null
  /** What it asks before libxtables asks whether options fit together (`x6_fcheck`); null: nothing is missing. */
  finalCheck?(given: readonly GivenOption[]): string | null
  parse(given: readonly GivenOption[], protocol: number): M | string
  /** The options as iptables-save prints them, each preceded by a space; without `-m NAME`. */
  print(match: M): string
  /** As `iptables -L` words it. */
  list(match: M, numeric: boolean): string
  /** What the packet has of that which the match looks at, for a person who asks why it did not match. */
  actual?(packet: IpPacket, context: PacketContext): string
  /** Takes the packet and where it is. Must not allocate: it runs for every packet that reaches the rule. */
  match(match: M, packet: IpPacket, context: PacketContext): MatchResult
}
