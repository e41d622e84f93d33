/** Kernel: net/netfilter/core.c, nf_hook_slow(). Runs what is registered at a hook, in priority order. */
import type { Packet } from '../../net/packet.ts'
import type { NetNs } from '../netns.ts'
import type { DropBy } from '../trace-event.ts'
import { nfConntrackConfirm, nfConntrackIn } from './conntrack.ts'
import { conntrackNeeded } from './conntrack-needed.ts'
import { conntrackEntryOf } from './conntrack-table.ts'
import { formatConntrackEntry } from './conntrack-text.ts'
import type { HookState, HookVerdict } from './hook.ts'
import { iptDoTable, type TableVerdict } from './ip-tables.ts'
import { printRule } from './iptables-text.ts'
import type { PacketContext } from './matches/match.ts'
import { asksNatRules, nfNatInetFn } from './nat-hook.ts'
import type { IptTable } from './netfilter.ts'
import type { Hook, Table } from './rule.ts'

/** What is registered at a hook: a table, or a part of conntrack. */
interface HookOps {
  readonly priority: number
  readonly run: Table | 'conntrack' | 'confirm'
}

const RAW: HookOps = { priority: -300, run: 'raw' }
const CONNTRACK: HookOps = { priority: -200, run: 'conntrack' }
const MANGLE: HookOps = { priority: -150, run: 'mangle' }
const NAT_DST: HookOps = { priority: -100, run: 'nat' }
const FILTER: HookOps = { priority: 0, run: 'filter' }
const SECURITY: HookOps = { priority: 50, run: 'security' }
const NAT_SRC: HookOps = { priority: 100, run: 'nat' }
const CONFIRM: HookOps = { priority: 0x7fffffff, run: 'confirm' }

/** By hook, in order of priority (include/uapi/linux/netfilter_ipv4.h, enum nf_ip_hook_priorities). */
export const HOOK_OPS: Readonly<Record<Hook, readonly HookOps[]>> = {
  PREROUTING: [RAW, CONNTRACK, MANGLE, NAT_DST],
  INPUT: [MANGLE, FILTER, SECURITY, NAT_SRC, CONFIRM],
  FORWARD: [MANGLE, FILTER, SECURITY],
  OUTPUT: [RAW, CONNTRACK, MANGLE, NAT_DST, FILTER, SECURITY],
  POSTROUTING: [MANGLE, NAT_SRC, CONFIRM],
}

/** Is entering this table at this hook worth an event? */
function isWorthTracing(table: IptTable, hook: Hook): boolean {
  const chain = table.chains.get(hook)
  return chain !== undefined && (chain.rules.length > 0 || chain.policy === 'DROP')
}

function traceConntrack(ns: NetNs, packet: Packet): void {
  const { ct } = packet
  const entry = conntrackEntryOf(ns, packet)
  const known = ct !== null && ct !== 'untracked'
  ns.trace?.({
    at: 'ct_lookup',
    packet,
    state: ct === null ? 'INVALID' : ct === 'untracked' ? 'UNTRACKED' : ct.state,
    direction: known ? ct.direction : 'original',
    entry: entry && formatConntrackEntry(entry, ns.kernel.nowMs),
  })
}

/** Runs conntrack on a packet that it has not seen yet (the second time round loopback it is left alone). */
function conntrackIn(ns: NetNs, packet: Packet): Packet {
  if (packet.ct !== null && packet.ct !== 'untracked') return packet
  const tracked = nfConntrackIn(ns, packet)
  if (ns.trace) traceConntrack(ns, tracked)
  return tracked
}

/** The rule or policy that dropped a packet, named. */
function dropBy(table: Table, verdict: TableVerdict): DropBy {
  const { rule, chain, index } = verdict
  if (rule === null) return { kind: 'policy', text: `-P ${chain} DROP`, rule: null }
  const text = printRule(chain, rule)
  return { kind: 'rule', text, rule: { table, chain, index, text, origin: rule.origin } }
}

function stopped(table: Table, verdict: TableVerdict): HookVerdict {
  const { kind, packet, rule, chain, reject } = verdict
  if (kind === 'UNSUPPORTED') return { kind, packet, what: `iptables -t ${table} ${rule ? printRule(chain, rule) : chain}` }
  return { kind: 'DROP', packet, reason: 'NETFILTER_DROP', by: dropBy(table, verdict), rule, reject }
}

/** Runs one table. Null: the namespace has none of that name, or nat has nothing to say since conntrack is off. */
function runTable(name: Table, packet: Packet, context: PacketContext): TableVerdict | null {
  const { ns, hook, state } = context
  const table = ns.netfilter.ip.tables.get(name)
  if (!table) return null
  if (name === 'nat' && (packet.ct === null || packet.ct === 'untracked')) return null
  context.table = name
  if (ns.trace && isWorthTracing(table, hook) && (name !== 'nat' || asksNatRules(ns, hook, packet))) {
    ns.trace({ at: 'nf_hook', packet, hook, table: name, in: state.in, out: state.out, bridged: state.bridged })
  }
  return name === 'nat' ? nfNatInetFn(table, packet, context) : iptDoTable(table, packet, context)
}

/**
 * Takes a packet through one hook: raw −300, conntrack −200, mangle −150, nat dst −100, filter 0, security 50, nat src 100,
 * conntrack confirm last. The verdict carries the packet as it left, with its conntrack reference.
 */
export function nfHook(ns: NetNs, hook: Hook, packet: Packet, state: HookState): HookVerdict {
  const { ip } = ns.netfilter
  if (ip.tables.size === 0 || packet.network.kind !== 'ip') return { kind: 'ACCEPT', packet }
  const tracking = conntrackNeeded(ip)
  const context: PacketContext = { ns, hook, state, table: 'filter', chain: hook, index: 0 }
  let current = packet
  for (const { run } of HOOK_OPS[hook]) {
    if (run === 'conntrack') {
      if (tracking) current = conntrackIn(ns, current)
    } else if (run === 'confirm') {
      if (!nfConntrackConfirm(ns, current))
        return { kind: 'DROP', packet: current, reason: 'NETFILTER_DROP', by: null, rule: null, reject: null }
    } else {
      const verdict = runTable(run, current, context)
      if (verdict === null) continue
      if (verdict.kind !== 'ACCEPT') return stopped(run, verdict)
      current = verdict.packet
    }
  }
  return { kind: 'ACCEPT', packet: current }
}
