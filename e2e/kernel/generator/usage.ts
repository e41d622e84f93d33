/** What the generated labs used: every match, target, chain, sysctl and device kind, and whether matches were both met and missed. */
import type { Scenario } from '../../../src/engine/kubernetes/scenario.ts'
import { MATCHES } from '../../../src/engine/linux/netfilter/matches/list.ts'
import type { Rule, Table } from '../../../src/engine/linux/netfilter/rule.ts'
import { TARGETS } from '../../../src/engine/linux/netfilter/targets/list.ts'
import type { NetNs } from '../../../src/engine/linux/netns.ts'
import type { TraceEvent } from '../../../src/engine/linux/trace-event.ts'
import { findNetNs, namespacesOf } from '../../../src/engine/simulation/world.ts'
import type { SimulatedRun } from '../simulate.ts'
import { SYSCTL_KEYS } from './routing.ts'
import { HOOKS } from './rules.ts'

/** Names of what one lab used: 'match mark met', 'target DNAT', 'chain nat INPUT', 'sysctl rp_filter', 'device veth'. */
export type Usage = ReadonlySet<string>

/** What labs of this machine's kernel cannot use: it has no IPVS and no SCTP. Those under User-Mode-Linux are for them. */
const ELSEWHERE: ReadonlySet<string> = new Set(['match sctp', 'match ipvs'])
const DEVICES = ['loopback', 'physical', 'veth', 'bridge', 'vxlan']
/** What those under User-Mode-Linux are for. */
const WANTED_UNDER_UML = [
  ...['dummy', 'ipip', 'vlan', 'tun'].map((kind) => `device ${kind}`),
  ...[
    'match ipvs met',
    'match ipvs missed',
    'match sctp met',
    'match sctp missed',
    'ipset hash:mac',
    'method masquerade',
    'method route',
    'method tunnel',
  ],
]
/** A match that cannot be missed. */
const ALWAYS_MET: ReadonlySet<string> = new Set(['comment'])
/** Labs that must show each, from this many labs on: among fewer, chance leaves out some that few packets meet. */
const FEWEST = 5
const FROM_LABS = { here: 500, uml: 40 }

/** What a lab used, from the simulator's run of it. */
export function usageOf(scenario: Scenario, run: SimulatedRun): Usage {
  const used = new Set<string>()
  for (const ns of namespacesOf(run.world)) {
    for (const device of ns.devices.values()) used.add(`device ${device.kind}`)
    for (const [table, { chains }] of ns.netfilter.ip.tables) {
      for (const chain of chains.values()) {
        for (const rule of chain.rules) {
          if (rule.packets > 0) noteMet(used, table, chain.name, rule)
        }
      }
    }
  }
  for (const { trace } of run.walks) {
    for (const { where, event } of trace.records) {
      if (event.at === 'ip_vs_schedule') noteScheduled(used, event)
      if (event.at !== 'ipt_rule') continue
      const ns = findNetNs(run.world, where)?.netns
      if (ns) noteMissed(used, ns, event)
    }
  }
  for (const step of scenario.steps) {
    if (step.kind !== 'script') continue
    for (const [, key] of step.script.run.matchAll(/\bnet\.[\w.]+\.([\w-]+)=/g)) used.add(`sysctl ${key}`)
    for (const [, kind] of step.script.run.matchAll(/^(?:ipset )?create \S+ (\S+)/gm)) used.add(`ipset ${kind}`)
  }
  return used
}

/** By which scheduler, to which kind of server, and how it was found. */
function noteScheduled(used: Set<string>, { scheduler, service, server, how }: Extract<TraceEvent, { at: 'ip_vs_schedule' }>): void {
  used.add(`scheduler ${scheduler}`)
  used.add(`service ${service.split(' ')[0]}`)
  used.add(`schedule ${how}`)
  if (server !== null) used.add(`method ${server.method}`)
}

function noteMet(used: Set<string>, table: Table, chain: string, rule: Rule): void {
  used.add(/^U\d/.test(chain) ? `chain ${table} of the user's` : `chain ${table} ${chain}`)
  for (const match of rule.matches) used.add(`match ${match.name} met`)
  const { target } = rule
  if (target === null) return
  used.add(target.name === 'jump' ? `target ${'goto' in target && target.goto ? 'goto' : 'jump'}` : `target ${target.name}`)
}

/** Rules between where the packet was and the one that matched did not: those that hold nothing but one match were missed by it. */
function noteMissed(used: Set<string>, ns: NetNs, event: RuleEvent): void {
  const rules = ns.netfilter.ip.tables.get(event.table)?.chains.get(event.chain)?.rules ?? []
  const until = event.rule === null ? rules.length : event.rule.index - 1
  const protocol = event.packet.network.kind === 'ip' ? event.packet.network.protocol : 0
  for (const rule of rules.slice(Math.max(0, until - event.tried + (event.rule === null ? 0 : 1)), until)) {
    const [only, ...others] = ownMatches(rule, event)
    if (!only || others.length > 0) continue
    const flat = rule.sourceMask !== 0 || rule.destinationMask !== 0 || rule.in !== null || rule.out !== null || rule.fragment !== null
    if (!flat && (rule.protocol === 0 || (rule.protocol === protocol && !rule.protocolNot))) used.add(`match ${only.name} missed`)
  }
}

/** Its matches but for the `--tcp-flags SYN SYN` that stands before others, where the packet has passed that. */
function ownMatches(rule: Rule, { packet: { transport } }: RuleEvent): Rule['matches'] {
  const others = rule.matches.filter((match) => match.name !== 'tcp')
  const syn = transport?.kind === 'tcp' && transport.flags?.syn === true
  return others.length === 0 || (others.length < rule.matches.length && !syn) ? rule.matches : others
}

interface RuleEvent {
  readonly table: Table
  readonly chain: string
  readonly rule: { readonly index: number } | null
  readonly tried: number
  readonly packet: {
    readonly network: { readonly kind: string; readonly protocol?: number }
    readonly transport: { readonly kind: string; readonly flags?: { readonly syn: boolean } } | null
  }
}

/** All that labs are to use. */
function wanted(): string[] {
  const matches = [...MATCHES.keys()].filter((name) => MATCHES.get(name)?.keepsText !== true && !ELSEWHERE.has(`match ${name}`))
  return [
    ...matches.map((name) => `match ${name} met`),
    ...matches.filter((name) => !ALWAYS_MET.has(name)).map((name) => `match ${name} missed`),
    ...[...TARGETS.keys()].filter((name) => TARGETS.get(name)?.keepsText !== true).map((name) => `target ${name}`),
    ...Object.entries(HOOKS).flatMap(([table, hooks]) => [...hooks, "of the user's"].map((chain) => `chain ${table} ${chain}`)),
    ...SYSCTL_KEYS.map((key) => `sysctl ${key}`),
    ...DEVICES.map((kind) => `device ${kind}`),
  ]
}

/** The table of what was used in how many labs, and what was used too seldom. `where`: on this machine's kernel or under User-Mode-Linux. */
export function usageReport(
  usages: readonly Usage[],
  where: 'here' | 'uml',
): { readonly lines: readonly string[]; readonly lacking: readonly string[] } {
  const asked = where === 'here' ? wanted() : WANTED_UNDER_UML
  const counts = new Map(asked.map((name) => [name, 0]))
  for (const usage of usages) for (const name of usage) counts.set(name, (counts.get(name) ?? 0) + 1)
  const names = [...counts.keys()].sort()
  const lacking = usages.length < FROM_LABS[where] ? [] : asked.filter((name) => (counts.get(name) ?? 0) < FEWEST)
  const groups = groupsOf(names)
  const lines = [...groups].map(
    ([kind, list]) => `${kind}: ${list.map((name) => `${name.slice(kind.length + 1)} ${counts.get(name)}`).join(', ')}`,
  )
  return { lines, lacking }
}

function groupsOf(names: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const kind = name.split(' ')[0] ?? ''
    groups.set(kind, [...(groups.get(kind) ?? []), name])
  }
  return groups
}
