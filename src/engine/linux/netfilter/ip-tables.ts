/** Kernel: net/ipv4/netfilter/ip_tables.c, ipt_do_table(). Runs one table's chains over one packet. */

import type { IpHeader, IpPacket } from '../../net/packet.ts'
import { ipLength } from '../../net/packet-length.ts'
import { tracedPacket } from '../flow-hash.ts'
import type { DropBy } from '../trace-event.ts'
import { candidates, chainIndex, nextCandidate, noteWalk, portKey } from './chain-index.ts'
import { nftTraceEnabled } from './conntrack-needed.ts'
import type { RejectWith } from './hook.ts'
import { interfaceMatches } from './interface-name.ts'
import { MATCHES } from './matches/list.ts'
import type { Match, MatchExtension, MatchResult, PacketContext } from './matches/match.ts'
import { type TcpMatch, extension as tcp } from './matches/tcp.ts'
import type { Chain, IptTable } from './netfilter.ts'
import type { Rule } from './rule.ts'
import { ruleRef } from './rule-ref.ts'
import { TARGETS } from './targets/list.ts'
import { isJump } from './targets/standard.ts'

export interface TableVerdict {
  readonly kind: 'ACCEPT' | 'DROP' | 'UNSUPPORTED'
  readonly packet: IpPacket
  /** The rule that decided; null for a chain's policy. */
  readonly rule: Rule | null
  /** Where it stands. */
  readonly chain: string
  readonly index: number
  readonly reject: RejectWith | null
  /** Who decided, where it is neither a rule nor a policy. */
  readonly by?: DropBy
}

interface Frame {
  readonly chain: Chain
  /** Index of the rule to go on with. */
  readonly next: number
}

/** Does the rule's match list hold? Unmodelled matches only count when all the others hold. */
function matchesAll(matches: readonly Match[], packet: IpPacket, context: PacketContext): boolean | 'unsupported' {
  let unsupported = false
  for (let i = 0; i < matches.length; i++) {
    const match = matches[i] as Match
    if (match.name === 'comment') continue
    const result = match.name === 'tcp' ? tcp.match(match as TcpMatch, packet, context) : callMatch(match, packet, context)
    if (result === false) return false
    if (result === 'unsupported') unsupported = true
  }
  return unsupported ? 'unsupported' : true
}

type MatchFunction = MatchExtension<Match>['match']

/** The functions by themselves: calling them as methods of many kinds of objects is slow. */
const FUNCTIONS: ReadonlyMap<string, MatchFunction> = new Map([...MATCHES].map(([name, extension]) => [name, extension.match]))

function callMatch(match: Match, packet: IpPacket, context: PacketContext): MatchResult {
  const matches = FUNCTIONS.get(match.name)
  return matches === undefined ? 'unsupported' : matches(match, packet, context)
}

/** What rules are compared with, taken from the packet once, since no target changes it: nat rewrites behind its rules; and what was found. */
interface Scan {
  readonly header: IpHeader
  readonly later: boolean
  readonly in: string
  readonly out: string
  readonly port: number
  readonly context: PacketContext
  packet: IpPacket
  /** 0-based place of the rule that matched; −1: the end of the chain. */
  index: number
  /** It uses a match that is not modelled. */
  unsupported: boolean
}

function createScan(packet: IpPacket, context: PacketContext): Scan {
  const header = packet.network
  const { in: input, out: output } = context.state
  const later = header.fragmentOffset > 0
  return { header, later, in: input ?? '', out: output ?? '', port: portKey(packet), context, packet, index: -1, unsupported: false }
}

/** `ip_packet_match()`: the flat fields in the kernel's order, then the matches. Allocates nothing. */
function ruleMatches(rule: Rule, scan: Scan): boolean {
  const { header } = scan
  if ((((header.source ^ rule.source) & rule.sourceMask) !== 0) !== rule.sourceNot) return false
  if ((((header.destination ^ rule.destination) & rule.destinationMask) !== 0) !== rule.destinationNot) return false
  if (rule.in !== null && interfaceMatches(rule.in, scan.in) === rule.inNot) return false
  if (rule.out !== null && interfaceMatches(rule.out, scan.out) === rule.outNot) return false
  if (rule.protocol !== 0 && (rule.protocol === header.protocol) === rule.protocolNot) return false
  if (rule.fragment !== null && rule.fragment !== scan.later) return false
  if (rule.port >= 0 && rule.port !== scan.port) return false
  if (rule.matches.length === 0) return true
  const result = matchesAll(rule.matches, scan.packet, scan.context)
  scan.unsupported = result === 'unsupported'
  return result !== false
}

/** The first rule from `from` on that matches. Long chains that are asked often are searched by their index. */
function nextMatch(rules: readonly Rule[], from: number, scan: Scan): void {
  scan.index = -1
  scan.unsupported = false
  const index = chainIndex(rules)
  if (index !== null) {
    const lists = candidates(index, scan.header, scan.port, scan.context.state)
    for (let at = nextCandidate(lists, from); at >= 0; at = nextCandidate(lists, at + 1)) {
      if (!ruleMatches(rules[at] as Rule, scan)) continue
      scan.index = at
      return
    }
    return
  }
  const { length } = rules
  let at = from
  while (at < length && !ruleMatches(rules[at] as Rule, scan)) at++
  if (at < length) scan.index = at
  noteWalk(rules, at - from)
}

/** One run through a table: where it is, and the packet as it is now. */
interface Run {
  readonly table: IptTable
  readonly context: PacketContext
  packet: IpPacket
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
  context.ns.explain?.({
    at: 'ipt_rule',
    packet: run.packet,
    hook: context.hook,
    table: context.table,
    chain: chain.name,
    rule: ruleRef(run.table, chain, index),
    tried,
    verdict: index < 0 ? (chain.policy ?? 'RETURN') : verdictWord(chain.rules[index] as Rule),
  })
}

function verdict(run: Run, kind: TableVerdict['kind'], index: number, reject: RejectWith | null = null): TableVerdict {
  const { chain, packet } = run
  const rule = index < 0 ? null : (chain.rules[index] ?? null)
  return { kind, packet, rule, chain: chain.name, index: index + 1, reject }
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
  // A chain without rules that lets all pass (every table has some) decided nothing.
  if (run.context.ns.explain && (run.chain.rules.length > 0 || run.chain.policy === 'DROP')) traceRule(run, -1, tried)
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
export function iptDoTable(table: IptTable, untraced: IpPacket, context: PacketContext): TableVerdict {
  const base = table.chains.get(context.hook)
  const { ns } = context
  const packet = ns.kernel.nftTrace || nftTraceEnabled(ns) ? tracedPacket(untraced) : untraced
  const bytes = ipLength(packet)
  if (!base) return { kind: 'ACCEPT', packet, rule: null, chain: context.hook, index: 0, reject: null }
  const run: Run = { table, context, packet, chain: base, next: 0, stack: [] }
  const scan = createScan(packet, context)
  for (;;) {
    const from = run.next
    scan.packet = run.packet
    nextMatch(run.chain.rules, from, scan)
    const { index } = scan
    let result: TableVerdict | null
    if (index < 0) {
      const tried = run.chain.rules.length - from
      if (context.ns.explain && run.stack.length > 0) traceRule(run, -1, tried)
      result = leaveChain(run, bytes, tried)
    } else {
      // Whether the rule matches at all is not known: it neither counts nor tells.
      if (scan.unsupported) return verdict(run, 'UNSUPPORTED', index)
      const rule = run.chain.rules[index] as Rule
      rule.packets++
      rule.bytes += bytes
      run.next = index + 1
      if (context.ns.explain) traceRule(run, index, index - from)
      result = runTarget(run, rule, index, bytes)
    }
    if (result) return result
  }
}
