/** Kernel: net/netfilter/core.c, nf_hook_slow(). Runs what is registered at a hook, in priority order. */
import type { IpPacket } from '../../net/packet.ts'
import { hasIpvs, type IpvsFunction, ipVsHook } from '../ipvs/hook.ts'
import type { NetNs } from '../netns.ts'
import { ipRouteMeHarder, needsReroute } from '../route-me-harder.ts'
import type { DropBy } from '../trace-event.ts'
import { nfConntrackConfirm, nfConntrackIn } from './conntrack.ts'
import { conntrackNeeded } from './conntrack-needed.ts'
import { nfCtGet } from './conntrack-table.ts'
import { formatConntrackEntry } from './conntrack-text.ts'
import { templateZone } from './conntrack-zone.ts'
import type { HookState, HookVerdict } from './hook.ts'
import { iptDoTable, type TableVerdict } from './ip-tables.ts'
import { printRule } from './iptables-text.ts'
import type { PacketContext } from './matches/match.ts'
import { asksNatRules, nfNatInetFn } from './nat-hook.ts'
import type { IptTable } from './netfilter.ts'
import type { Hook, Table } from './rule.ts'

/** What is registered at a hook: a table, a part of conntrack, or a part of IPVS. */
interface HookOps {
  readonly priority: number
  readonly run: Table | IpvsFunction | 'conntrack' | 'confirm'
}

const RAW: HookOps = { priority: -300, run: 'raw' }
const CONNTRACK: HookOps = { priority: -200, run: 'conntrack' }
const MANGLE: HookOps = { priority: -150, run: 'mangle' }
const NAT_DST: HookOps = { priority: -100, run: 'nat' }
const FILTER: HookOps = { priority: 0, run: 'filter' }
const SECURITY: HookOps = { priority: 50, run: 'security' }
const NAT_SRC: HookOps = { priority: 100, run: 'nat' }
/** Kernel: ip_vs_ops4[]. Replies before requests. */
const IPVS_OUT_LOCAL: HookOps = { priority: -99, run: 'ip_vs_out' }
const IPVS_IN_LOCAL: HookOps = { priority: -98, run: 'ip_vs_in' }
const IPVS_OUT: HookOps = { priority: 98, run: 'ip_vs_out' }
const IPVS_IN: HookOps = { priority: 99, run: 'ip_vs_in' }
const IPVS_FORWARD_ICMP: HookOps = { priority: 99, run: 'ip_vs_forward_icmp' }
const IPVS_FORWARD: HookOps = { priority: 100, run: 'ip_vs_out' }
const CONFIRM: HookOps = { priority: 0x7fffffff, run: 'confirm' }

/** By hook, in order of priority (include/uapi/linux/netfilter_ipv4.h, enum nf_ip_hook_priorities). */
export const HOOK_OPS: Readonly<Record<Hook, readonly HookOps[]>> = {
  PREROUTING: [RAW, CONNTRACK, MANGLE, NAT_DST],
  INPUT: [MANGLE, FILTER, SECURITY, IPVS_OUT, IPVS_IN, NAT_SRC, CONFIRM],
  FORWARD: [MANGLE, FILTER, SECURITY, IPVS_FORWARD_ICMP, IPVS_FORWARD],
  OUTPUT: [RAW, CONNTRACK, MANGLE, NAT_DST, IPVS_OUT_LOCAL, IPVS_IN_LOCAL, FILTER, SECURITY],
  POSTROUTING: [MANGLE, NAT_SRC, CONFIRM],
}

/** Is entering this table at this hook worth an event? */
function isWorthTracing(table: IptTable, hook: Hook): boolean {
  const chain = table.chains.get(hook)
  return chain !== undefined && (chain.rules.length > 0 || chain.policy === 'DROP')
}

function traceConntrack(ns: NetNs, packet: IpPacket): void {
  const tracked = nfCtGet(ns, packet)
  ns.explain?.({
    at: 'ct_lookup',
    packet,
    state: tracked?.ct.state ?? (packet.ct === 'untracked' ? 'UNTRACKED' : 'INVALID'),
    direction: tracked?.ct.direction ?? 'original',
    entry: tracked && formatConntrackEntry(tracked.entry, ns.kernel.nowMs),
  })
}

/** Runs conntrack on a packet that it has not seen yet (the second time round loopback it is left alone). */
function conntrackIn(context: PacketContext, packet: IpPacket): IpPacket {
  if (packet.ct !== null && typeof packet.ct !== 'string') return packet
  const { ns, zone } = context
  // The template has served: where no connection takes its place, the packet is INVALID.
  context.zone = null
  const tracked = nfConntrackIn(ns, packet, templateZone(zone, packet))
  if (ns.explain) traceConntrack(ns, tracked)
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
  // nf_queue() frees what nobody listens for, and has no name for that.
  const reason = rule?.target?.name === 'NFQUEUE' ? 'NOT_SPECIFIED' : 'NETFILTER_DROP'
  return { kind: 'DROP', packet, reason, by: verdict.by ?? dropBy(table, verdict), rule, reject }
}

/** Runs one table. Null: the namespace has none of that name. */
function runTable(name: Table, packet: IpPacket, context: PacketContext): TableVerdict | null {
  const { ns, hook, state } = context
  const table = ns.netfilter.ip.tables.get(name)
  if (!table?.hooked) return null
  context.table = name
  if (ns.explain && isWorthTracing(table, hook) && (name !== 'nat' || asksNatRules(ns, hook, packet))) {
    ns.explain({ at: 'nf_hook', packet, hook, table: name, in: state.in, out: state.out, bridged: state.bridged })
  }
  return name === 'nat' ? nfNatInetFn(table, packet, context) : iptDoTable(table, packet, context)
}

const IPVS_FUNCTIONS: ReadonlySet<HookOps['run']> = new Set<IpvsFunction>(['ip_vs_out', 'ip_vs_in', 'ip_vs_forward_icmp'])

const isIpvs = (run: HookOps['run']): run is IpvsFunction => IPVS_FUNCTIONS.has(run)

const withoutIpvs = (hook: Hook): readonly HookOps[] => HOOK_OPS[hook].filter(({ run }) => !isIpvs(run))
const WITHOUT_IPVS: Readonly<Record<Hook, readonly HookOps[]>> = {
  PREROUTING: withoutIpvs('PREROUTING'),
  INPUT: withoutIpvs('INPUT'),
  FORWARD: withoutIpvs('FORWARD'),
  OUTPUT: withoutIpvs('OUTPUT'),
  POSTROUTING: withoutIpvs('POSTROUTING'),
}

type Accepted = Extract<HookVerdict, { kind: 'ACCEPT' }>

/** IPVS at one hook. At OUTPUT the packet has the route that mangle and nat may have given it. */
function runIpvs(run: IpvsFunction, { packet, route: rerouted }: Accepted, { ns, hook, state }: PacketContext): HookVerdict {
  const route = rerouted ?? state.route
  const local = hook === 'INPUT' || (hook === 'OUTPUT' && route?.route.type === 'local')
  const dst = { local, broadcast: false }
  const verdict = ipVsHook(run, packet, { ns, hook, state: { ...state, route }, dst })
  if (verdict.kind !== 'DROP') return verdict
  return { kind: 'DROP', packet: verdict.packet, reason: 'NETFILTER_DROP', by: verdict.by, rule: null, reject: verdict.reject }
}

/** Runs what is registered, whatever it is, on a packet that has passed what comes before. */
function runOps(run: HookOps['run'], passed: Accepted, context: PacketContext): HookVerdict {
  const { packet } = passed
  switch (run) {
    case 'conntrack':
      return { kind: 'ACCEPT', packet: conntrackIn(context, packet) }
    case 'confirm':
      if (nfConntrackConfirm(context.ns, packet)) return passed
      return { kind: 'DROP', packet, reason: 'NETFILTER_DROP', by: null, rule: null, reject: null }
    case 'ip_vs_out':
    case 'ip_vs_in':
    case 'ip_vs_forward_icmp':
      return runIpvs(run, passed, context)
    default:
      return runRules(run, passed, context)
  }
}

/** Runs the chain of a table. */
function runRules(run: Table, passed: Accepted, context: PacketContext): HookVerdict {
  const { packet } = passed
  const verdict = runTable(run, packet, context)
  if (verdict === null) return passed
  if (verdict.kind !== 'ACCEPT') return stopped(run, verdict)
  if (verdict.packet === packet) return passed
  const again =
    context.hook === 'OUTPUT' &&
    context.state.route !== null &&
    (run === 'mangle' || run === 'nat') &&
    needsReroute(run, packet, verdict.packet)
  return again ? rerouted(context.ns, verdict.packet) : { kind: 'ACCEPT', packet: verdict.packet }
}

/** What mangle or nat changed in OUTPUT is routed before the next table sees it. */
function rerouted(ns: NetNs, packet: IpPacket): HookVerdict {
  const route = ipRouteMeHarder(ns, packet)
  return 'error' in route ? { kind: 'NO_ROUTE', packet, error: route } : { kind: 'ACCEPT', packet, route, rerouted: true }
}

/**
 * Takes a packet through one hook: raw −300, conntrack −200, mangle −150, nat dst −100, IPVS, filter 0, security 50, nat src 100,
 * conntrack confirm last. The verdict carries the packet as it left, with its conntrack reference.
 */
export function nfHook(ns: NetNs, hook: Hook, packet: IpPacket, state: HookState): HookVerdict {
  const { ip } = ns.netfilter
  const balancing = hasIpvs(ns)
  let passed: Accepted = { kind: 'ACCEPT', packet }
  if (ip.tables.size === 0 && !balancing) return passed
  const tracking = conntrackNeeded(ip)
  const context: PacketContext = { ns, hook, state, table: 'filter', chain: hook, index: 0, zone: null }
  for (const { run } of balancing ? HOOK_OPS[hook] : WITHOUT_IPVS[hook]) {
    if (run === 'conntrack' && !tracking) continue
    const verdict = runOps(run, passed, context)
    if (verdict === passed) continue
    if (verdict.kind === 'DROP' && passed.route) return { ...verdict, route: passed.route }
    if (verdict.kind !== 'ACCEPT') return verdict
    passed = passed.route ? { ...passed, ...verdict } : verdict
  }
  return passed
}
