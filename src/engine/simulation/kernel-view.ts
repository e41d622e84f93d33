/**
 * Inside one namespace at one moment of a walk: the hooks with what is registered at them, which of it the packet has passed, and the chains it went
 * through in the table it is in, with the reason why each rule before the matching one did not match. Plain data, for the picture.
 */

import { serviceName } from '../linux/ipvs/service-table.ts'
import { printRule } from '../linux/netfilter/iptables-text.ts'
import type { PacketContext } from '../linux/netfilter/matches/match.ts'
import type { Chain, IptTable } from '../linux/netfilter/netfilter.ts'
import { HOOK_OPS } from '../linux/netfilter/nf-hook.ts'
import type { Hook, Rule, Table } from '../linux/netfilter/rule.ts'
import { type FailedPredicate, whyNot } from '../linux/netfilter/why-not.ts'
import type { NetNs } from '../linux/netns.ts'
import { formatAddress } from '../net/address.ts'
import { isIp } from '../net/packet.ts'
import type { TraceRecord } from './trace.ts'
import { findNetNs, type World } from './world.ts'

/** What is registered at a hook, in order of priority. */
export interface KernelStation {
  readonly hook: Hook
  /** A table's name, 'conntrack', 'confirm' or a function of IPVS. */
  readonly run: string
  /** Rules in the hook's own chain of the table; null: the table does not exist, or it is no table. */
  readonly rules: number | null
  readonly policy: 'ACCEPT' | 'DROP' | null
  /** The packet has been there. */
  readonly passed: boolean
  /** It is there now. */
  readonly current: boolean
}

export interface KernelRule {
  /** 1-based, as `iptables -L --line-numbers`. */
  readonly index: number
  readonly text: string
  readonly packets: number
  readonly bytes: number
  /** Line of the YAML that it was written for. */
  readonly line: number | null
  readonly component: string | null
  readonly state: 'matched' | 'failed' | 'ahead'
  /** Of a failed one. */
  readonly whyNot: FailedPredicate | null
  /** Of a matching one: 'ACCEPT', 'KUBE-SERVICES' … */
  readonly verdict: string | null
}

/** A chain that the packet went through. */
export interface KernelChain {
  readonly name: string
  readonly policy: 'ACCEPT' | 'DROP' | null
  readonly packets: number
  /** All rules of the chain; `rules` may be a part of them. */
  readonly total: number
  readonly rules: readonly KernelRule[]
  /** Number of the chain it was entered from, in `chains`; null for the first. */
  readonly from: number | null
}

/** What IPVS decided for the packet, and between whom. */
export interface KernelBalancing {
  /** 'TCP 10.96.0.10:80' */
  readonly service: string
  readonly scheduler: string
  readonly how: 'scheduled' | 'persistent' | 'known' | 'none'
  readonly servers: readonly {
    /** '10.244.1.2:80' */
    readonly server: string
    readonly weight: number
    readonly active: number
    readonly inactive: number
    readonly chosen: boolean
  }[]
}

export interface KernelView {
  readonly where: string
  readonly n: number
  readonly stations: readonly KernelStation[]
  /** By which devices the packet came in and leaves, as far as is known; null: it was made here, or stays. */
  readonly in: string | null
  readonly out: string | null
  /** The routing decision: what was found, once the packet has been there. */
  readonly route: string | null
  /** Where the packet is, while it is at no hook; null: at a hook, or gone. */
  readonly at: 'in' | 'route' | 'sockets' | 'out' | null
  /** Null: IPVS has not seen it, or has no services here. */
  readonly balancing: KernelBalancing | null
  /** What conntrack said of it; null: nothing yet, or it does not run here. */
  readonly conntrack: string | null
  /** The table that is open, and the hook. */
  readonly open: { readonly table: Table; readonly hook: Hook } | null
  readonly chains: readonly KernelChain[]
}

/** Rules of one chain that are shown at most; around the matching one where there are more. */
const SHOWN = 120

/** The view at record `n` (of all `records` of the walk) in a world stopped there; null when there is no such namespace. `open`: a table to look into instead of the packet's own. */
export function kernelView(
  world: World,
  { where, n, open }: { readonly where: string; readonly n: number; readonly open?: { readonly table: Table; readonly hook: Hook } | null },
  records: readonly TraceRecord[],
): KernelView | null {
  const ns = findNetNs(world, where)?.netns
  if (!ns) return null
  const pass = passOf(records, where, n)
  const here = records[Math.min(n, records.length - 1)]?.where === where ? (pass.at(-1) ?? null) : null
  const opened = open ?? tableOf(pass)
  const table = opened ? ns.netfilter.ip.tables.get(opened.table) : undefined
  return {
    ...{ where, n, stations: stationsOf(ns, pass), ...devicesOf(pass), route: routeOf(pass), conntrack: conntrackOf(pass) },
    ...{ at: here && spotOf(here), balancing: balancingOf(ns, pass), open: opened },
    chains: opened && table ? chainsOf(ns, table, { hook: opened.hook, pass }) : [],
  }
}

/** Records of the packet's present or last stay in the namespace, up to record `n`. */
function passOf(records: readonly TraceRecord[], where: string, n: number): readonly TraceRecord[] {
  let last = Math.min(n, records.length - 1)
  while (last >= 0 && records[last]?.where !== where) last -= 1
  const packet = records[last]?.event.packet.id
  const pass: TraceRecord[] = []
  for (let i = last; i >= 0; i -= 1) {
    const record = records[i]
    if (record?.event.packet.id !== packet) continue
    if (record?.where !== where) break
    pass.unshift(record)
  }
  return sinceWrapping(pass)
}

/** A packet that was wrapped begins anew, as if this machine had sent it; one that was unwrapped, as if it had just come in. */
function sinceWrapping(pass: readonly TraceRecord[]): readonly TraceRecord[] {
  const wrapped = pass.slice(0, -1).findLastIndex(({ event }) => event.at === 'encap' || event.at === 'decap')
  return pass.slice(wrapped + 1)
}

const hooksOf = ({ event }: TraceRecord): readonly Hook[] => {
  switch (event.at) {
    case 'nf_hook':
    case 'ipt_rule':
      return [event.hook]
    case 'ct_lookup':
      return [event.packet.iif === null ? 'OUTPUT' : 'PREROUTING']
    case 'netif_receive_skb':
      return event.packet.network.kind === 'ip' ? ['PREROUTING'] : []
    case 'ip_forward':
      return ['FORWARD']
    default:
      return []
  }
}

function stationsOf(ns: NetNs, pass: readonly TraceRecord[]): KernelStation[] {
  const visited = new Set(pass.flatMap(hooksOf))
  if (pass.some(({ event }) => event.at === 'dev_queue_xmit')) visited.add('POSTROUTING')
  if (pass.some(({ event }) => event.at === 'socket' && (event.action === 'receive' || event.action === 'accept'))) visited.add('INPUT')
  const here = stationAt(pass)
  return (Object.keys(HOOK_OPS) as Hook[]).flatMap((hook) =>
    HOOK_OPS[hook].flatMap(({ run }) => {
      if (run.startsWith('ip_vs_') && ns.ipvs.services.size === 0) return []
      const chain = ns.netfilter.ip.tables.get(run as Table)?.chains.get(hook)
      const current = here?.run === run && (here.hook === null ? visited.has(hook) : here.hook === hook)
      return {
        hook,
        run,
        rules: chain?.rules.length ?? null,
        policy: chain?.policy ?? null,
        passed: visited.has(hook) && !current && !isBefore(here, { hook, run }),
        current,
      }
    }),
  )
}

/** Does the packet, at `here`, come to this station of the same hook later? */
function isBefore(here: ReturnType<typeof stationAt>, { hook, run }: { readonly hook: Hook; readonly run: string }): boolean {
  if (here === null || (here.hook !== null && here.hook !== hook)) return false
  const order = HOOK_OPS[hook].map((one): string => one.run)
  return order.indexOf(here.run) >= 0 && order.indexOf(run) > order.indexOf(here.run)
}

/** Which station the packet is at; `hook` null: the one it has visited last. Null: between hooks. */
function stationAt(pass: readonly TraceRecord[]): { readonly hook: Hook | null; readonly run: string } | null {
  const last = pass.at(-1)?.event
  switch (last?.at) {
    case 'nf_hook':
    case 'ipt_rule':
      return { hook: last.hook, run: last.table }
    case 'ct_lookup':
      return { hook: null, run: 'conntrack' }
    case 'nat_manip':
      return { hook: natHookOf(pass), run: 'nat' }
    case 'ip_vs_schedule':
      return { hook: pass.some(({ event }) => event.at === 'netif_receive_skb') ? 'INPUT' : 'OUTPUT', run: 'ip_vs_in' }
    case 'kfree_skb':
      return last.by?.rule ? { hook: lastHookOf(pass), run: last.by.rule.table } : null
    default:
      return null
  }
}

function lastHookOf(pass: readonly TraceRecord[]): Hook | null {
  const { event } = pass.findLast((record) => record.event.at === 'nf_hook' || record.event.at === 'ipt_rule') ?? {}
  return event?.at === 'nf_hook' || event?.at === 'ipt_rule' ? event.hook : null
}

/** A destination changes before the packet is routed, a source when it leaves (net/netfilter/nf_nat_proto.c: nf_nat_ipv4_ops[]). */
function natHookOf(pass: readonly TraceRecord[]): Hook | null {
  const last = pass.at(-1)?.event
  if (last?.at !== 'nat_manip') return null
  const received = pass.some(({ event }) => event.at === 'netif_receive_skb')
  const routedHere = pass.some(({ event }) => event.at === 'fib_lookup' && event.result?.route.type === 'local')
  if (last.manip === 'destination') return received ? 'PREROUTING' : 'OUTPUT'
  return received && routedHere ? 'INPUT' : 'POSTROUTING'
}

function spotOf({ event }: TraceRecord): KernelView['at'] {
  switch (event.at) {
    case 'netif_receive_skb':
    case 'br_fdb':
    case 'decap':
      return 'in'
    case 'fib_lookup':
    case 'ip_forward':
      return 'route'
    case 'socket':
      return 'sockets'
    case 'dev_queue_xmit':
    case 'neigh_resolve':
    case 'encap':
      return 'out'
    default:
      return null
  }
}

function balancingOf(ns: NetNs, pass: readonly TraceRecord[]): KernelBalancing | null {
  const seen = pass.findLast(({ event }) => event.at === 'ip_vs_schedule')?.event
  if (seen?.at !== 'ip_vs_schedule') return null
  const { service, scheduler, how, server } = seen
  const dests = [...ns.ipvs.services.values()].find(({ key }) => serviceName(key) === service)?.dests ?? []
  const servers = dests.map(({ address, port, weight, active, inactive }) => ({
    server: `${formatAddress(address)}:${port}`,
    ...{ weight, active, inactive, chosen: server !== null && address === server.address && port === server.port },
  }))
  return { service, scheduler, how, servers }
}

function tableOf(pass: readonly TraceRecord[]): KernelView['open'] {
  for (const { event } of pass.toReversed())
    if (event.at === 'nf_hook' || event.at === 'ipt_rule') return { table: event.table, hook: event.hook }
  return null
}

function devicesOf(pass: readonly TraceRecord[]): { readonly in: string | null; readonly out: string | null } {
  const received = pass.findLast(({ event }) => event.at === 'netif_receive_skb')?.event
  const sent = pass.findLast(({ event }) => event.at === 'dev_queue_xmit')?.event
  const routed = pass.findLast(({ event }) => event.at === 'fib_lookup')?.event
  const towards = routed?.at === 'fib_lookup' && routed.result?.route.type !== 'local' ? (routed.result?.device ?? null) : null
  return { in: received?.at === 'netif_receive_skb' ? received.device : null, out: sent?.at === 'dev_queue_xmit' ? sent.device : towards }
}

function routeOf(pass: readonly TraceRecord[]): string | null {
  const found = pass.findLast(({ event }) => event.at === 'fib_lookup')?.event
  if (found?.at !== 'fib_lookup') return null
  if (found.error !== null || found.result === null) return found.error
  const { route, nexthop, device } = found.result
  if (route.type !== 'unicast') return route.type
  return `${nexthop.gateway === null ? 'on link' : `via ${formatAddress(nexthop.gateway)}`}, dev ${device}`
}

function conntrackOf(pass: readonly TraceRecord[]): string | null {
  const seen = pass.findLast(({ event }) => event.at === 'ct_lookup')?.event
  return seen?.at === 'ct_lookup' ? `${seen.state}${seen.direction === 'reply' ? ', reply' : ''}` : null
}

type RuleEvent = Extract<TraceRecord['event'], { at: 'ipt_rule' }>

/** One visit of a chain: the rules that matched there, in order. */
interface Visit {
  readonly chain: string
  readonly from: number | null
  readonly matched: RuleEvent[]
}

/** A jump enters a chain and leaves the place to come back to; a goto does not come back. */
function visitsOf(hook: Hook, events: readonly RuleEvent[]): Visit[] {
  const visits: Visit[] = [{ chain: hook, from: null, matched: [] }]
  const stack = [0]
  for (const event of events) {
    while (stack.length > 1 && visits[stack.at(-1) ?? 0]?.chain !== event.chain) stack.pop()
    const at = stack.at(-1) ?? 0
    visits[at]?.matched.push(event)
    const [, how, chain] = /^(jump|goto) (.+)$/.exec(event.verdict) ?? []
    if (chain === undefined) continue
    if (how === 'goto') stack.pop()
    stack.push(visits.length)
    visits.push({ chain, from: at, matched: [] })
  }
  return visits
}

function chainsOf(
  ns: NetNs,
  table: IptTable,
  { hook, pass }: { readonly hook: Hook; readonly pass: readonly TraceRecord[] },
): KernelChain[] {
  const entered = pass.findLast(({ event }) => event.at === 'nf_hook' && event.table === table.name && event.hook === hook)?.event
  const events = pass.flatMap(({ event }) => (event.at === 'ipt_rule' && event.table === table.name && event.hook === hook ? [event] : []))
  const devices = entered?.at === 'nf_hook' ? entered : null
  return visitsOf(hook, events).flatMap((visit) => {
    const chain = table.chains.get(visit.chain)
    if (!chain) return []
    const state = { in: devices?.in ?? null, out: devices?.out ?? null, route: null, bridged: devices?.bridged ?? false }
    const context: PacketContext = { ns, hook, state, table: table.name, zone: null, chain: chain.name, index: 0 }
    return [
      {
        name: chain.name,
        policy: chain.policy,
        packets: chain.packets,
        total: chain.rules.length,
        from: visit.from,
        rules: rulesOf(chain, visit, context),
      },
    ]
  })
}

function rulesOf(chain: Chain, { matched }: Visit, context: PacketContext): KernelRule[] {
  const byIndex = new Map(matched.flatMap((event) => (event.rule ? [[event.rule.index, event] as const] : [])))
  const end = matched.some(({ rule }) => rule === null)
  const reached = end ? chain.rules.length : Math.max(0, ...byIndex.keys())
  const centre = reached === 0 ? 0 : reached - 1
  const first = Math.max(0, Math.min(centre - SHOWN / 2, chain.rules.length - SHOWN))
  const shown = chain.rules.slice(first, first + SHOWN)
  return shown.map((rule, i) =>
    ruleView(chain.name, rule, { index: first + i + 1, reached, byIndex, context, packet: matched.at(-1) ?? null }),
  )
}

interface Around {
  readonly index: number
  /** The last rule that was looked at. */
  readonly reached: number
  readonly byIndex: ReadonlyMap<number, RuleEvent>
  readonly context: PacketContext
  readonly packet: RuleEvent | null
}

function ruleView(chain: string, rule: Rule, { index, reached, byIndex, context, packet }: Around): KernelRule {
  const event = byIndex.get(index)
  const state = event ? 'matched' : index < reached || (index === reached && !event) ? 'failed' : 'ahead'
  return {
    ...{ index, text: printRule(chain, rule), packets: rule.packets, bytes: rule.bytes, state },
    ...{ line: rule.origin?.line ?? null, component: rule.origin?.component ?? null, verdict: event?.verdict ?? null },
    whyNot: state === 'failed' && packet && isIp(packet.packet) ? whyNot(rule, packet.packet, context) : null,
  }
}
