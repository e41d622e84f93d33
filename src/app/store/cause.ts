/** What decided a step, and where that comes from: the rule, route, neighbour, socket … of one record. Pure. */

import type { RuleRef } from '../../engine/linux/netfilter/rule.ts'
import type { Origin } from '../../engine/linux/origin.ts'
import type { Route, RouteResult } from '../../engine/linux/route.ts'
import type { TraceEvent } from '../../engine/linux/trace-event.ts'
import { formatAddress } from '../../engine/net/address.ts'
import { formatCidr } from '../../engine/net/cidr.ts'

export interface Cause {
  /** 'rule', 'route', 'neighbour' … in words for the heading. */
  readonly kind: string
  /** Short name: "KUBE-SEP-… rule 2", "route 10.244.2.0/24". */
  readonly name: string
  /** The deciding text as the tool prints it; null where the name says all. */
  readonly text: string | null
  readonly origin: Origin | null
}

/** What decided this event; null when nothing is decided by it. */
export function causeOf(event: TraceEvent): Cause | null {
  switch (event.at) {
    case 'ipt_rule':
      return event.rule
        ? ruleCause(event.rule)
        : { kind: 'policy', name: `${event.chain} policy ${event.verdict}`, text: null, origin: null }
    case 'nat_manip':
      if (event.rule) return ruleCause(event.rule)
      return { kind: 'connection', name: 'the connection’s entry in conntrack', text: null, origin: null }
    case 'ip_vs_schedule':
      return { kind: 'service', name: `IPVS service ${event.service}`, text: `-s ${event.scheduler}`, origin: null }
    case 'fib_lookup':
      return event.result ? routeCause(event.result) : { kind: 'route', name: event.error ?? 'no route', text: null, origin: null }
    case 'neigh_resolve':
      return {
        kind: 'neighbour',
        name: `neighbour ${formatAddress(event.address)}`,
        text: `${formatAddress(event.address)} dev ${event.device}${event.lladdr ? ` lladdr ${event.lladdr}` : ''} ${event.state}`,
        origin: null,
      }
    case 'ct_lookup':
      return { kind: 'connection', name: `conntrack: ${event.state}, ${event.direction}`, text: event.entry, origin: null }
    case 'br_fdb':
      return {
        kind: 'bridge',
        name: `forwarding database of ${event.bridge}`,
        text: event.port ? `${event.packet.eth?.destination ?? ''} dev ${event.port} master ${event.bridge}` : null,
        origin: null,
      }
    case 'socket':
      return event.socket === null
        ? { kind: 'socket', name: 'the kernel itself', text: event.detail, origin: null }
        : { kind: 'socket', name: 'its socket', text: `${event.action}: ${event.detail}`, origin: null }
    case 'kfree_skb':
      if (event.by === null) return { kind: 'drop', name: event.detail ?? event.reason, text: null, origin: null }
      return event.by.rule ? ruleCause(event.by.rule) : { kind: event.by.kind, name: event.by.kind, text: event.by.text, origin: null }
    case 'unsupported':
      return { kind: 'not modelled', name: 'not modelled', text: event.what, origin: null }
    default:
      return null
  }
}

/** Who wrote a rule or route, in words: 'cloud/internet-gateway', 'cni/flannel', 'kube-proxy'. */
export function writerWords(component: string): string {
  const [kind, name] = component.split('/')
  if (name === undefined) return component
  return kind === 'cloud' ? `the ${name.replaceAll('-', ' ')}` : kind === 'cni' ? `the CNI plugin ${name}` : component
}

/** "Service webapp-sql1" of 'service/default/webapp-sql1'. */
export function objectWords(object: string): string {
  const [kind = '', ...rest] = object.split('/')
  const name = rest[0] === 'default' ? rest.slice(1).join('/') : rest.join('/')
  return `${kind.charAt(0).toUpperCase()}${kind.slice(1)} ${name}`.trim()
}

/** One route as `ip route` prints it. */
export function routeText(route: Route): string {
  const destination =
    route.destination.prefixLength === 0
      ? 'default'
      : route.destination.prefixLength === 32
        ? formatAddress(route.destination.address)
        : formatCidr(route.destination)
  const type = route.type === 'unicast' ? '' : `${route.type} `
  const hops = route.nexthops.map(
    (hop) => `${hop.gateway === null ? '' : ` via ${formatAddress(hop.gateway)}`}${hop.device === null ? '' : ` dev ${hop.device}`}`,
  )
  const source = route.prefsrc === null ? '' : ` src ${formatAddress(route.prefsrc)}`
  return `${type}${destination}${hops.join(' nexthop')}${source}`
}

function ruleCause(rule: RuleRef): Cause {
  return { kind: 'rule', name: `${rule.chain} rule ${rule.index}`, text: rule.text, origin: rule.origin }
}

function routeCause({ route }: RouteResult): Cause {
  return { kind: 'route', name: `route ${formatCidr(route.destination)}`, text: routeText(route), origin: route.origin }
}
