/** Kernel: net/ipv4/netfilter/ip_tables.c, ipt_do_table(). Runs one table's chains over one packet. */

import type { Packet } from '../../net/packet.ts'
import { ipLength } from '../../net/packet-length.ts'
import type { RejectWith } from './hook.ts'
import { interfaceMatches } from './interface-name.ts'
import { MATCHES } from './matches/list.ts'
import type { Match, PacketContext } from './matches/match.ts'
import { type TcpMatch, tcp } from './matches/tcp.ts'
import type { Chain, IptTable } from './netfilter.ts'
import type { Rule } from './rule.ts'
import { ruleRef } from './rule-ref.ts'
import { TARGETS } from './targets/list.ts'
import { isJump } from './targets/standard.ts'

export interface TableVerdict {
  readonly kind: 'ACCEPT' | 'DROP' | 'UNSUPPORTED'
  readonly packet: Packet
  /** The rule that decided; null for a chain's policy. */
  readonly rule: Rule | null
  /** Where it stands. */
  readonly chain: string
  readonly index: number
  readonly reject: RejectWith | null
}

interface Frame {
  readonly chain: Chain
  /** Index of the rule to go on with. */
  readonly next: number
}

/** Does the rule's match list hold? Unmodelled matches only count when all the others hold. */
function matchesAll(matches: readonly Match[], packet: Packet, context: PacketContext): boolean | 'unsupported' {
  let unsupported = false
  for (let i = 0; i < matches.length; i++) {
    const match = matches[i] as Match
    if (match.name === 'tcp') {
      if (!tcp.match(match as TcpMatch, packet, context)) return false
      continue
    }
    if (match.name === 'comment') continue
    const result = MATCHES.get(match.name)?.match(match, packet, context) ?? 'unsupported'
    if (result === false) return false
    if (result === 'unsupported') unsupported = true
  }
  return unsupported ? 'unsupported' : true
}

/** A rule that matched, or the end of the chain (−1). `unsupported`: it uses a match that is not modelled. */
interface Scan {
  index: number
  unsupported: boolean
}

/** `ip_packet_match()` over the rules from `from` on: the flat fields in the kernel's order, then the matches. Allocates nothing. */
function nextMatch(rules: readonly Rule[], from: number, packet: Packet, context: PacketContext, scan: Scan): void {
  const header = packet.network
  scan.index = -1
  scan.unsupported = false
  if (header.kind !== 'ip') return
  const { source, destination, protocol } = header
  const later = header.fragmentOffset > 0
  const inDevice = context.state.in ?? ''
  const outDevice = context.state.out ?? ''
  const { length } = rules
  for (let i = from; i < length; i++) {
    const rule = rules[i] as Rule
    if ((((source ^ rule.source) & rule.sourceMask) !== 0) !== rule.sourceNot) continue
    if ((((destination ^ rule.destination) & rule.destinationMask) !== 0) !== rule.destinationNot) continue
    if (rule.in !== null && interfaceMatches(rule.in, inDevice) === rule.inNot) continue
    if (rule.out !== null && interfaceMatches(rule.out, outDevice) === rule.outNot) continue
    if (rule.protocol !== 0 && (rule.protocol === protocol) === rule.protocolNot) continue
    if (rule.fragment !== null && rule.fragment !== later) continue
    if (rule.matches.length > 0) {
      const result = matchesAll(rule.matches, packet, context)
      if (result === false) continue
      scan.unsupported = result === 'unsupported'
    }
    scan.index = i
    return
  }
}

/** One run through a table: where it is, and the packet as it is now. */
interface Run {
  readonly table: IptTable
  readonly context: PacketContext
  packet: Packet
  chain: Chain
  next: number
  readonly stack: Frame[]
}

/** The words of a trace event for what a rule does. */
function verdictWord(rule: Rule): string {
  const { target } = rule
  if (target === null) return 'CONTINUE'
  if (isJump(target)) return `${target.goto ? 'goto' : 'jump'} ${target.chain}`
  return target.name
}

function traceRule(run: Run, index: number, tried: number): void {
  const { context, chain } = run
  context.ns.trace?.({
    at: 'ipt_rule',
    packet: run.packet,
    hook: context.hook,
    table: context.table,
    chain: chain.name,
    rule: index < 0 ? null : ruleRef(run.table, chain, index),
    tried,
    verdict: index < 0 ? (chain.policy ?? 'RETURN') : verdictWord(chain.rules[index] as Rule),
  })
}

function verdict(run: Run, kind: TableVerdict['kind'], index: number, reject: RejectWith | null = null): TableVerdict {
  return { kind, packet: run.packet, rule: run.chain.rules[index] ?? null, chain: run.chain.name, index: index + 1, reject }
}

/** Leaves the chain: back to the caller, or, from a built-in chain, its policy. Null: go on. */
function leaveChain(run: Run, bytes: number, tried: number): TableVerdict | null {
  const frame = run.stack.pop()
  if (frame) {
    run.chain = frame.chain
    run.next = frame.next
    return null
  }
  const base = run.table.chains.get(run.context.hook)
  if (base) run.chain = base
  run.chain.packets++
  run.chain.bytes += bytes
  if (run.context.ns.trace) traceRule(run, -1, tried)
  return verdict(run, run.chain.policy === 'DROP' ? 'DROP' : 'ACCEPT', -1)
}

/** Does what a matching rule says. Null: go on. */
function runTarget(run: Run, rule: Rule, index: number, bytes: number): TableVerdict | null {
  const { target } = rule
  if (target === null) return null
  if (isJump(target)) {
    const chain = run.table.chains.get(target.chain)
    if (!chain) return verdict(run, 'UNSUPPORTED', index)
    if (!target.goto) run.stack.push({ chain: run.chain, next: run.next })
    run.chain = chain
    run.next = 0
    return null
  }
  run.context.chain = run.chain.name
  run.context.index = index + 1
  const result = TARGETS.get(target.name)?.apply(target, run.packet, run.context, rule)
  if (!result) return verdict(run, 'UNSUPPORTED', index)
  run.packet = result.packet
  switch (result.kind) {
    case 'ACCEPT':
      return verdict(run, 'ACCEPT', index)
    case 'DROP':
      return verdict(run, 'DROP', index, result.reject)
    case 'UNSUPPORTED':
      return verdict(run, 'UNSUPPORTED', index)
    case 'RETURN':
      return leaveChain(run, bytes, 0)
    case 'CONTINUE':
      return null
  }
}

/** Runs the chain of `context.hook`. Counts on every rule that matched and on the policy; traces only when someone watches. */
export function iptDoTable(table: IptTable, packet: Packet, context: PacketContext): TableVerdict {
  const base = table.chains.get(context.hook)
  const bytes = ipLength(packet)
  if (!base) return { kind: 'ACCEPT', packet, rule: null, chain: context.hook, index: 0, reject: null }
  const run: Run = { table, context, packet, chain: base, next: 0, stack: [] }
  const scan: Scan = { index: -1, unsupported: false }
  for (;;) {
    const from = run.next
    nextMatch(run.chain.rules, from, run.packet, context, scan)
    const { index } = scan
    let result: TableVerdict | null
    if (index < 0) {
      const tried = run.chain.rules.length - from
      if (context.ns.trace && run.stack.length > 0) traceRule(run, -1, tried)
      result = leaveChain(run, bytes, tried)
    } else {
      // Whether the rule matches at all is not known: it neither counts nor tells.
      if (scan.unsupported) return verdict(run, 'UNSUPPORTED', index)
      const rule = run.chain.rules[index] as Rule
      rule.packets++
      rule.bytes += bytes
      run.next = index + 1
      if (context.ns.trace) traceRule(run, index, index - from)
      result = runTarget(run, rule, index, bytes)
    }
    if (result) return result
  }
}
