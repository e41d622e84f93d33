/** iproute2 6.1: ip/iproute.c, print_route(). */
import type { NetNs } from '../linux/netns.ts'
import { type Nexthop, type Route, RT_TABLE_DEFAULT, RT_TABLE_LOCAL, RT_TABLE_MAIN } from '../linux/route.ts'
import { formatAddress } from '../net/address.ts'
import { formatCidr } from '../net/cidr.ts'

/** What the filter fixed is left out of each line. */
export interface RouteFilter {
  /** Null: all tables, and then tables are named. */
  readonly table: number | null
  readonly device: string | null
  readonly protocol: string | null
  readonly scope: string | null
  readonly gateway: number | null
  readonly source: number | null
  readonly details: boolean
}

/** 'main', 'local', 'default' or the number. */
export function tableName(table: number): string {
  if (table === RT_TABLE_MAIN) return 'main'
  if (table === RT_TABLE_LOCAL) return 'local'
  return table === RT_TABLE_DEFAULT ? 'default' : String(table)
}

/** A table by name or number (rt_tables), or null. */
export function parseTable(text: string): number | null {
  if (text === 'main') return RT_TABLE_MAIN
  if (text === 'local') return RT_TABLE_LOCAL
  if (text === 'default') return RT_TABLE_DEFAULT
  return /^(\d+|0x[0-9a-fA-F]+)$/.test(text) ? Number(text) : null
}

/** The destination as `ip route` prints it: 'default', a bare address for /32. */
export function routeDestination(route: Pick<Route, 'destination'>): string {
  const { prefixLength, address } = route.destination
  if (prefixLength === 0) return 'default'
  return prefixLength === 32 ? formatAddress(address) : formatCidr(route.destination)
}

/** RTNH_F_LINKDOWN (never of local addresses' routes, fib_sync_down_dev()), RTNH_F_ONLINK. */
function nexthopFlags(nexthop: Nexthop, { scope }: Route, ns: NetNs): string {
  const device = nexthop.device === null ? undefined : ns.devices.get(nexthop.device)
  return `${nexthop.onlink ? 'onlink ' : ''}${scope !== 'host' && device?.up && !device.carrier ? 'linkdown ' : ''}`
}

/** One route with its final newline. */
export function printRoute(route: Route, ns: NetNs, filter: RouteFilter): string {
  const only = route.nexthops.length === 1 ? route.nexthops[0] : undefined
  let line = route.type === 'unicast' && !filter.details ? '' : `${route.type} `
  line += `${routeDestination(route)} `
  if (only && only.gateway !== null && only.gateway !== filter.gateway) line += `via ${formatAddress(only.gateway)} `
  if (only && only.device !== null && only.device !== filter.device) line += `dev ${only.device} `
  if (filter.table === null && route.table !== RT_TABLE_MAIN) line += `table ${tableName(route.table)} `
  if (filter.protocol === null && (route.protocol !== 'boot' || filter.details)) line += `proto ${route.protocol} `
  if (filter.scope === null && (route.scope !== 'global' || filter.details)) line += `scope ${route.scope} `
  if (route.prefsrc !== null && route.prefsrc !== filter.source) line += `src ${formatAddress(route.prefsrc)} `
  if (route.metric !== 0) line += `metric ${route.metric} `
  if (only) line += nexthopFlags(only, route, ns)
  if (route.mtu !== null) line += `mtu ${route.mtuLocked === true ? 'lock ' : ''}${route.mtu} `
  if (route.nexthops.length > 1) {
    for (const nexthop of route.nexthops) {
      const via = nexthop.gateway === null ? '' : `via ${formatAddress(nexthop.gateway)} `
      line += `\n\tnexthop ${via}${nexthop.device === null ? '' : `dev ${nexthop.device} `}weight ${nexthop.weight} ${nexthopFlags(nexthop, route, ns)}`
    }
  }
  return `${line}\n`
}
