/** Routes and policy rules in one line, as `ip route` and `ip rule` print them: what a decision is explained with. */
import { formatAddress } from '../net/address.ts'
import { formatCidr } from '../net/cidr.ts'
import { type Nexthop, type PolicyRule, type Route, RT_TABLE_DEFAULT, RT_TABLE_LOCAL, RT_TABLE_MAIN } from './route.ts'

function destinationText(route: Route): string {
  const { prefixLength, address } = route.destination
  if (prefixLength === 0) return 'default'
  return prefixLength === 32 ? formatAddress(address) : formatCidr(route.destination)
}

function nexthopText(nexthop: Nexthop): string {
  const via = nexthop.gateway === null ? '' : ` via ${formatAddress(nexthop.gateway)}`
  return `${via}${nexthop.device === null ? '' : ` dev ${nexthop.device}`}`
}

/** "10.244.2.0/24 via 172.18.0.12 dev eth0 proto static metric 100". */
export function routeText(route: Route): string {
  const words = [route.type === 'unicast' ? destinationText(route) : `${route.type} ${destinationText(route)}`]
  const [only] = route.nexthops
  if (route.nexthops.length === 1 && only) words[0] += nexthopText(only)
  if (route.protocol !== 'boot') words.push(`proto ${route.protocol}`)
  if (route.scope !== 'global') words.push(`scope ${route.scope}`)
  if (route.prefsrc !== null) words.push(`src ${formatAddress(route.prefsrc)}`)
  if (route.metric !== 0) words.push(`metric ${route.metric}`)
  if (route.mtu !== null) words.push(`mtu ${route.mtu}`)
  if (route.nexthops.length > 1) {
    for (const nexthop of route.nexthops) words.push(`nexthop${nexthopText(nexthop)} weight ${nexthop.weight}`)
  }
  return words.join(' ')
}

/** The name of a routing table: "main", "local", "default" or its number. */
export function tableName(table: number): string {
  if (table === RT_TABLE_MAIN) return 'main'
  if (table === RT_TABLE_LOCAL) return 'local'
  return table === RT_TABLE_DEFAULT ? 'default' : String(table)
}

/** "100: from all fwmark 0x1 lookup 100". */
export function policyRuleText(rule: PolicyRule): string {
  const words = [`${rule.priority}:`]
  if (rule.not) words.push('not')
  words.push(`from ${rule.from === null ? 'all' : formatCidr(rule.from)}`)
  if (rule.to) words.push(`to ${formatCidr(rule.to)}`)
  if (rule.fwmark) {
    const mask = rule.fwmark.mask === 0xffffffff ? '' : `/0x${rule.fwmark.mask.toString(16)}`
    words.push(`fwmark 0x${rule.fwmark.value.toString(16)}${mask}`)
  }
  if (rule.iif !== null) words.push(`iif ${rule.iif}`)
  if (rule.oif !== null) words.push(`oif ${rule.oif}`)
  words.push('table' in rule.action ? `lookup ${tableName(rule.action.table)}` : rule.action.type)
  return words.join(' ')
}
