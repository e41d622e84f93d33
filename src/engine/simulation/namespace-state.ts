/** The tables of one namespace as the tools print them: the shell's own commands, run in a stopped world. */
import type { Table } from '../linux/netfilter/rule.ts'
import type { NetNs } from '../linux/netns.ts'
import { watchNetNs } from '../linux/watch-netns.ts'
import { typeLine } from './run-commands.ts'
import { findNetNs, type World } from './world.ts'

export interface StateSection {
  readonly title: string
  readonly command: string
  readonly lines: readonly string[]
  /** Of each line: the line of the scenario it was written for; null where that is not known. Not given: of none of them. */
  readonly origins?: readonly (number | null)[]
}

/** Commands that only read. Section title → command line; lines of heading, which alone are nothing to show. */
const SECTIONS: readonly (readonly [string, string, number?])[] = [
  ['Addresses', 'ip addr'],
  ['Routes', 'ip route'],
  ['Routing policy', 'ip rule'],
  ['Neighbours', 'ip neigh'],
  ['Bridge ports', 'bridge link'],
  ['Forwarding database', 'bridge fdb'],
  ['Connections tracked', 'conntrack -L'],
  ['iptables', 'iptables-save -c'],
  ['Sets', 'ipset list'],
  ['Virtual servers', 'ipvsadm -Ln', 3],
  ['Connections balanced', 'ipvsadm -Lnc', 2],
  ['Sockets', 'ss -tuna', 1],
  [
    'Settings',
    'sysctl net.ipv4.ip_forward net.ipv4.conf.all.rp_filter net.ipv4.conf.all.route_localnet net.bridge.bridge-nf-call-iptables',
  ],
  ['All settings', 'sysctl -a'],
  ['Resolver', 'cat /etc/resolv.conf'],
]

/** Every section of namespace `where` that has something to show; null when there is no such namespace in the world. */
export function namespaceState(world: World, where: string): StateSection[] | null {
  const place = findNetNs(world, where)
  if (!place) return null
  const { trace, explain } = place.netns
  watchNetNs(place.netns, undefined)
  const sections = SECTIONS.flatMap(([title, command, heading = 0]) => {
    const result = typeLine(world, command, { ...place, origin: null, lineOrigins: null, stdin: '', timePasses: false })
    const lines = result.stdout.split('\n').filter((line) => line !== '')
    if (lines.length <= heading) return []
    return [{ title, command, lines, ...(command.startsWith('iptables-save') ? { origins: ruleLines(place.netns, lines) } : {}) }]
  })
  place.netns.trace = trace
  place.netns.explain = explain
  return sections
}

/** Where each line of iptables-save comes from: it prints the rules of a chain in their order. */
function ruleLines({ netfilter }: NetNs, lines: readonly string[]): (number | null)[] {
  let table = ''
  const seen = new Map<string, number>()
  return lines.map((line) => {
    table = /^\*(\S+)/.exec(line)?.[1] ?? table
    const chain = /^(?:\[\d+:\d+\] )?-A (\S+)/.exec(line)?.[1]
    if (chain === undefined) return null
    const index = seen.get(`${table} ${chain}`) ?? 0
    seen.set(`${table} ${chain}`, index + 1)
    return netfilter.ip.tables.get(table as Table)?.chains.get(chain)?.rules[index]?.origin?.line ?? null
  })
}
