/** Which entries of a table the walk has used, and in which of its steps: routes, neighbours, forwarding entries, connections, virtual servers. Pure. */
import type { Route } from '../../../engine/linux/route.ts'
import type { TraceEvent } from '../../../engine/linux/trace-event.ts'
import { formatAddress } from '../../../engine/net/address.ts'
import type { TraceRecord } from '../../../engine/simulation/trace.ts'
import { routeText } from '../../store/cause.ts'

export interface UsedEntry {
  /** As the tool prints it. */
  readonly text: string
  /** Records that used it. */
  readonly uses: readonly number[]
  /** Line of the scenario that it was written for. */
  readonly line: number | null
}

/** Is an entry, as the tool prints it, the one that this event used? `heading`: the line above it that belongs to no entry's group. */
type IsUsed = (entry: string, event: TraceEvent, heading: string) => boolean

/** By the tool's command. */
const USES: Readonly<Record<string, IsUsed>> = {
  'ip route': (entry, event) => event.at === 'fib_lookup' && event.result !== null && isRoute(entry, event.result.route),
  'ip neigh': (entry, event) =>
    event.at === 'neigh_resolve' &&
    event.action === 'known' &&
    startsWith(entry, `${formatAddress(event.address)} dev ${event.device}`) &&
    (event.lladdr === null || entry.includes(event.lladdr)),
  'bridge fdb': (entry, event) =>
    event.at === 'br_fdb' &&
    event.decision === 'forward' &&
    event.port !== null &&
    startsWith(entry, `${event.packet.eth?.destination ?? ''} dev ${event.port}`),
  'conntrack -L': (entry, event) => event.at === 'ct_lookup' && event.entry !== null && endsOf(entry) === endsOf(event.entry),
  'ipvsadm -Ln': (entry, event, heading) =>
    event.at === 'ip_vs_schedule' &&
    event.server !== null &&
    startsWith(spaced(heading), event.service) &&
    startsWith(spaced(entry), `-> ${formatAddress(event.server.address)}:${event.server.port}`),
}

/** /etc/iproute2/rt_tables: the one that `ip route` prints. */
const RT_TABLE_MAIN = 254

/** Between device and source the tool prints who made the route; of several next hops each has a line of its own. */
function isRoute(entry: string, route: Route): boolean {
  const { table, metric, nexthops } = route
  const beginning = routeText({ ...route, prefsrc: null, nexthops: nexthops.length === 1 ? nexthops : [] })
  const metrics = /\bmetric (\d+)/.exec(entry)?.[1] ?? '0'
  return table === RT_TABLE_MAIN && startsWith(entry, beginning) && Number(metrics) === metric
}

/** Those of one table, in its order. */
export function usedEntries(command: string, lines: readonly string[], records: readonly TraceRecord[]): readonly UsedEntry[] {
  const isUsed = USES[command]
  if (isUsed === undefined) return []
  let heading = ''
  return lines.flatMap((text) => {
    if (!text.startsWith(' ')) heading = text
    const by = records.filter(({ event }) => isUsed(text, event, heading))
    return by.length === 0 ? [] : [{ text: spaced(text), uses: by.map(({ n }) => n), line: lineOf(by[0]?.event) }]
  })
}

function lineOf(event: TraceEvent | undefined): number | null {
  return event?.at === 'fib_lookup' ? (event.result?.route.origin?.line ?? null) : null
}

function spaced(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}

/** Not "10.1.0.1 dev eth01" of "10.1.0.1 dev eth0". */
function startsWith(text: string, beginning: string): boolean {
  return `${spaced(text)} `.startsWith(`${beginning} `)
}

/** Protocol, addresses and ports of the original direction: state and time left change while it is used, and NAT changes the reply's. */
function endsOf(connection: string): string {
  const [head = '', original = ''] = connection.trim().split(' src=')
  const ends = `src=${original}`.matchAll(/\b(?:src|dst|sport|dport|id|type|code)=\S+/g)
  return [/^\S+/.exec(head)?.[0], ...ends].map(String).join(' ')
}
